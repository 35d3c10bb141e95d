//! Every metric. The first five wake somebody: lag, oldest change, dead letters, failed
//! recordings, replay left.

use metrics::Unit;

use super::{Counter, Duration, Gauge, Named};

macro_rules! metrics_list {
    ($($kind:ident $constant:ident = $name:literal, $unit:ident, $text:literal;)+) => {
        $(#[doc = $text] pub const $constant: $kind =
            $kind(Named { name: $name, unit: Unit::$unit, text: $text });)+

        /// All metrics in order: for the page in the documentation, and its test.
        pub const ALL: &[Named] =
            &[$(Named { name: $name, unit: Unit::$unit, text: $text }),+];

        /// Tells the recorder what each one means.
        pub(super) fn describe() {
            $(metrics_list!(@describe $kind $name, $unit, $text);)+
        }
    };
    (@describe Counter $name:literal, $unit:ident, $text:literal) => {
        ::metrics::describe_counter!($name, Unit::$unit, $text)
    };
    (@describe Gauge $name:literal, $unit:ident, $text:literal) => {
        ::metrics::describe_gauge!($name, Unit::$unit, $text)
    };
    (@describe Duration $name:literal, $unit:ident, $text:literal) => {
        ::metrics::describe_histogram!($name, Unit::$unit, $text)
    };
}

metrics_list! {
    Gauge EVENT_LAG = "bridge.event.lag", Seconds,
        "Age of the newest event taken when it was committed. Labels: topic.";
    Gauge OUTBOX_OLDEST_AGE = "bridge.outbox.oldest_age", Seconds,
        "How long the oldest waiting change has waited.";
    Gauge DEAD_LETTERS = "bridge.dead_letters", Count,
        "Open dead letters.";
    Counter RECORDINGS_FAILED = "bridge.recordings.failed", Count,
        "Recordings that ended without a good file.";
    Gauge REPLAY_REMAINING = "bridge.replay.remaining", Seconds,
        "Time until Salesforce forgets the event after the stored position. Labels: topic.";

    Counter EVENTS_RECEIVED = "bridge.events.received", Count,
        "Events delivered by Salesforce; each counts against the org's daily deliveries. Labels: topic.";
    Gauge DELIVERIES_LEFT = "bridge.deliveries.left", Count,
        "Event deliveries the org has left today.";
    Counter STREAM_CONNECTS = "bridge.stream.connects", Count,
        "Streams opened. Labels: topic.";
    Counter STREAM_KEEPALIVES = "bridge.stream.keepalives", Count,
        "Empty responses that only keep a stream alive. Labels: topic.";
    Counter SCHEMAS_LOADED = "bridge.schemas.loaded", Count,
        "Schemas read from Salesforce.";
    Counter LOGINS = "bridge.logins", Count,
        "Sign-ins to Salesforce. Labels: result (ok, refused, failed).";

    Counter QUEUE_MESSAGES = "bridge.queue.messages", Count,
        "Messages taken from SQS. Labels: queue (notices, signals).";
    Gauge QUEUE_LAG = "bridge.queue.lag", Seconds,
        "Age of the newest message taken when it was committed. Labels: queue.";
    Counter SIGNALS_REFUSED = "bridge.signals.refused", Count,
        "Signals without effect. Labels: cause (signature, rate, role, unknown).";

    Counter FACTS_TAKEN = "bridge.facts.taken", Count,
        "Facts that took effect.";
    Counter FACTS_REPEATED = "bridge.facts.repeated", Count,
        "Facts that had taken effect before.";
    Counter FACTS_UNKNOWN = "bridge.facts.unknown", Count,
        "Facts about something no meeting here owns.";
    Counter INBOX_FAILURES = "bridge.inbox.failures", Count,
        "Inbox transactions that failed; their facts are delivered again.";
    Duration COMMIT_DURATION = "bridge.commit.duration", Seconds,
        "Time of one inbox transaction, from begin to commit.";
    Gauge MEETINGS_OPEN = "bridge.meetings.open", Count,
        "Meetings that are not final.";
    Counter RECORDINGS_AVAILABLE = "bridge.recordings.available", Count,
        "Recordings that were checked and are good.";

    Gauge EFFECTS_WAITING = "bridge.effects.waiting", Count,
        "Effects that are to be run.";
    Counter EFFECTS_RUN = "bridge.effects.run", Count,
        "Effects run. Labels: effect, result (ok, retry).";
    Duration EFFECT_DURATION = "bridge.effect.duration", Seconds,
        "Time of one run of an effect. Labels: effect.";
    Counter EFFECTS_FAILED = "bridge.effects.failed", Count,
        "Effects given up. Labels: effect, code.";

    Gauge OUTBOX_WAITING = "bridge.outbox.waiting", Count,
        "Changes Salesforce has not been told yet.";
    Counter RECORDS_WRITTEN = "bridge.records.written", Count,
        "Records Salesforce has taken. Labels: object.";
    Counter RECORDS_REFUSED = "bridge.records.refused", Count,
        "Records Salesforce has refused. Labels: object, code.";
    Counter REST_CALLS = "bridge.rest.calls", Count,
        "REST calls to Salesforce; each counts against the org's daily API calls. Labels: call, status.";
    Duration REST_DURATION = "bridge.rest.duration", Seconds,
        "Time of one REST call. Labels: call.";
    Gauge REST_USED = "bridge.rest.used", Percent,
        "Share of the org's daily API calls that is used up, by anyone.";
    Counter DEAD_LETTERS_WRITTEN = "bridge.dead_letters.written", Count,
        "Dead letters written. Labels: step, code.";

    Counter RECONCILE_RUNS = "bridge.reconcile.runs", Count,
        "Comparisons of the records with what is. Labels: result (ok, failed).";
    Counter RECONCILE_REPAIRS = "bridge.reconcile.repairs", Count,
        "Differences found and mended. Labels: object.";
    Counter TASKS_FAILED = "bridge.tasks.failed", Count,
        "Tasks of the bridge that failed. Labels: task.";
}
