//! The methods components call (`@AuraEnabled`), by class and name.

mod health;
mod participants;
mod playback;
mod room;
mod start;

use serde_json::Value;

use super::args::Args;
use super::call::{Answer, Apex, Call, Refusal};
use super::privacy::Traces;

type Run = fn(&Call<'_>, &Args) -> Answer;

/// A method: class, name, parameters, what it does.
pub struct Method {
    /// Apex class.
    pub class: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Parameters in order.
    pub parameters: &'static [&'static str],
    run: Run,
}

const fn method(
    class: &'static str,
    name: &'static str,
    parameters: &'static [&'static str],
    run: Run,
) -> Method {
    Method { class, name, parameters, run }
}

/// All methods.
pub const METHODS: [Method; 24] = [
    method("ChimeStartController", "offer", &["recordId"], start::offer),
    method("ChimeStartController", "start", &["recordId", "subject"], start::start),
    method("ChimeRoomController", "enter", &["meetingId"], room::enter),
    method("ChimeRoomController", "state", &["meetingId"], room::state),
    method("ChimeRoomController", "endMeeting", &["meetingId"], |call, args| {
        nothing(call.end_now(&args.some_id("meetingId")?))
    }),
    method("ChimeRoomController", "startRecording", &["meetingId"], |call, args| {
        nothing(call.ask_recording(&args.some_id("meetingId")?, true))
    }),
    method("ChimeRoomController", "stopRecording", &["meetingId"], |call, args| {
        nothing(call.ask_recording(&args.some_id("meetingId")?, false))
    }),
    method("ChimeRoomController", "removeParticipant", &["participantId"], |call, args| {
        nothing(call.remove_seat(&args.some_id("participantId")?))
    }),
    method("ChimeParticipantsController", "people", &["meetingId"], participants::people),
    method("ChimePlaybackController", "recordings", &["meetingId"], playback::recordings),
    method("ChimePlaybackController", "requestLink", &["recordingId", "renew"], |call, args| {
        call.play(&args.some_id("recordingId")?, args.flag("renew")?)
    }),
    method("ChimePlaybackController", "link", &["recordingId", "newerThan"], |call, args| {
        call.arrived(&args.some_id("recordingId")?, args.time("newerThan")?)
    }),
    method("ChimePlaybackController", "erase", &["recordingId"], |call, args| {
        nothing(call.erase_recording(&args.some_id("recordingId")?))
    }),
    method("ChimeScheduleController", "defaults", &["recordId"], start::defaults),
    method("ChimeScheduleController", "find", &["term"], |call, args| {
        let found = call.people_named(&args.text("term")?.unwrap_or_default())?;
        Ok(found.iter().map(|one| one.told()).collect())
    }),
    method("ChimeScheduleController", "schedule", &["planJson"], |call, args| {
        call.announce(&args.text("planJson")?.unwrap_or_default())
    }),
    method(
        "ChimeScheduleController",
        "reschedule",
        &["meetingId", "startAt", "endAt"],
        |call, args| {
            let (start, end) = (args.time("startAt")?, args.time("endAt")?);
            call.reschedule(&args.some_id("meetingId")?, start, end)
        },
    ),
    method("ChimeScheduleController", "cancel", &["meetingId"], |call, args| {
        nothing(call.cancel_meeting(&args.some_id("meetingId")?))
    }),
    method("ChimeScheduleController", "invite", &["meetingId", "inviteesJson"], |call, args| {
        let people = args.text("inviteesJson")?.unwrap_or_default();
        call.invite(&args.some_id("meetingId")?, &people)
    }),
    method("ChimeHealthController", "report", &[], health::report),
    method("ChimeHealthController", "retry", &["letterId"], health::retry),
    method("ChimePrivacyController", "find", &["kind", "value"], |call, args| {
        traces(call, args)?.found(call)
    }),
    method("ChimePrivacyController", "exportPerson", &["kind", "value"], |call, args| {
        traces(call, args)?.told(call)
    }),
    method("ChimePrivacyController", "erasePerson", &["kind", "value"], |call, args| {
        traces(call, args)?.erase(call)
    }),
];

fn nothing(done: Answer<()>) -> Answer {
    done.map(|()| Value::Null)
}

fn traces(call: &Call<'_>, args: &Args) -> Answer<Traces> {
    let (kind, value) = (args.text("kind")?, args.text("value")?);
    Traces::of(call, &kind.unwrap_or_default(), &value.unwrap_or_default())
}

impl Apex {
    /// Runs `Class.method` for a user, by user name. `german` picks the language of texts.
    ///
    /// # Errors
    /// Whatever the method refuses, or that there is none of this name, or that the user may not
    /// call the class.
    pub fn run(&self, username: &str, german: bool, path: &str, args: &Args) -> Answer {
        let unknown = || Refusal::Malformed(format!("there is no method {path}"));
        let (class, name) = path.split_once('.').ok_or_else(unknown)?;
        let found = METHODS.iter().find(|m| m.class == class && m.name == name);
        let method = found.ok_or_else(unknown)?;
        if let Some(name) = args.0.keys().find(|k| !method.parameters.contains(&k.as_str())) {
            return Err(Refusal::Malformed(format!("{path} has no parameter {name}")));
        }
        let actor = self.org.actor_named(username);
        let actor = actor.ok_or_else(|| Refusal::Malformed("there is no such user".into()))?;
        let granted = actor
            .sets
            .as_ref()
            .is_none_or(|sets| sets.iter().any(|set| set.classes.iter().any(|c| c == class)));
        if !granted {
            return Err(Refusal::Class(class.into()));
        }
        (method.run)(&Call { apex: self, actor, german }, args)
    }
}
