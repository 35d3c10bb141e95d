//! Reading, refusing and printing settings.

use std::path::PathBuf;

use secrecy::ExposeSecret;

use super::*;

const EXAMPLE: &str = include_str!("../../config/bridge.example.toml");

/// Keys the example gives a value to although there is no default.
const NO_DEFAULT: &[&str] = &[
    "salesforce.instance_url",
    "salesforce.client_id",
    "salesforce.username",
    "salesforce.key_file",
    "aws.notices_queue_url",
    "aws.signals_queue_url",
    "aws.room_bucket",
    "aws.recordings_bucket",
    "aws.work_bucket",
    "aws.room_url",
    "aws.cluster",
    "aws.task_definition",
    "aws.subnets",
];

struct Folder(tempfile::TempDir);

impl Folder {
    fn with(text: &str) -> (Self, Sources) {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("bridge.toml");
        std::fs::write(&file, text).unwrap();
        (Self(folder), Sources { file: Some(file), ..Sources::default() })
    }

    fn file(&self) -> PathBuf {
        self.0.path().join("bridge.toml")
    }
}

fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
    list.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect()
}

/// The problems of the example with these flags on top.
fn with(flags: &[(&str, &str)]) -> Vec<Problem> {
    let (_folder, mut sources) = Folder::with(EXAMPLE);
    sources.overrides = pairs(flags);
    match sources.load() {
        Ok(_) => Vec::new(),
        Err(e) => e.problems().to_vec(),
    }
}

/// The keys that are refused with these flags on top of the example.
fn refused(flags: &[(&str, &str)]) -> Vec<String> {
    with(flags).into_iter().map(|problem| problem.key).collect()
}

#[test]
fn the_example_is_complete_passes_and_gives_the_defaults() {
    let (_folder, sources) = Folder::with(EXAMPLE);
    let config = sources.load().unwrap();
    let mut expected = Config::default();
    let Config { salesforce, aws, .. } = &config;
    expected.salesforce = Salesforce {
        instance_url: salesforce.instance_url.clone(),
        client_id: salesforce.client_id.clone(),
        username: salesforce.username.clone(),
        key_file: salesforce.key_file.clone(),
        ..expected.salesforce
    };
    expected.aws = Aws {
        notices_queue_url: aws.notices_queue_url.clone(),
        signals_queue_url: aws.signals_queue_url.clone(),
        room_bucket: aws.room_bucket.clone(),
        recordings_bucket: aws.recordings_bucket.clone(),
        work_bucket: aws.work_bucket.clone(),
        room_url: aws.room_url.clone(),
        cluster: aws.cluster.clone(),
        task_definition: aws.task_definition.clone(),
        subnets: aws.subnets.clone(),
        ..expected.aws
    };
    assert_eq!(config, expected);
}

#[test]
fn the_example_names_every_key_once() {
    let mut section = String::new();
    let mut named = Vec::new();
    for line in EXAMPLE.lines() {
        if let Some(name) = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            section = format!("{name}.");
        }
        let line = line.strip_prefix("# ").unwrap_or(line);
        let key = line.split_once(" = ").map(|(key, _)| key).unwrap_or_default();
        let is_key = !key.is_empty() && key.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if is_key {
            named.push(format!("{section}{key}"));
        }
    }
    named.sort();
    let mut known: Vec<String> = keys::known().into_iter().map(|(key, _)| key).collect();
    known.sort();
    assert_eq!(named, known);
}

#[test]
fn without_settings_everything_that_has_no_default_is_asked_for_at_once() {
    let error = Sources::default().load().unwrap_err();
    let mut asked: Vec<&str> = error.problems().iter().map(|p| p.key.as_str()).collect();
    asked.sort_unstable();
    let mut expected = NO_DEFAULT.to_vec();
    expected.sort_unstable();
    assert_eq!(asked, expected);
    assert!(error.problems().iter().all(|p| p.source == "not set" && !p.remedy.is_empty()));
    assert!(Sources::default().read().is_ok(), "a command that needs one section goes on");
}

#[test]
fn the_environment_wins_over_the_file_and_flags_over_both() {
    let (_folder, mut sources) = Folder::with(EXAMPLE);
    sources.environment = pairs(&[
        ("CHIME_BRIDGE_AWS__REGION", "eu-west-1"),
        ("CHIME_BRIDGE_AWS__CLUSTER", "second"),
        ("CHIME_BRIDGE_INSTANCE", "42"),
        ("CHIME_BRIDGE_SALESFORCE__DAILY_API_BRAKE", "1"),
        ("CHIME_BRIDGE_AWS__SUBNETS", "subnet-1, subnet-2"),
        ("CHIME_BRIDGE_AWS__ASSIGN_PUBLIC_IP", "true"),
        ("CHIME_BRIDGE_SALESFORCE__CLIENT_ID", "007"),
        ("CHIME_BRIDGE_CONFIG", "/somewhere/else"),
        ("PATH", "/bin"),
    ]);
    sources.overrides = pairs(&[("aws.cluster", "third"), ("queues.batch", "5")]);
    let config = sources.load().unwrap();
    assert_eq!(config.aws.region, "eu-west-1");
    assert_eq!(config.aws.cluster, "third");
    assert_eq!(config.instance, "42", "a text that looks like a number stays text");
    assert_eq!(config.salesforce.client_id, "007");
    assert_eq!(config.salesforce.daily_api_brake, 1.0);
    assert_eq!(config.aws.subnets, ["subnet-1", "subnet-2"]);
    assert!(config.aws.assign_public_ip);
    assert_eq!(config.queues.batch, 5);
    assert_eq!(config.aws.room_bucket, "example-chime-room", "the rest is the file's");
}

#[test]
fn an_unknown_key_is_refused_with_its_place_and_the_nearest_key() {
    let (folder, mut sources) = Folder::with("[aws]\nrooom_bucket = \"x\"\nqwertyuiop = 1\n");
    sources.environment = pairs(&[("CHIME_BRIDGE_AWS__PLAYBACK_MINUTE", "5")]);
    sources.overrides = pairs(&[("store.linger_ms", "5"), ("salesfroce.client_id", "x")]);
    let error = sources.load().unwrap_err();
    let file = folder.file().display().to_string();
    let told: Vec<_> = error
        .problems()
        .iter()
        .map(|p| (p.key.as_str(), p.source.as_str(), p.remedy.as_str()))
        .collect();
    let see = "see config/bridge.example.toml for all keys";
    for expected in [
        ("aws.rooom_bucket", file.as_str(), "did you mean aws.room_bucket?"),
        ("aws.qwertyuiop", file.as_str(), see),
        (
            "aws.playback_minute",
            "variable CHIME_BRIDGE_AWS__PLAYBACK_MINUTE",
            "did you mean aws.playback_minutes?",
        ),
        ("store.linger_ms", "flag store.linger_ms", "did you mean outbox.linger_ms?"),
        ("salesfroce.client_id", "flag salesfroce.client_id", "did you mean salesforce.client_id?"),
    ] {
        assert!(told.contains(&expected), "{expected:?} not in {told:#?}");
    }
    assert_eq!(told.len(), 5);
    assert!(sources.read().is_err(), "also for commands that need one section only");
}

#[test]
fn a_value_of_the_wrong_kind_is_refused_with_its_key_and_place() {
    let (folder, sources) = Folder::with("[queues]\nbatch = \"many\"\n");
    let problem = &sources.read().unwrap_err().problems()[0].clone();
    assert_eq!(problem.key, "queues.batch");
    assert_eq!(problem.source, folder.file().display().to_string());
    for (key, value) in [
        ("queues.batch", "many"),
        ("queues.batch", "-1"),
        ("salesforce.auth", "password"),
        ("aws.assign_public_ip", "maybe"),
        ("admin.listen", "localhost"),
        ("queues", "5"),
    ] {
        let problems = with(&[(key, value)]);
        assert_eq!(problems.len(), 1, "{key}={value}");
        assert_eq!(problems[0].key, key, "{value}");
        assert_eq!(problems[0].source, format!("flag {key}"));
    }
}

#[test]
fn a_missing_or_broken_file_is_named() {
    let missing = Sources { file: Some("/no/such/bridge.toml".into()), ..Sources::default() };
    assert!(missing.load().unwrap_err().to_string().contains("/no/such/bridge.toml"));
    let (folder, sources) = Folder::with("[aws\n");
    let told = sources.load().unwrap_err().to_string();
    assert!(told.contains(&folder.file().display().to_string()), "{told}");
}

#[test]
fn emulator_endpoints_need_the_word() {
    let local: &[(&str, &str)] = &[
        ("salesforce.instance_url", "http://127.0.0.1:8801"),
        ("salesforce.pubsub_endpoint", "https://localhost:8802"),
        ("salesforce.audience", "http://127.0.0.1:8801"),
        ("aws.endpoint_url", "http://127.0.0.1:4566"),
        ("aws.notices_queue_url", "http://127.0.0.1:4566/000000000000/chime-notices"),
        ("aws.signals_queue_url", "https://amazonaws.com.example.org/q"),
        ("aws.room_url", "http://127.0.0.1:8806"),
    ];
    for one in local {
        let problems = with(&[*one]);
        assert_eq!(problems.len(), 1, "{one:?}");
        assert_eq!(problems[0].key, one.0);
        assert!(problems[0].remedy.contains("emulator = true"), "{}", problems[0]);
    }
    let mut all = local.to_vec();
    assert_eq!(refused(&all).len(), local.len());
    all.push(("emulator", "true"));
    assert_eq!(with(&all), []);
}

#[test]
fn a_private_amazon_endpoint_needs_no_word_but_a_password_is_never_taken() {
    let endpoint = "https://vpce-1.sqs.eu-central-1.vpce.amazonaws.com";
    assert_eq!(with(&[("aws.endpoint_url", endpoint)]), []);
    for url in ["https://user:pw@sqs.amazonaws.com", "http://user:pw@127.0.0.1:4566"] {
        let problems = with(&[("aws.endpoint_url", url), ("emulator", "true")]);
        assert_eq!(problems.len(), 1);
        assert!(!problems[0].to_string().contains("pw"), "{}", problems[0]);
    }
}

#[test]
fn each_way_to_sign_in_asks_for_its_own() {
    let flags = [("salesforce.auth", "client-credentials")];
    assert_eq!(refused(&flags), ["salesforce.client_secret_file"]);
    let flags =
        [flags[0], ("salesforce.client_secret_file", "/run/secret"), ("salesforce.username", "")];
    assert_eq!(with(&flags), []);
    assert_eq!(refused(&[("salesforce.username", "")]), ["salesforce.username"]);
}

#[test]
fn what_does_not_fit_together_is_refused() {
    for (key, flags) in [
        ("meeting.default_region", vec![("meeting.default_region", "us-east-1")]),
        ("aws.work_bucket", vec![("aws.work_bucket", "example-chime-room")]),
        (
            "aws.signals_queue_url",
            vec![
                ("aws.notices_queue_url", "https://q.amazonaws.com/1"),
                ("aws.signals_queue_url", "https://q.amazonaws.com/1"),
            ],
        ),
        ("outbox.backoff_max_ms", vec![("outbox.backoff_min_ms", "400000")]),
        ("store.keep_seen_days", vec![("store.keep_seen_days", "13")]),
        ("admin.listen", vec![("admin.listen", "0.0.0.0:9090")]),
        ("queues.batch", vec![("queues.batch", "11")]),
        ("salesforce.daily_api_brake", vec![("salesforce.daily_api_brake", "1.5")]),
        ("salesforce.change_topic", vec![("salesforce.change_topic", "/event/X")]),
        ("salesforce.namespace", vec![("salesforce.namespace", "a__")]),
        ("telemetry.level", vec![("telemetry.level", "info,=,x")]),
        ("meeting.fragment_silence", vec![("meeting.fragment_silence", "0")]),
        ("store.key_file", vec![("store.key_file", "data/bridge.db")]),
        ("instance", vec![("instance", "")]),
    ] {
        assert_eq!(refused(&flags), [key], "{flags:?}");
    }
    assert_eq!(with(&[("salesforce.change_topic", ""), ("admin.listen", "[::1]:0")]), []);
}

#[test]
fn the_control_region_is_set_in_one_place() {
    let (_folder, mut sources) = Folder::with(EXAMPLE);
    sources.overrides = pairs(&[("aws.control_region", "us-east-1")]);
    assert_eq!(sources.load().unwrap().meeting.control_region, "us-east-1");
    let problems = with(&[("meeting.control_region", "us-east-1")]);
    assert_eq!(problems[0].remedy, "set aws.control_region");
}

#[test]
fn what_is_in_force_can_be_read_again_and_shows_no_secret() {
    let (_folder, sources) = Folder::with(EXAMPLE);
    let config = sources.load().unwrap();
    let (_again, sources) = Folder::with(&config.effective());
    assert_eq!(sources.load().unwrap(), config);

    let mut spoilt = config;
    spoilt.salesforce.key_file = Some("-----BEGIN PRIVATE KEY-----\nMIIsecret".into());
    spoilt.aws.endpoint_url = Some("https://user:secret@host/x".into());
    let printed = spoilt.effective();
    assert!(!printed.contains("secret"), "{printed}");
    assert_eq!(printed.matches("[hidden]").count(), 2);
}

#[test]
fn a_key_given_instead_of_its_path_is_refused_without_repeating_it() {
    let key = "-----BEGIN PRIVATE KEY-----MIIsecret";
    let problems = with(&[("salesforce.key_file", key)]);
    assert_eq!(problems.len(), 1);
    assert!(!problems[0].to_string().contains("MII"), "{}", problems[0]);
}

#[test]
fn a_secret_is_read_without_its_line_break_and_named_when_it_cannot_be() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("secret");
    let error = read_secret("salesforce.client_secret_file", &path).unwrap_err();
    assert!(error.to_string().contains("salesforce.client_secret_file"), "{error}");
    std::fs::write(&path, "\n").unwrap();
    assert!(read_secret("k", &path).is_err());
    std::fs::write(&path, " pa ss \r\n").unwrap();
    let secret = read_secret("k", &path).unwrap();
    assert_eq!(secret.expose_secret(), " pa ss ");
    assert!(!format!("{secret:?}").contains("pa ss"));
}
