//! The figures as Prometheus reads them, and the list's own rules.

use std::collections::HashSet;

use super::*;

#[test]
fn figures_are_shown_with_their_meaning_labels_and_values() {
    let (recorder, shown) = recorder().unwrap();
    metrics::with_local_recorder(&recorder, || {
        names::describe();
        REST_CALLS.add(2, &[("call", "composite"), ("status", "200")]);
        REST_CALLS.add(1, &[("call", "composite"), ("status", "200")]);
        EVENT_LAG.set(1.5, &[("topic", "/event/Chime_Command__e")]);
        COMMIT_DURATION.note(std::time::Duration::from_millis(20), &[]);
    });
    shown.upkeep();
    let text = shown.render();
    for line in [
        r#"bridge_rest_calls{call="composite",status="200"} 3"#,
        r#"bridge_event_lag{topic="/event/Chime_Command__e"} 1.5"#,
        r#"bridge_commit_duration_bucket{le="0.01"} 0"#,
        r#"bridge_commit_duration_bucket{le="0.025"} 1"#,
        "# TYPE bridge_commit_duration histogram",
        "# HELP bridge_event_lag Age of the newest event",
    ] {
        assert!(text.contains(line), "{line} is not in:\n{text}");
    }
}

#[test]
fn names_are_unique_ours_and_explained() {
    let mut seen = HashSet::new();
    for metric in ALL {
        assert!(seen.insert(metric.name), "{} twice", metric.name);
        let rest = metric.name.strip_prefix("bridge.").unwrap();
        assert!(
            rest.bytes().all(|b| b.is_ascii_lowercase() || matches!(b, b'.' | b'_')),
            "{}",
            metric.name
        );
        assert!(metric.text.ends_with('.'), "{}", metric.name);
    }
}

#[test]
fn a_level_that_cannot_be_read_is_said() {
    let settings = Telemetry { level: "info,=,x".into(), ..Telemetry::default() };
    let error = install_log(&settings).unwrap_err();
    assert!(error.to_string().contains("telemetry.level"), "{error}");
}
