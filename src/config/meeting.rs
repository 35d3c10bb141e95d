//! `[meeting]`: what the domain decides by. The keys and their defaults stand in
//! `meeting::settings`; here they are only checked.

pub use crate::meeting::settings::Settings as Meeting;

use super::findings::{DAY, Findings};

pub(super) fn check(meeting: &Meeting, findings: &mut Findings<'_>) {
    if !meeting.allowed_regions.contains(&meeting.default_region) {
        let remedy = "add it to meeting.allowed_regions, or choose one of those";
        findings.add("meeting.default_region", "is not an allowed region", remedy);
    }
    let year = 366 * DAY;
    for (key, ms) in [
        ("grace_after_end", meeting.grace_after_end),
        ("quiet_limit", meeting.quiet_limit),
        ("look_every", meeting.look_every),
        ("late_facts", meeting.late_facts),
        ("unused_limit", meeting.unused_limit),
        ("start_limit", meeting.start_limit),
        ("fragment_silence", meeting.fragment_silence),
        ("missing_limit", meeting.missing_limit),
        ("stop_limit", meeting.stop_limit),
        ("pieces_limit", meeting.pieces_limit),
        ("recording_look_every", meeting.recording_look_every),
        ("recorder_alone", meeting.recorder_alone),
        ("recorder_longest", meeting.recorder_longest),
    ] {
        findings.within(&format!("meeting.{key}"), ms, 1, year);
    }
    for (key, ms) in [
        ("doors_before", meeting.doors_before),
        ("session_spacing", meeting.session_spacing),
        ("erase_after", meeting.erase_after),
        ("retain_for", meeting.retain_for),
    ] {
        findings.within(&format!("meeting.{key}"), ms, 0, 100 * year);
    }
    findings.within("meeting.session_limit", meeting.session_limit, 1, 1_000);
    findings.within("meeting.signals_per_minute", meeting.signals_per_minute, 1, 10_000);
    // Chime takes 250 attendees; two places are kept for recorders.
    findings.within("meeting.seats_let_in", meeting.seats_let_in, 1, 248);
    findings.within("meeting.attempt_limit", meeting.attempt_limit, 1, 100);
}
