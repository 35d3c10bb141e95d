//! Packing and reading back, without a wire.

use serde_json::json;

use super::*;
use crate::outbox::wire::again_later;
use crate::salesforce::rest::composite::Answer;
use crate::salesforce::rest::names::Namespace;

fn row(change: Change) -> OutboxRow {
    OutboxRow { change, generation: 1, attempts: 0, due_at: 0, wanted_at: 0 }
}

fn update(object: &str, id: &str, lane: &str) -> OutboxRow {
    row(Change {
        object: object.into(),
        key: RecordKey::Id(id.into()),
        lane: lane.into(),
        operation: Operation::Write,
        fields: BTreeMap::from([("Status__c".into(), json!("Live"))]),
    })
}

fn upsert(object: &str, field: &str, value: &str, lane: &str) -> OutboxRow {
    let mut row = update(object, value, lane);
    row.change.key = RecordKey::External { field: field.into(), value: value.into() };
    row
}

fn sessions(lane: &str, count: usize) -> Vec<OutboxRow> {
    (0..count)
        .map(|n| {
            upsert("Chime_Participant_Session__c", "Session_Key__c", &format!("{lane}-{n}"), lane)
        })
        .collect()
}

fn room<'r>(alone: &'r dyn Fn(&str) -> bool) -> Room<'r> {
    Room { lanes: usize::MAX, alone, missing: BTreeSet::new() }
}

fn packed(rows: Vec<OutboxRow>) -> Batch {
    pack(rows, room(&|_| false))
}

fn answer(status: u16, body: Value) -> Answer {
    serde_json::from_value(json!({"httpStatusCode": status, "body": body, "referenceId": "r0"}))
        .unwrap()
}

#[test]
fn masters_go_before_details_and_one_type_each_for_upserts() {
    let mut rows = vec![
        upsert("Chime_Recording__c", "Recording_Key__c", "k1", "m1"),
        upsert("Chime_Participant_Session__c", "Session_Key__c", "s1", "m1"),
        update("Chime_Participant__c", "p1", "m1"),
        update("Chime_Meeting__c", "m2", "m2"),
        update("Chime_Meeting__c", "m1", "m1"),
    ];
    let mut gone = upsert("Chime_Participant_Session__c", "Session_Key__c", "s/0", "m1");
    gone.change.operation = Operation::Delete;
    rows.push(gone);
    let batch = packed(rows);
    let calls = batch.calls(&Namespace::default(), &Secrets::new());
    let paths: Vec<&str> = calls.iter().map(|c| c.path.as_str()).collect();
    assert_eq!(
        paths,
        [
            "/composite/sobjects",
            "/composite/sobjects/Chime_Participant_Session__c/Session_Key__c",
            "/composite/sobjects/Chime_Recording__c/Recording_Key__c",
            "/sobjects/Chime_Participant_Session__c/Session_Key__c/s%2F0",
        ]
    );
    let records = calls[0].body.as_ref().unwrap()["records"].as_array().unwrap();
    let types: Vec<&str> =
        records.iter().map(|r| r["attributes"]["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["Chime_Meeting__c", "Chime_Meeting__c", "Chime_Participant__c"]);
    assert_eq!(calls[0].body.as_ref().unwrap()["allOrNone"], false);
    let upserted = &calls[1].body.as_ref().unwrap()["records"][0];
    assert_eq!(upserted["Session_Key__c"], "s1");
    assert_eq!(calls[3].method, "DELETE");
}

#[test]
fn a_lane_that_does_not_fit_waits_whole_and_a_smaller_one_takes_its_place() {
    let mut rows = sessions("m1", 700);
    rows.extend(sessions("m2", 400));
    rows.extend(sessions("m3", 250));
    let batch = packed(rows);
    assert_eq!(batch.lanes(), BTreeSet::from(["m1".to_string(), "m3".to_string()]));
    assert_eq!(batch.rows().len(), 950);
    let calls = batch.calls(&Namespace::default(), &Secrets::new());
    assert_eq!(calls.len(), 5);
    for call in calls {
        assert!(call.body.unwrap()["records"].as_array().unwrap().len() <= MAX_RECORDS);
    }
}

#[test]
fn a_lane_too_large_for_any_call_goes_in_pieces_masters_first() {
    let mut rows = sessions("m1", 1_500);
    rows.push(update("Chime_Meeting__c", "m1", "m1"));
    rows.extend(sessions("m2", 1));
    let batch = packed(rows);
    assert_eq!(batch.lanes(), BTreeSet::from(["m1".to_string()]));
    // One collection for the meeting, four of 200 sessions.
    assert_eq!(batch.rows().len(), 801);
    assert_eq!(batch.rows()[0].change.object, "Chime_Meeting__c");
}

#[test]
fn deletes_by_external_id_take_the_places_collections_leave() {
    let mut rows = sessions("m1", 60);
    for row in &mut rows[..40] {
        row.change.operation = Operation::Delete;
    }
    let batch = packed(rows);
    let calls = batch.calls(&Namespace::default(), &Secrets::new());
    assert_eq!(calls.len(), MAX_CALLS);
    assert_eq!(calls[0].method, "PATCH");
    assert_eq!(calls.iter().filter(|c| c.method == "DELETE").count(), 24);
}

#[test]
fn a_huge_value_travels_alone_but_travels() {
    let mut big = update("Chime_Meeting__c", "m1", "m1");
    big.change.fields.insert("Text__c".into(), json!("x".repeat(MAX_BYTES + 1)));
    let batch = packed(vec![big, update("Chime_Meeting__c", "m2", "m2")]);
    assert_eq!(batch.lanes(), BTreeSet::from(["m1".to_string()]));
}

#[test]
fn a_suspect_lane_travels_alone_with_a_sub_request_a_row() {
    let suspect = |lane: &str| lane == "m1";
    let mut rows = sessions("m1", 30);
    rows.extend(sessions("m2", 3));
    let batch = pack(rows.clone(), room(&suspect));
    assert!(batch.is_isolated());
    let calls = batch.calls(&Namespace::default(), &Secrets::new());
    assert_eq!(calls.len(), MAX_CALLS);
    assert_eq!(calls[0].path, "/sobjects/Chime_Participant_Session__c/Session_Key__c/m1-0");
    assert!(calls[0].body.as_ref().unwrap().get("Session_Key__c").is_none(), "not in the body");
    // Behind another lane it waits.
    rows.rotate_left(30);
    let batch = pack(rows, room(&suspect));
    assert_eq!(batch.lanes(), BTreeSet::from(["m2".to_string()]));
}

#[test]
fn secrets_missing_fields_and_the_namespace_are_applied_at_the_last_moment() {
    let mut link = upsert("Chime_Recording__c", "Recording_Key__c", "k1", "m1");
    let ask = |name: &str| json!({"$secret": name});
    link.change.fields.insert("Playback_Link__c".into(), ask("playback:k1"));
    link.change.fields.insert("Old_Link__c".into(), ask("playback:k0"));
    link.change.fields.insert("Removed__c".into(), json!(1));
    let missing = BTreeSet::from([("Chime_Recording__c".to_string(), "Removed__c".to_string())]);
    let batch = pack(vec![link], Room { lanes: 1, alone: &|_| false, missing });
    assert_eq!(batch.secrets().len(), 2);
    let secrets = Secrets::from([
        ("playback:k1".to_string(), Some(Secret::new("https://film".to_string()))),
        ("playback:k0".to_string(), None),
    ]);
    let calls = batch.calls(&Namespace::new("acme"), &secrets);
    assert_eq!(
        calls[0].path,
        "/composite/sobjects/acme__Chime_Recording__c/acme__Recording_Key__c"
    );
    assert_eq!(
        calls[0].body.as_ref().unwrap()["records"][0],
        json!({
            "attributes": {"type": "acme__Chime_Recording__c"},
            "acme__Recording_Key__c": "k1",
            "acme__Status__c": "Live",
            "acme__Playback_Link__c": "https://film",
            "acme__Old_Link__c": null,
        })
    );
    assert!(!format!("{calls:?}").contains("film"), "a call does not print its secrets");
}

#[test]
fn each_record_of_a_collection_has_its_own_finding() {
    let batch = packed(sessions("m1", 3));
    let body = json!([
        {"id": "a", "success": true, "errors": []},
        {"success": false, "errors": [{"statusCode": "UNABLE_TO_LOCK_ROW", "message": ""}]},
        {"success": false, "errors": [{"statusCode": "STRING_TOO_LONG", "message": ""}]},
    ]);
    let findings = batch.read(&[answer(200, body)], &Namespace::default());
    assert_eq!(findings[0], Finding::Verdict(Verdict::Told));
    assert!(matches!(findings[1], Finding::Verdict(Verdict::Retry { .. })));
    assert!(matches!(findings[2], Finding::Verdict(Verdict::Refused { .. })));
}

#[test]
fn too_few_results_tell_nothing_about_any_record() {
    let batch = packed(sessions("m1", 2));
    let body = json!([{"id": "a", "success": true, "errors": []}]);
    let findings = batch.read(&[answer(200, body)], &Namespace::default());
    assert!(findings.iter().all(|f| matches!(f, Finding::Verdict(Verdict::Retry { .. }))));
}

#[test]
fn a_missing_column_is_dropped_for_its_object_and_the_others_go_again() {
    let batch = packed(vec![
        update("Chime_Meeting__c", "m1", "m1"),
        update("Chime_Participant__c", "p1", "m1"),
    ]);
    let error = |text: &str| json!([{"errorCode": "INVALID_FIELD", "message": text}]);
    let named = error("No such column 'acme__Status__c' on sobject of type acme__Chime_Meeting__c");
    let findings = batch.read(&[answer(400, named)], &Namespace::new("acme"));
    assert!(matches!(&findings[0],
        Finding::Verdict(Verdict::DropField { field, .. }) if field == "Status__c"));
    assert_eq!(findings[1], Finding::Again);

    // A field we did not send cannot be dropped: the lane is looked at alone.
    let unsent = error("No such column 'Other__c' on sobject of type Chime_Meeting__c");
    let findings = batch.read(&[answer(400, unsent)], &Namespace::default());
    assert_eq!(findings, [Finding::Suspect, Finding::Suspect]);
}

#[test]
fn a_collection_refused_as_a_whole_does_not_bury_its_records() {
    let batch = packed(sessions("m1", 2));
    for (status, code, expected) in [
        (400, "JSON_PARSER_ERROR", Finding::Suspect),
        (404, "NOT_FOUND", Finding::Suspect),
        (500, "UNKNOWN_EXCEPTION", again_later("UNKNOWN_EXCEPTION")),
        (503, "SERVER_UNAVAILABLE", again_later("SERVER_UNAVAILABLE")),
        (502, "", again_later("")),
    ] {
        let body = json!([{"errorCode": code, "message": "x"}]);
        let findings = batch.read(&[answer(status, body)], &Namespace::default());
        assert_eq!(findings, [expected.clone(), expected], "{status} {code}");
    }
}

#[test]
fn alone_a_record_is_judged_by_the_status_of_its_sub_request() {
    let suspect = |_: &str| true;
    let mut delete = update("Chime_Meeting__c", "m1", "m1");
    delete.change.operation = Operation::Delete;
    for (row, status, code, expected) in [
        (update("Chime_Meeting__c", "m1", "m1"), 204, "", "Told"),
        (update("Chime_Meeting__c", "m1", "m1"), 404, "NOT_FOUND", "Gone"),
        (delete, 404, "", "Told"),
        (upsert("A__c", "K__c", "k", "m1"), 404, "NOT_FOUND", "Refused"),
        (upsert("A__c", "K__c", "k", "m1"), 400, "JSON_PARSER_ERROR", "Refused"),
        (upsert("A__c", "K__c", "k", "m1"), 300, "", "Retry"),
        (upsert("A__c", "K__c", "k", "m1"), 500, "UNKNOWN_EXCEPTION", "Retry"),
    ] {
        let batch = pack(vec![row], room(&suspect));
        let body = json!([{"errorCode": code, "message": ""}]);
        let findings = batch.read(&[answer(status, body)], &Namespace::default());
        let Finding::Verdict(verdict) = &findings[0] else { panic!("a verdict") };
        assert!(format!("{verdict:?}").starts_with(expected), "{status} {code}: {verdict:?}");
    }
}

fn key_of(seat: &str) -> OutboxRow {
    let mut row = upsert("Chime_Seat_Key__c", "Participant__c", seat, "m1");
    row.change.operation = Operation::DeleteBy;
    row.change.fields.clear();
    row
}

#[test]
fn what_hangs_on_many_records_is_looked_for_in_one_query_of_the_same_call() {
    let batch = packed(vec![key_of("p1"), key_of("p2"), update("Chime_Meeting__c", "m1", "m1")]);
    let calls = batch.calls(&Namespace::default(), &Secrets::new());
    assert_eq!(calls.len(), 2, "{calls:?}");
    let asked = "SELECT%20Id%2C%20Participant__c%20FROM%20Chime_Seat_Key__c%20WHERE%20Participant__c%20IN%20";
    let query = calls.iter().find(|call| call.method == "GET").unwrap();
    assert!(query.path.starts_with(&format!("/query?q={asked}")), "{}", query.path);

    let found = json!({"done": true, "records": [
        {"Id": "k1", "Participant__c": "p2"}, {"Id": "k2", "Participant__c": "p2"},
        {"Id": "k3", "Participant__c": "p3"}]});
    let written = json!([{"id": "m1", "success": true, "errors": []}]);
    let answers = calls.iter().map(|call| match call.method {
        "GET" => answer(200, found.clone()),
        _ => answer(200, written.clone()),
    });
    let findings = batch.read(&answers.collect::<Vec<_>>(), &Namespace::default());
    let of = |seat: &str| {
        let at = batch.rows().iter().position(|row| row.change.key.value() == seat).unwrap();
        findings[at].clone()
    };
    let ids = |ids: &[&str]| {
        let ids = ids.iter().map(ToString::to_string).collect();
        Finding::Verdict(Verdict::Found { ids })
    };
    assert_eq!(of("p1"), ids(&[]));
    assert_eq!(of("p2"), ids(&["k1", "k2"]));
    assert_eq!(of("m1"), Finding::Verdict(Verdict::Told));
}

#[test]
fn alone_and_suspected_it_is_looked_for_all_the_same() {
    let batch = pack(vec![key_of("p1")], room(&|_| true));
    let calls = batch.calls(&Namespace::default(), &Secrets::new());
    assert_eq!((calls.len(), calls[0].method), (1, "GET"));
    let found = answer(200, json!({"records": [{"Id": "k1", "Participant__c": "p1"}]}));
    let findings = batch.read(&[found], &Namespace::default());
    assert_eq!(findings, [Finding::Verdict(Verdict::Found { ids: vec!["k1".into()] })]);
    let broken = batch.read(&[answer(200, json!({}))], &Namespace::default());
    assert_eq!(broken, [again_later("UNREADABLE")]);
}
