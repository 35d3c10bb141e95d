//! SOQL over REST.

use serde_json::{Value, json};

use crate::{ADMIN, MEETING, PARTICIPANT, World, code, escaped};

fn subjects(answer: &Value) -> Vec<&str> {
    let records = answer["records"].as_array().unwrap_or_else(|| panic!("{answer}"));
    records.iter().map(|r| r["Subject__c"].as_str().unwrap_or("-")).collect()
}

#[tokio::test]
async fn conditions_order_and_limit_choose_the_records() {
    let world = World::start().await;
    let admin = world.admin().await;
    for (subject, count, day) in [("Alpha", 3, "01"), ("Beta", 1, "02"), ("Gamma", 2, "03")] {
        let meeting = json!({
            "Subject__c": subject, "Participant_Count__c": count, "Auto_Record__c": count > 1,
            "Scheduled_Start__c": format!("2026-05-{day}T10:00:00Z"),
        });
        world.org.insert(ADMIN, MEETING, meeting).unwrap();
    }
    world.org.insert(ADMIN, MEETING, json!({})).unwrap();
    let cases = [
        ("WHERE Subject__c = 'alpha'", vec!["Alpha"]),
        ("WHERE Subject__c LIKE '%a%' AND (NOT Subject__c LIKE 'G_mma')", vec!["Alpha", "Beta"]),
        (
            "WHERE Participant_Count__c >= 2 ORDER BY Participant_Count__c DESC",
            vec!["Alpha", "Gamma"],
        ),
        ("WHERE Scheduled_Start__c > 2026-05-01T10:00:00Z", vec!["Beta", "Gamma"]),
        ("WHERE Scheduled_Start__c >= 2026-05-02T12:00:00.000+0200", vec!["Beta", "Gamma"]),
        ("WHERE Auto_Record__c = true", vec!["Alpha", "Gamma"]),
        ("WHERE Subject__c = null", vec!["-"]),
        ("WHERE Subject__c IN ('Beta','Gamma')", vec!["Beta", "Gamma"]),
        ("WHERE Subject__c != 'Beta' AND Subject__c NOT IN ('Gamma')", vec!["Alpha", "-"]),
        (
            "WHERE Subject__c = 'Beta' OR (Subject__c = 'Alpha' AND Auto_Record__c = false)",
            vec!["Beta"],
        ),
        ("ORDER BY Subject__c NULLS LAST LIMIT 2 OFFSET 1", vec!["Beta", "Gamma"]),
    ];
    for (tail, want) in cases {
        let (status, answer) =
            admin.query(&format!("select Subject__c from chime_meeting__c {tail}")).await;
        assert_eq!(status, 200, "{tail}: {answer}");
        assert_eq!(subjects(&answer), want, "{tail}");
    }
}

#[tokio::test]
async fn a_query_tells_its_columns() {
    let world = World::start().await;
    let admin = world.admin().await;
    let soql = format!("SELECT Id, Meeting__r.Name, Meeting__r.Auto_Record__c FROM {PARTICIPANT}");
    let path = format!("/query?columns=true&q={}", escaped(&soql));
    let (status, answer) = admin.get(&path).await;
    assert_eq!(status, 200, "{answer}");
    let columns = answer["columnMetadata"].as_array().unwrap();
    let names = |columns: &[Value]| -> Vec<String> {
        columns.iter().map(|c| c["columnName"].as_str().unwrap().to_string()).collect()
    };
    assert_eq!(names(columns), ["Id", "Meeting__r"]);
    let nested = columns[1]["joinColumns"].as_array().unwrap();
    assert_eq!(names(nested), ["Name", "Auto_Record__c"]);
    assert_eq!(nested[1]["booleanType"], true);
    let (status, answer) = admin.get("/query?columns=true&q=SELECT+No__c+FROM+User").await;
    assert_eq!((status, code(&answer)), (400, "INVALID_FIELD"), "{answer}");
}

#[tokio::test]
async fn everyone_reads_what_the_org_is_and_nobody_writes_it() {
    let world = World::start().await;
    for caller in [world.admin().await, world.bridge().await] {
        let (status, answer) =
            caller.query("SELECT Id, Name, IsSandbox, NamespacePrefix FROM Organization").await;
        assert_eq!(status, 200, "{answer}");
        assert_eq!(answer["totalSize"], 1, "{answer}");
        assert_eq!(answer["records"][0]["Id"], world.org.config.org_id);
        assert_eq!(answer["records"][0]["IsSandbox"], false);
        let path = "/sobjects/Organization";
        let (status, answer) = caller.call("POST", path, json!({"Name": "Another"})).await;
        assert_eq!(status, 400, "{answer}");
    }
}

#[tokio::test]
async fn parents_are_reached_and_nested() {
    let world = World::start().await;
    let admin = world.admin().await;
    let meeting = world.meeting();
    let seat = world.participant(&meeting);
    world.participant(&world.meeting());
    let soql = format!(
        "SELECT Id, Meeting__r.Subject__c, Meeting__r.Owner.Username, Contact__r.Name FROM {PARTICIPANT} \
         WHERE Meeting__r.Name = 'MTG-000001'"
    );
    let (_, answer) = admin.query(&soql).await;
    assert_eq!(answer["totalSize"], 1, "{answer}");
    let row = &answer["records"][0];
    assert_eq!(row["Id"], seat);
    assert_eq!(row["Meeting__r"]["Subject__c"], "Quarterly talk");
    assert_eq!(row["Meeting__r"]["Owner"]["Username"], ADMIN);
    assert_eq!(row["Meeting__r"]["attributes"]["type"], MEETING);
    assert_eq!(row["Contact__r"], Value::Null);
    let joined = format!(
        "SELECT Id FROM {MEETING} WHERE Id IN (SELECT Meeting__c FROM {PARTICIPANT} WHERE Id = '{seat}')"
    );
    let (_, answer) = admin.query(&joined).await;
    assert_eq!(answer["records"][0]["Id"], meeting);
    assert_eq!(answer["totalSize"], 1);
}

#[tokio::test]
async fn a_wrong_query_is_an_error_and_never_a_wrong_answer() {
    let world = World::start().await;
    let admin = world.admin().await;
    let cases = [
        (format!("SELECT Nope__c FROM {MEETING}"), "INVALID_FIELD"),
        (format!("SELECT Id FROM {MEETING} WHERE Nope__c = 1"), "INVALID_FIELD"),
        ("SELECT Id FROM Nope__c".into(), "INVALID_TYPE"),
        (format!("SELECT Id FORM {MEETING}"), "MALFORMED_QUERY"),
        (
            format!("SELECT Id FROM {MEETING} WHERE Name = 'a' AND Name = 'b' OR Name = 'c'"),
            "MALFORMED_QUERY",
        ),
        (format!("SELECT Id, (SELECT Id FROM X) FROM {MEETING}"), "MALFORMED_QUERY"),
        (
            format!("SELECT Id FROM {MEETING} WHERE Scheduled_Start__c > '2026-05-01T10:00:00Z'"),
            "INVALID_FIELD",
        ),
        (
            format!("SELECT Id FROM {MEETING} WHERE Id = 'nonsense'"),
            "INVALID_QUERY_FILTER_OPERATOR",
        ),
        (format!("SELECT Id FROM {MEETING} WHERE Name = 'open"), "MALFORMED_QUERY"),
    ];
    for (soql, want) in cases {
        let (status, answer) = admin.query(&soql).await;
        assert_eq!((status, code(&answer)), (400, want), "{soql}");
    }
}

#[tokio::test]
async fn a_long_answer_comes_in_pages() {
    let world = World::start().await;
    let admin = world.admin().await;
    for _ in 0..2_005 {
        world.org.insert(ADMIN, "Account", json!({"Name": "Acme"})).unwrap();
    }
    let (_, first) = admin.query("SELECT Id FROM Account").await;
    assert_eq!((&first["totalSize"], &first["done"]), (&json!(2_005), &json!(false)));
    assert_eq!(first["records"].as_array().unwrap().len(), 2_000);
    let next = first["nextRecordsUrl"].as_str().unwrap();
    let (_, second) = admin.get(next.strip_prefix("/services/data/v67.0").unwrap()).await;
    assert_eq!(second["done"], true);
    assert_eq!(second["records"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn deleted_records_are_found_by_query_all_only() {
    let world = World::start().await;
    let admin = world.admin().await;
    let meeting = world.meeting();
    world.org.delete(ADMIN, MEETING, &meeting).unwrap();
    let soql = crate::escaped(&format!("SELECT Id, IsDeleted FROM {MEETING}"));
    let (_, live) = admin.get(&format!("/query?q={soql}")).await;
    assert_eq!(live["totalSize"], 0);
    let (_, all) = admin.get(&format!("/queryAll?q={soql}")).await;
    assert_eq!(all["records"][0]["IsDeleted"], true);
}
