//! Bitmap fields of the change event header. Element `0x…` names the changed fields of the event
//! (bit 0, the lowest bit of the last byte, is the schema's field 0, the header itself);
//! `4-0x…` names the changed parts inside the compound field at place 4.

use std::collections::BTreeSet;

use crate::org::avro::{Shape, Slot};

/// The bitmaps of these fields; parts of a compound name are given by their own names.
pub fn bitmaps(slots: &[Slot], names: &BTreeSet<String>) -> Vec<String> {
    let mut top = Vec::new();
    let mut nested = Vec::new();
    for (at, slot) in slots.iter().enumerate() {
        let place = at + 1;
        match &slot.shape {
            Shape::PersonName(parts) => {
                let bits: Vec<usize> = parts
                    .iter()
                    .enumerate()
                    .filter(|(_, part)| names.contains(*part))
                    .map(|(bit, _)| bit)
                    .collect();
                if !bits.is_empty() {
                    nested.push(format!("{place}-{}", hex(&bits)));
                }
            }
            _ if names.contains(&slot.name) => top.push(place),
            _ => {}
        }
    }
    let mut list = Vec::new();
    if !top.is_empty() {
        list.push(hex(&top));
    }
    list.extend(nested);
    list
}

fn hex(bits: &[usize]) -> String {
    let length = bits.iter().max().map_or(1, |most| most / 8 + 1);
    let mut bytes = vec![0_u8; length];
    for bit in bits {
        bytes[length - 1 - bit / 8] |= 1 << (bit % 8);
    }
    format!("0x{}", hex::encode_upper(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn slot(name: &str) -> Slot {
        Slot { name: name.to_string(), shape: Shape::Text }
    }

    fn names(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn bit_numbers_count_from_the_end_and_the_header_is_bit_zero() {
        let slots: Vec<Slot> = (1..=17).map(|i| slot(&format!("F{i}"))).collect();
        assert_eq!(bitmaps(&slots, &names(&["F1"])), ["0x02"]);
        assert_eq!(bitmaps(&slots, &names(&["F1", "F9", "F17"])), ["0x020202"]);
        assert!(bitmaps(&slots, &names(&[])).is_empty());
    }

    #[test]
    fn a_change_inside_a_name_has_no_bit_of_its_own() {
        let parts = ["Salutation", "FirstName", "LastName"].map(str::to_string).to_vec();
        let person = Slot { name: "Name".to_string(), shape: Shape::PersonName(parts) };
        let slots = [slot("OwnerId"), person];
        assert_eq!(bitmaps(&slots, &names(&["FirstName", "LastName"])), ["2-0x06"]);
        assert_eq!(bitmaps(&slots, &names(&["OwnerId", "Salutation"])), ["0x02", "2-0x01"]);
    }
}
