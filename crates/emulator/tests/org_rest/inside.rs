//! What tests and the control port do to the org from inside, and how the package is read.

use std::path::Path;

use chime_emulator::org::bus::ChangeKind;
use chime_emulator::org::metadata::{FieldKind, MetadataError, Package};
use chime_emulator::org::oauth::ClientKey;
use serde_json::json;

use crate::{ADMIN, MEETING, RECORDING, SESSION, World};

#[tokio::test]
async fn deleting_a_meeting_takes_its_details_and_undelete_brings_them_back() {
    let world = World::start().await;
    let meeting = world.meeting();
    let seat = world.participant(&meeting);
    let session = json!({
        "Participant__c": seat, "Session_Key__c": "k", "Joined_At__c": "2026-05-01T10:00:00Z",
    });
    let session = world.org.insert(ADMIN, SESSION, session).unwrap();
    world.org.delete(ADMIN, MEETING, &meeting).unwrap();
    let told = world.last_transaction();
    assert!(told.iter().all(|c| c.kind == ChangeKind::Delete));
    assert_eq!(
        told.iter().map(|c| c.id.as_str()).collect::<Vec<_>>(),
        [meeting.as_str(), seat.as_str(), session.as_str()]
    );
    assert!(told.iter().all(|c| c.transaction == told[0].transaction));
    assert_eq!(world.org.get(SESSION, &session), None);
    assert_eq!(world.org.reader()(SESSION, &session).unwrap()["IsDeleted"], true);
    assert_eq!(world.org.undelete(ADMIN, SESSION, &session).unwrap_err().code, "UNDELETE_FAILED");
    world.org.undelete(ADMIN, MEETING, &meeting).unwrap();
    assert_eq!(world.last_transaction().len(), 3);
    assert_eq!(world.org.get(SESSION, &session).unwrap()["Session_Key__c"], "k");
}

#[tokio::test]
async fn writes_of_one_record_in_one_transaction_are_one_change() {
    let world = World::start().await;
    let id = world
        .org
        .together(ADMIN, |tx| {
            let meetings = tx.schema().object(MEETING).unwrap();
            let fields = |v: serde_json::Value| v.as_object().cloned().unwrap();
            let id = tx.insert(meetings, &fields(json!({"Subject__c": "One"})))?;
            tx.update(meetings, &id, &fields(json!({"Subject__c": "Two"})))?;
            let gone = tx.insert(meetings, &fields(json!({})))?;
            tx.delete(meetings, &gone)?;
            Ok(id)
        })
        .unwrap();
    let told = world.last_transaction();
    assert_eq!(told.len(), 1);
    assert_eq!((told[0].kind, &told[0].id), (ChangeKind::Create, &id));
    assert_eq!(told[0].after["Subject__c"], "Two");
}

#[tokio::test]
async fn a_failed_transaction_leaves_nothing() {
    let world = World::start().await;
    let before = (world.transactions(), world.org.ledger().len());
    let failed = world.org.together(ADMIN, |tx| {
        let meetings = tx.schema().object(MEETING).unwrap();
        tx.insert(meetings, &Default::default())?;
        tx.insert(meetings, json!({"Nope__c": 1}).as_object().unwrap())
    });
    assert_eq!(failed.unwrap_err().code, "INVALID_FIELD");
    assert_eq!((world.transactions(), world.org.ledger().len()), before);
    assert_eq!(
        world.org.query(&format!("SELECT Id FROM {MEETING}")).unwrap(),
        Vec::<serde_json::Value>::new()
    );
}

#[test]
fn our_package_is_read_with_its_types_and_rules() {
    let package = crate::package();
    let meeting = &package.metadata.objects[MEETING];
    assert_eq!(meeting.name_format.as_deref(), Some("MTG-{000000}"));
    assert_eq!(package.rules[MEETING].len(), 1);
    let recording = &package.metadata.objects[RECORDING];
    let key = recording.fields.iter().find(|f| f.name == "Recording_Key__c").unwrap();
    assert!(key.external_id && key.unique && key.case_sensitive);
    let master = recording.fields.iter().find(|f| f.name == "Meeting__c").unwrap();
    assert_eq!(
        master.kind,
        FieldKind::Reference { to: vec![MEETING.into()], master: true, reparentable: true }
    );
    assert!(package.metadata.events.contains_key("Chime_Command__e"));
    let channel = &package.metadata.channels["Chime_Bridge__chn"];
    assert_eq!(channel.members.len(), 3);
    assert!(channel.members[0].1.as_deref().unwrap().contains("changeType"));
}

#[test]
fn a_namespace_prefixes_every_custom_name() {
    let force_app = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../force-app");
    let folders = Package::folders(&force_app).unwrap();
    let package = Package::read(&folders, Some("cb")).unwrap();
    let seat = &package.metadata.objects["cb__Chime_Participant__c"];
    let master = seat.fields.iter().find(|f| f.name == "cb__Meeting__c").unwrap();
    assert!(
        matches!(&master.kind, FieldKind::Reference { to, .. } if to[0] == "cb__Chime_Meeting__c")
    );
    let channel = &package.metadata.channels["cb__Chime_Bridge__chn"];
    assert_eq!(channel.members[0].0, "cb__Chime_Meeting__ChangeEvent");
    assert!(package.rules["cb__Chime_Meeting__c"][0].condition.fields()[0].starts_with("cb__"));
    assert!(
        package.permission_sets["Chime_Bridge_Integration"].object("cb__Chime_Meeting__c").edit
    );
}

#[test]
fn a_rule_or_field_we_do_not_play_is_refused_when_it_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let object = dir.path().join("part/main/default/objects/Thing__c");
    std::fs::create_dir_all(object.join("fields")).unwrap();
    std::fs::create_dir_all(object.join("validationRules")).unwrap();
    let write = |path: &str, text: &str| std::fs::write(object.join(path), text).unwrap();
    write("Thing__c.object-meta.xml", "<CustomObject><label>Thing</label></CustomObject>");
    let read = || Package::read(&Package::folders(dir.path()).unwrap(), None);
    assert!(read().is_ok());
    write(
        "validationRules/R.validationRule-meta.xml",
        "<ValidationRule><active>true</active><errorConditionFormula>REGEX(Name, \"x\")\
         </errorConditionFormula><errorMessage>no</errorMessage></ValidationRule>",
    );
    assert!(matches!(read(), Err(MetadataError::Rule { rule, .. }) if rule == "R"));
    std::fs::remove_file(object.join("validationRules/R.validationRule-meta.xml")).unwrap();
    write(
        "fields/F__c.field-meta.xml",
        "<CustomField><fullName>F__c</fullName><type>Location</type></CustomField>",
    );
    assert!(matches!(read(), Err(MetadataError::Unknown { .. })));
}

#[tokio::test]
async fn a_master_that_cannot_be_changed_is_refused_on_update() {
    let dir = tempfile::tempdir().unwrap();
    let objects = dir.path().join("part/main/default/objects");
    let write = |path: &str, text: String| {
        let path = objects.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    for name in ["Top__c", "Part__c"] {
        let text = format!("<CustomObject><label>{name}</label></CustomObject>");
        write(&format!("{name}/{name}.object-meta.xml"), text);
    }
    write(
        "Part__c/fields/Top__c.field-meta.xml",
        "<CustomField><fullName>Top__c</fullName><type>MasterDetail</type><referenceTo>Top__c\
         </referenceTo></CustomField>"
            .into(),
    );
    let package = Package::read(&Package::folders(dir.path()).unwrap(), None).unwrap();
    let org = chime_emulator::org::Org::new(
        package,
        std::sync::Arc::new(crate::Heard::default()),
        Default::default(),
        Default::default(),
        Default::default(),
    );
    let top = org.insert(ADMIN, "Top__c", json!({"Name": "t"})).unwrap();
    let part = org.insert(ADMIN, "Part__c", json!({"Top__c": top})).unwrap();
    let same = org.update(ADMIN, "Part__c", &part, json!({"Top__c": top})).unwrap_err();
    assert_eq!(same.code, "INVALID_FIELD_FOR_INSERT_UPDATE");
    assert_eq!(same.fields, ["Top__c"]);
}

#[test]
fn the_bridges_key_is_made_once_and_kept() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bridge-key.pem");
    let made = ClientKey::load_or_make(&path).unwrap();
    let again = ClientKey::load_or_make(&path).unwrap();
    assert_eq!(made.public_pem, again.public_pem);
    std::fs::write(&path, "nonsense").unwrap();
    assert!(ClientKey::load_or_make(&path).is_err());
}
