//! The field lists of a change event. On the wire they are bit maps over the schema: `0x…` over
//! the event's own fields, `<position>-0x…` over the fields of one compound field. Bit 0 is the
//! lowest bit of the last byte. A bit without a field means that schema and event do not belong
//! together: that is an error, never a field left out.

use super::error::{Error, Result};
use super::shape::{EventSchema, Record};

/// Names the fields a list of bit maps stands for. A compound field of which every part is set
/// is named once, as itself; otherwise its parts are named `Parent.Part`.
pub fn expand(schema: &EventSchema, list: &[impl AsRef<str>]) -> Result<Vec<String>> {
    let root = schema.root()?;
    let mismatch = |reason: String| Error::BitmapMismatch { id: schema.id().to_string(), reason };
    let mut names = Vec::new();
    for item in list {
        let item = item.as_ref();
        if let Some(digits) = hex_digits(item) {
            let set = fields(root, digits).map_err(mismatch)?;
            names.extend(set.into_iter().map(str::to_string));
            continue;
        }
        let (position, map) =
            item.split_once('-').ok_or_else(|| mismatch("an entry is no bit map".to_string()))?;
        let at: usize =
            position.parse().map_err(|_| mismatch("an entry has no position".to_string()))?;
        let digits =
            hex_digits(map).ok_or_else(|| mismatch("an entry is no bit map".to_string()))?;
        let (parent, shape) =
            root.fields.get(at).ok_or_else(|| mismatch(format!("there is no field {at}")))?;
        let record = schema
            .record_of(shape)
            .ok_or_else(|| mismatch(format!("field {parent} has no parts")))?;
        let set = fields(record, digits).map_err(mismatch)?;
        if !set.is_empty() && set.len() == record.fields.len() {
            names.push(parent.clone());
        } else {
            names.extend(set.into_iter().map(|part| format!("{parent}.{part}")));
        }
    }
    Ok(names)
}

fn hex_digits(text: &str) -> Option<&str> {
    text.strip_prefix("0x").or_else(|| text.strip_prefix("0X"))
}

/// The fields whose bits are set, in field order. Any number of digits, either case.
fn fields<'a>(record: &'a Record, digits: &str) -> std::result::Result<Vec<&'a str>, String> {
    let mut set = Vec::new();
    for (nibble, digit) in digits.bytes().rev().enumerate() {
        let bits = char::from(digit)
            .to_digit(16)
            .ok_or_else(|| "an entry has a digit that is not hexadecimal".to_string())?;
        for bit in (0..4).filter(|bit| bits >> bit & 1 == 1) {
            let at = nibble * 4 + bit;
            let (name, _) = record.fields.get(at).ok_or_else(|| {
                format!("bit {at} is set but {} has {} fields", record.name, record.fields.len())
            })?;
            set.push(name.as_str());
        }
    }
    Ok(set)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn contact() -> EventSchema {
        EventSchema::parse(
            "s",
            r#"{"type":"record","name":"ContactChangeEvent","namespace":"com.sforce.eventbus","fields":[
            {"name":"ChangeEventHeader","type":{"type":"record","name":"ChangeEventHeader","fields":[
                {"name":"entityName","type":"string"}]}},
            {"name":"AccountId","type":["null","string"]},
            {"name":"Name","type":["null","string",{"type":"record","name":"Switchable_PersonName","fields":[
                {"name":"Salutation","type":["null","string"]},
                {"name":"FirstName","type":["null","string"]},
                {"name":"LastName","type":["null","string"]}]}]},
            {"name":"Address","type":["null",{"type":"record","name":"Address","fields":[
                {"name":"Street","type":["null","string"]},
                {"name":"City","type":["null","string"]}]}]},
            {"name":"Required","type":["string",{"type":"record","name":"Other","fields":[
                {"name":"A","type":"int"},{"name":"B","type":"int"}]}]},
            {"name":"Phone","type":["null","string"]},
            {"name":"Email","type":["null","string"]},
            {"name":"Title","type":["null","string"]},
            {"name":"Fax","type":["null","string"]},
            {"name":"LastModifiedDate","type":["null","long"]}]}"#,
        )
    }

    fn names(list: &[&str]) -> Vec<String> {
        expand(&contact(), list).unwrap()
    }

    #[test]
    fn bits_count_from_the_end_of_the_last_byte() {
        assert_eq!(names(&["0x0202"]), ["AccountId", "LastModifiedDate"]);
        assert_eq!(names(&["0x01"]), ["ChangeEventHeader"]);
    }

    #[test]
    fn an_odd_number_of_digits_and_lower_case_are_read_alike() {
        assert_eq!(names(&["0x202"]), names(&["0x0202"]));
        assert_eq!(names(&["0x0e0"]), names(&["0x0E0"]));
        assert_eq!(names(&["0X0e0"]), ["Phone", "Email", "Title"]);
    }

    #[test]
    fn some_parts_of_a_compound_field_are_named_with_their_parent() {
        assert_eq!(
            names(&["0x200", "2-0x06"]),
            ["LastModifiedDate", "Name.FirstName", "Name.LastName"]
        );
        assert_eq!(names(&["3-0x2"]), ["Address.City"]);
        assert_eq!(names(&["4-0x1"]), ["Required.A"]);
    }

    #[test]
    fn all_parts_of_a_compound_field_are_named_as_the_field() {
        assert_eq!(names(&["2-0x07", "3-0x03"]), ["Name", "Address"]);
    }

    #[test]
    fn no_bits_are_no_fields() {
        assert!(names(&[]).is_empty());
        assert!(names(&["0x"]).is_empty());
        assert!(names(&["0x0000", "2-0x0"]).is_empty());
    }

    #[test]
    fn a_bit_past_the_schema_is_an_error_not_a_field_left_out() {
        for bad in ["0x400", "2-0x08", "99-0x01", "1-0x01"] {
            let error = expand(&contact(), &[bad]).unwrap_err();
            assert!(matches!(error, Error::BitmapMismatch { .. }), "{bad}");
        }
    }

    #[test]
    fn leading_zeros_past_the_schema_are_harmless() {
        assert_eq!(names(&["0x0000000000000002"]), ["AccountId"]);
    }

    #[test]
    fn what_is_no_bit_map_is_an_error() {
        for bad in ["", "Name", "0xZZ", "-0x01", "2-", "2-06", "x-0x01", "0x-1"] {
            assert!(expand(&contact(), &[bad]).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn any_list_is_names_or_an_error(list in proptest::collection::vec("[0-9a-fA-Fx-]{0,12}|.{0,8}", 0..6)) {
            let _ = expand(&contact(), &list);
        }

        #[test]
        fn every_set_of_fields_comes_back(set in 0u32..1024) {
            let schema = contact();
            let root = schema.root().unwrap();
            let wanted: Vec<_> = (0..10).filter(|i| set >> i & 1 == 1).map(|i| root.fields[i].0.clone()).collect();
            prop_assert_eq!(expand(&schema, &[format!("0x{set:x}")]).unwrap(), wanted);
        }
    }
}
