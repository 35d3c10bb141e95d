//! The sender against a small org on a real socket: lost answers, refusals, lanes, poison.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, SystemClock, SystemEntropy};
use crate::inbox::engine::Wakes;
use crate::outbox::confirm::Report;
use crate::outbox::missing::MissingFields;
use crate::outbox::row::{Change, Operation, RecordKey};
use crate::outbox::send::{Parts, SendSettings, Sender};
use crate::outbox::testing::{
    MemoryStore, Org, PlainVault, SharedOrg, Tokens, Whole, serve, spawn,
};
use crate::salesforce::rest::{Rest, RestSettings};

struct Bench {
    store: MemoryStore,
    org: SharedOrg,
    wakes: Arc<Wakes>,
    missing: Arc<MissingFields>,
    reports: Arc<Mutex<Vec<Report>>>,
    soft: CancellationToken,
    hard: CancellationToken,
    run: tokio::task::JoinHandle<()>,
    rest: Rest,
}

impl Bench {
    async fn with(prepare: impl FnOnce(&mut Org), rows: Vec<Change>) -> Self {
        Self::with_tokens(vec!["good"], prepare, rows).await
    }

    async fn with_tokens(
        tokens: Vec<&'static str>,
        prepare: impl FnOnce(&mut Org),
        rows: Vec<Change>,
    ) -> Self {
        let org = SharedOrg::default();
        org.lock().unwrap().token = "good".into();
        prepare(&mut org.lock().unwrap());
        let url = serve(org.clone()).await;
        let store = MemoryStore::default();
        rows.into_iter().enumerate().for_each(|(n, row)| store.put(row, n as i64));
        #[allow(clippy::disallowed_methods, reason = "a test's own client")]
        let http = reqwest::Client::new();
        let source = Tokens { url, current: Mutex::new(0), tokens };
        let rest = Rest::new(http, Arc::new(source), RestSettings::default());
        let wakes = Arc::new(Wakes::default());
        let missing = Arc::new(MissingFields::default());
        let reports = Arc::new(Mutex::new(Vec::new()));
        let heard = reports.clone();
        let sender = Sender::new(Parts {
            store: Arc::new(store.clone()),
            rest: rest.clone(),
            vault: Arc::new(PlainVault),
            clock: Arc::new(SystemClock),
            entropy: Arc::new(SystemEntropy),
            wakes: wakes.clone(),
            missing: missing.clone(),
            settings: SendSettings {
                longest_wait: Duration::from_millis(20),
                limit_wait: Duration::from_millis(20),
                record_tries: 4,
                lane_tries: 2,
                lane_wait: Duration::from_millis(20),
                store_wait: Duration::from_millis(20),
                ..SendSettings::default()
            },
            heard: Arc::new(move |report: &Report| heard.lock().unwrap().push(report.clone())),
        });
        let (soft, hard) = (CancellationToken::new(), CancellationToken::new());
        let run = spawn(sender.run(soft.clone(), hard.clone()));
        Self { store, org, wakes, missing, reports, soft, hard, run, rest }
    }

    fn tell(&self, change: Change) {
        self.store.put(change, SystemClock.now());
        self.wakes.outbox.notify_one();
    }

    async fn until(&self, what: &str, done: impl Fn(&Self) -> bool) {
        for _ in 0..2_000 {
            if done(self) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("never came: {what}");
    }

    async fn until_empty(&self) {
        self.until("an empty outbox", |b| b.store.waiting() == 0).await;
    }

    fn record(&self, object: &str, key: &str) -> Option<Value> {
        self.org.lock().unwrap().records.get(&(object.into(), key.into())).cloned()
    }

    fn writes(&self, object: &str, key: &str) -> usize {
        self.org.lock().unwrap().writes.get(&(object.into(), key.into())).copied().unwrap_or(0)
    }

    fn letters_of(&self, code: &str) -> usize {
        self.store.letters().iter().filter(|letter| letter.code == code).count()
    }
}

impl Drop for Bench {
    fn drop(&mut self) {
        self.hard.cancel();
        if std::thread::panicking() {
            return;
        }
        assert_eq!(self.org.lock().unwrap().overlaps, [""; 0], "a lane was in two calls at once");
    }
}

const MEETING: &str = "Chime_Meeting__c";
const SESSION: &str = "Chime_Participant_Session__c";
const LETTER: &str = "Chime_Dead_Letter__c";

fn meeting(id: &str, fields: &[(&str, Value)]) -> Change {
    let mut all: BTreeMap<String, Value> =
        fields.iter().map(|(name, value)| (name.to_string(), value.clone())).collect();
    all.insert("Lane__c".into(), json!(id));
    Change {
        object: MEETING.into(),
        key: RecordKey::Id(id.into()),
        lane: id.into(),
        operation: Operation::Write,
        fields: all,
    }
}

fn session(key: &str, lane: &str) -> Change {
    Change {
        object: SESSION.into(),
        key: RecordKey::External { field: "Session_Key__c".into(), value: key.into() },
        ..meeting(lane, &[])
    }
}

#[tokio::test]
async fn what_is_wanted_is_told_in_one_call_with_our_name_on_it() {
    let rows = vec![session("s1", "m1"), meeting("m1", &[]), meeting("m2", &[])];
    let bench = Bench::with(|_| {}, rows).await;
    bench.until_empty().await;
    let org = bench.org.lock().unwrap();
    assert_eq!(org.calls, [BTreeSet::from(["m1".to_string(), "m2".to_string()])]);
    assert_eq!(org.headers["Sforce-Call-Options"], "client=chime-bridge");
    assert_eq!(org.headers["Sforce-Duplicate-Rule-Header"], "allowSave=true");
    let usage = bench.rest.usage().borrow().unwrap();
    assert_eq!((usage.used, usage.max), (42, 5000));
}

#[tokio::test]
async fn changes_that_come_together_travel_together() {
    let bench = Bench::with(|_| {}, vec![]).await;
    for n in 0..20 {
        bench.tell(meeting(&format!("m{n}"), &[]));
    }
    bench.until_empty().await;
    assert_eq!(bench.org.lock().unwrap().calls.len(), 1);
}

#[tokio::test]
async fn a_lost_answer_is_repeated_and_ends_in_one_record() {
    let rows = vec![session("s1", "m1"), meeting("m1", &[("Status__c", json!("Live"))])];
    let bench = Bench::with(|org| org.script.extend([Whole::Cut, Whole::Cut]), rows).await;
    bench.until_empty().await;
    assert_eq!(bench.writes(SESSION, "s1"), 3);
    assert_eq!(bench.org.lock().unwrap().records.len(), 2);
    assert_eq!(bench.record(MEETING, "m1").unwrap()["Status__c"], "Live");
}

#[tokio::test]
async fn only_the_record_that_was_locked_is_sent_again() {
    let rows = vec![session("s1", "m1"), session("s2", "m1"), session("s3", "m1")];
    let mut locked = 2;
    let bench = Bench::with(
        |org| {
            org.fault = Some(Box::new(move |_, key, _| {
                (key == "s2" && locked > 0).then(|| {
                    locked -= 1;
                    ("UNABLE_TO_LOCK_ROW", String::new())
                })
            }));
        },
        rows,
    )
    .await;
    bench.until_empty().await;
    assert_eq!(["s1", "s2", "s3"].map(|key| bench.writes(SESSION, key)), [1, 1, 1]);
    assert_eq!(bench.org.lock().unwrap().calls.len(), 3);
    assert_eq!(bench.store.letters(), []);
}

#[tokio::test]
async fn a_record_put_off_for_ever_becomes_a_dead_letter_that_is_told() {
    let bench = Bench::with(
        |org| {
            org.fault = Some(Box::new(|object, _, _| {
                (object == SESSION).then(|| ("UNABLE_TO_LOCK_ROW", String::new()))
            }));
        },
        vec![session("s1", "m1")],
    )
    .await;
    bench.until_empty().await;
    let letters = bench.store.letters();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].code, "CB-211");
    assert_eq!(letters[0].meeting.as_deref(), Some("m1"));
    assert!(letters[0].sealed.starts_with(b"sealed:"));
    let mirrored = bench.record(LETTER, &letters[0].key).unwrap();
    assert_eq!(mirrored["Step__c"], format!("outbox:{SESSION}"));
    assert_eq!(mirrored["State__c"], "Open");
}

#[tokio::test]
async fn a_refused_record_harms_no_other_and_a_refused_letter_makes_no_further_letter() {
    let bench = Bench::with(
        |org| {
            org.fault = Some(Box::new(|object, key, _| {
                (object == LETTER || key == "s1").then(|| ("STRING_TOO_LONG", "Jane Roe".into()))
            }));
        },
        vec![session("s1", "m1"), session("s2", "m1")],
    )
    .await;
    bench.until_empty().await;
    assert_eq!(bench.writes(SESSION, "s2"), 1);
    assert_eq!(bench.letters_of("CB-210"), 2, "the session's, and the mirror's own; no third");
    let letters = bench.store.letters();
    assert!(letters.iter().all(|letter| !letter.cause.contains("Jane")));
}

#[tokio::test]
async fn an_older_revision_and_a_record_that_is_gone_are_done_with() {
    let bench = Bench::with(
        |org| {
            org.fault = Some(Box::new(|_, key, _| match key {
                "m1" => Some(("FIELD_CUSTOM_VALIDATION_EXCEPTION", "CB-REV: newer".into())),
                "m2" => Some(("ENTITY_IS_DELETED", String::new())),
                _ => None,
            }));
        },
        vec![meeting("m1", &[]), meeting("m2", &[]), meeting("m3", &[])],
    )
    .await;
    bench.until_empty().await;
    assert_eq!(bench.store.letters(), []);
    let reports = bench.reports.lock().unwrap();
    assert_eq!(reports.iter().map(|r| (r.told, r.newer)).collect::<Vec<_>>(), [(1, 1)]);
    assert_eq!(reports[0].gone, [(MEETING.to_string(), "m2".to_string())]);
}

#[tokio::test]
async fn a_field_the_org_lacks_is_left_out_and_named_once() {
    let bench = Bench::with(
        |org| {
            org.fault = Some(Box::new(|_, _, record| {
                let text = "No such column 'Note__c' on sobject of type Chime_Meeting__c";
                record.get("Note__c").map(|_| ("INVALID_FIELD", text.into()))
            }));
        },
        ["m1", "m2"]
            .map(|id| meeting(id, &[("Note__c", json!("x")), ("Status__c", json!("Live"))]))
            .into(),
    )
    .await;
    bench.until_empty().await;
    assert_eq!(bench.record(MEETING, "m1").unwrap()["Status__c"], "Live");
    assert_eq!(bench.record(MEETING, "m2").unwrap().get("Note__c"), None);
    assert_eq!(bench.missing.list(), [(MEETING.to_string(), "Note__c".to_string())]);
    assert_eq!(bench.letters_of("CB-214"), 1);
}

#[tokio::test]
async fn a_duplicate_is_tried_once_more_and_then_given_up() {
    let mut first = true;
    let bench = Bench::with(
        |org| {
            org.fault = Some(Box::new(move |_, key, _| {
                let again = key == "s2" || (key == "s1" && std::mem::take(&mut first));
                again.then(|| ("DUPLICATE_VALUE", String::new()))
            }));
        },
        vec![session("s1", "m1"), session("s2", "m1")],
    )
    .await;
    bench.until_empty().await;
    assert_eq!(bench.writes(SESSION, "s1"), 1);
    assert_eq!(bench.letters_of("CB-213"), 1);
    assert_eq!(bench.store.letters().len(), 1);
}

#[tokio::test]
async fn an_expired_token_is_renewed_once_and_nothing_is_lost() {
    let tokens = vec!["expired", "good"];
    let bench = Bench::with_tokens(tokens, |_| {}, vec![meeting("m1", &[])]).await;
    bench.until_empty().await;
    assert_eq!(bench.writes(MEETING, "m1"), 1);
}

#[tokio::test]
async fn an_org_that_is_down_or_out_of_calls_is_waited_for() {
    let bench = Bench::with(
        |org| {
            org.script.extend([
                Whole::Refuse(503, "SERVER_UNAVAILABLE"),
                Whole::Refuse(403, "REQUEST_LIMIT_EXCEEDED"),
                Whole::Refuse(500, ""),
                Whole::Refuse(500, ""),
                Whole::Refuse(500, ""),
                Whole::Refuse(500, ""),
                Whole::Refuse(500, ""),
            ]);
        },
        (0..5).map(|n| meeting(&format!("m{n}"), &[])).collect(),
    )
    .await;
    bench.until_empty().await;
    for n in 0..5 {
        assert_eq!(bench.writes(MEETING, &format!("m{n}")), 1);
    }
    assert_eq!(bench.store.letters(), []);
}

#[tokio::test]
async fn an_org_that_shuts_its_door_buries_nothing() {
    let bench = Bench::with(
        |org| {
            org.script.extend([
                Whole::Refuse(403, "API_DISABLED_FOR_ORG"),
                Whole::Refuse(404, "NOT_FOUND"),
                Whole::Refuse(410, "UNSUPPORTED_API_VERSION"),
                Whole::Refuse(401, "INVALID_SESSION_ID"),
                Whole::Refuse(401, "INVALID_SESSION_ID"),
            ]);
        },
        vec![meeting("m1", &[]), meeting("m2", &[])],
    )
    .await;
    bench.until_empty().await;
    assert_eq!(["m1", "m2"].map(|id| bench.writes(MEETING, id)), [1, 1]);
    assert_eq!(bench.store.letters(), []);
}

#[tokio::test]
async fn a_lane_that_breaks_every_call_is_found_and_the_others_get_through() {
    let bench = Bench::with(
        |org| org.poison = Some("m1".into()),
        (0..6).map(|n| meeting(&format!("m{n}"), &[])).collect(),
    )
    .await;
    bench
        .until("the others told", |b| {
            [0, 2, 3, 4, 5].iter().all(|n| b.writes(MEETING, &format!("m{n}")) == 1)
        })
        .await;
    // Blamed only while others get through.
    for n in 10.. {
        if bench.letters_of("CB-212") == 1 {
            break;
        }
        assert!(n < 200, "the poisonous lane was never given up");
        bench.tell(meeting(&format!("m{n}"), &[]));
        bench.until("another told", |b| b.writes(MEETING, &format!("m{n}")) == 1).await;
    }
    assert_eq!(bench.store.letters().len(), 1);
}

#[tokio::test]
async fn a_call_refused_as_a_whole_is_split_by_lane_and_only_the_bad_one_is_buried() {
    let bench = Bench::with(
        |org| {
            org.script.extend([
                Whole::Refuse(400, "JSON_PARSER_ERROR"),
                Whole::Refuse(400, "JSON_PARSER_ERROR"),
            ]);
        },
        vec![meeting("m1", &[]), meeting("m2", &[]), meeting("m3", &[])],
    )
    .await;
    bench.until_empty().await;
    let written = ["m1", "m2", "m3"].map(|id| bench.writes(MEETING, id));
    assert_eq!(written.iter().sum::<usize>(), 2, "{written:?}");
    assert_eq!(bench.letters_of("CB-206"), 1);
    let calls = &bench.org.lock().unwrap().calls;
    assert_eq!(calls[0].len(), 3);
    assert!(calls[1..].iter().all(|lanes| lanes.len() <= 1), "{calls:?}");
}

#[tokio::test]
async fn two_calls_run_at_once_but_never_with_the_same_lane() {
    let rows = (0..5).flat_map(|lane| {
        (0..400).map(move |n| session(&format!("{lane}-{n}"), &format!("m{lane}")))
    });
    let bench = Bench::with(|org| org.takes = Duration::from_millis(150), rows.collect()).await;
    // More for the lanes that are under way.
    bench.until("a call", |b| !b.org.lock().unwrap().calls.is_empty()).await;
    for lane in 0..5 {
        bench.tell(meeting(&format!("m{lane}"), &[]));
    }
    bench.until_empty().await;
    let org = bench.org.lock().unwrap();
    assert_eq!(org.records.len(), 2_005);
    assert_eq!(org.most_at_once, 2);
}

#[tokio::test]
async fn a_change_merged_while_its_call_is_under_way_is_told_too() {
    let bench = Bench::with(
        |org| org.takes = Duration::from_millis(200),
        vec![meeting("m1", &[("Status__c", json!("Open"))])],
    )
    .await;
    bench.until("a call", |b| !b.org.lock().unwrap().calls.is_empty()).await;
    bench.tell(meeting("m1", &[("Status__c", json!("Live"))]));
    bench.until_empty().await;
    assert_eq!(bench.record(MEETING, "m1").unwrap()["Status__c"], "Live");
    assert_eq!(bench.writes(MEETING, "m1"), 2);
}

#[tokio::test]
async fn a_sealed_value_is_opened_for_the_call_and_one_that_does_not_open_is_a_letter() {
    let rows = vec![
        meeting("m1", &[("Link__c", json!({"$secret": "playback:1"}))]),
        meeting("m2", &[("Link__c", json!({"$secret": "broken:1"}))]),
    ];
    let bench = Bench::with(|_| {}, rows).await;
    bench.until_empty().await;
    assert_eq!(bench.record(MEETING, "m1").unwrap()["Link__c"], "open(playback:1)");
    assert_eq!(bench.record(MEETING, "m2"), None);
    assert_eq!(bench.letters_of("CB-215"), 1);
}

#[tokio::test]
async fn a_soft_shutdown_tells_what_is_due_and_returns() {
    let mut bench = Bench::with(|_| {}, vec![]).await;
    for n in 0..3 {
        bench.tell(meeting(&format!("m{n}"), &[]));
    }
    bench.soft.cancel();
    let run = std::mem::replace(&mut bench.run, spawn(async {}));
    tokio::time::timeout(Duration::from_secs(20), run).await.expect("it returns").unwrap();
    assert_eq!(bench.store.waiting(), 0);
}
