//! A small org: one platform event, a custom object, Contact, and three channels.

use std::collections::BTreeMap;

use chime_emulator::org::metadata::{ChannelDef, FieldDef, FieldKind, Metadata, ObjectDef};

pub fn field(name: &str, kind: FieldKind) -> FieldDef {
    FieldDef {
        name: name.to_string(),
        kind,
        required: false,
        unique: false,
        case_sensitive: false,
        external_id: false,
        createable: true,
        updateable: true,
    }
}

pub fn text(name: &str) -> FieldDef {
    field(name, FieldKind::Text { length: 255 })
}

fn object(name: &str, prefix: &str, fields: Vec<FieldDef>) -> (String, ObjectDef) {
    let standard = [
        field("Id", FieldKind::Id),
        text("Name"),
        field("CreatedDate", FieldKind::DateTime),
        field("LastModifiedDate", FieldKind::DateTime),
        field("SystemModstamp", FieldKind::DateTime),
        field("IsDeleted", FieldKind::Checkbox),
    ];
    let definition = ObjectDef {
        name: name.to_string(),
        label: name.to_string(),
        key_prefix: prefix.to_string(),
        fields: standard.into_iter().chain(fields).collect(),
        name_format: None,
        validation_rules: Vec::new(),
    };
    (name.to_string(), definition)
}

fn channel(name: &str, filter: Option<&str>, enriched: &[&str]) -> (String, ChannelDef) {
    let member = "Chime_Meeting__ChangeEvent".to_string();
    let fields: Vec<String> = enriched.iter().map(ToString::to_string).collect();
    let enriched = match fields.is_empty() {
        true => BTreeMap::new(),
        false => BTreeMap::from([(member.clone(), fields)]),
    };
    let definition = ChannelDef {
        name: name.to_string(),
        members: vec![(member, filter.map(str::to_string))],
        enriched,
    };
    (name.to_string(), definition)
}

pub fn small_org() -> Metadata {
    let number = FieldKind::Number { precision: 18, scale: 2 };
    let many = (0..20).map(|i| text(&format!("Extra_{i:02}__c")));
    let meeting = [
        text("Subject__c"),
        text("Status__c"),
        field("Quiet__c", FieldKind::Checkbox),
        field("Participant_Count__c", number.clone()),
        field("Started_At__c", FieldKind::DateTime),
        field("Notes__c", FieldKind::LongText { length: 2_000_000 }),
    ];
    let person = ["Salutation", "FirstName", "LastName", "Email"].map(text);
    let mut action = text("Action__c");
    action.required = true;
    let command = vec![
        action,
        field("Payload__c", FieldKind::LongText { length: 131_072 }),
        field("Count__c", number),
        field("At__c", FieldKind::DateTime),
        field("Urgent__c", FieldKind::Checkbox),
    ];
    let told = "ChangeEventHeader.changeType != 'CREATE' AND \
                ChangeEventHeader.changeType != 'UPDATE'";
    Metadata {
        objects: BTreeMap::from([
            object("Chime_Meeting__c", "a01", meeting.into_iter().chain(many).collect()),
            object("Contact", "003", person.to_vec()),
        ]),
        events: BTreeMap::from([object("Chime_Command__e", "e00", command)]),
        channels: BTreeMap::from([
            channel("Chime_Bridge__chn", Some(told), &[]),
            channel("Loud__chn", Some("Quiet__c = false"), &[]),
            channel("Rich__chn", None, &["Status__c"]),
        ]),
    }
}
