//! The books of a run: what Salesforce's records, the tickets, Chime and ECS say in the end,
//! compared with what people did and with each other. What should be there and is not is *lost*;
//! what is there twice, or should not be, is *doubled*. The emulator keeps its own ledger of Chime
//! and ECS, which the bridge cannot write to.

use std::collections::{BTreeMap, BTreeSet};

use chime_contract::recording as files;
use chime_contract::ticket::TicketState;
use chime_emulator::apex::gateway::Meeting;
use chime_emulator::aws::chime::MeetingEntry;
use chime_emulator::aws::ecs::TaskView;
use chime_emulator::org::values::millis;
use serde_json::Value;

use crate::seat;
use crate::world::{World, text};

/// Salesforce keeps whole seconds; a moment may be told by the one who asked or the one who did.
const CLOSE: i64 = 1_500;

/// What each seat said of consent: the newest word, and how many.
pub type Words = BTreeMap<String, (&'static str, usize)>;

/// How often a meeting was recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recorded {
    /// Not at all.
    Never,
    /// One recording.
    Once,
}

/// What the books must say of one meeting.
#[derive(Debug, Clone)]
pub struct Expected {
    /// The meeting, with its seats.
    pub meeting: Meeting,
    /// Status and reason: one of these.
    pub ends: Vec<(&'static str, &'static str)>,
    /// Recordings.
    pub recorded: Recorded,
    /// Seats that were taken away.
    pub removed: BTreeSet<String>,
    /// Consent by seat.
    pub consent: Words,
    /// Chat lines, each said once.
    pub chat: Vec<String>,
}

impl Expected {
    /// Nothing has happened yet.
    pub fn new(meeting: Meeting) -> Self {
        Self {
            meeting,
            ends: vec![],
            recorded: Recorded::Never,
            removed: BTreeSet::new(),
            consent: Words::new(),
            chat: vec![],
        }
    }

    /// An end that is right.
    pub fn end(&mut self, status: &'static str, reason: &'static str) {
        self.ends.push((status, reason));
    }

    /// A seat said this of consent.
    pub fn said(&mut self, seat: usize, word: &'static str) {
        let seat = self.meeting.seats[seat].participant.clone();
        let words = self.consent.entry(seat).or_insert((word, 0));
        *words = (word, words.1 + 1);
    }
}

/// What could not be known, because the world outside did not tell it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Untold {
    /// Notices of a person joining that were dropped: as many connections may be missing.
    pub joins: usize,
    /// Other notices or recorders were lost: ends of connections may be inferred, recorders may
    /// have had successors.
    pub others: bool,
}

/// The result.
#[derive(Debug, Default)]
pub struct Books {
    /// Chime meetings made.
    pub meetings: usize,
    /// Attendees made.
    pub attendees: usize,
    /// Recorder tasks started.
    pub tasks: usize,
    /// Records the bridge wrote or keeps: Meeting, Participant, Session, Recording, Log.
    pub records: usize,
    /// Recordings that could not be saved, and say why.
    pub failed: usize,
    /// Connections nobody told the bridge of.
    pub untold: usize,
    /// What is missing.
    pub lost: Vec<String>,
    /// What is there too often, or should not be there.
    pub doubled: Vec<String>,
}

impl std::fmt::Display for Books {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { meetings, attendees, tasks, records, failed, untold, lost, doubled } = self;
        write!(
            f,
            "meetings {meetings}, attendees {attendees}, tasks {tasks}, records {records}, lost {}, \
             doubled {} (recordings failed with their reason {failed}, connections no notice told of \
             {untold})",
            lost.len(),
            doubled.len()
        )
    }
}

impl Books {
    fn lost(&mut self, what: String) {
        self.lost.push(what);
    }

    fn doubled(&mut self, what: String) {
        self.doubled.push(what);
    }

    /// Exactly so many: fewer are lost, more are doubled.
    fn count(&mut self, what: &str, is: usize, wanted: usize) {
        match is.cmp(&wanted) {
            std::cmp::Ordering::Less => self.lost(format!("{what}: {is} of {wanted}")),
            std::cmp::Ordering::Greater => self.doubled(format!("{what}: {is}, not {wanted}")),
            std::cmp::Ordering::Equal => {}
        }
    }

    fn same(&mut self, what: &str, is: &str, wanted: &str) {
        if is != wanted {
            self.lost(format!("{what} is {is:?}, not {wanted:?}"));
        }
    }
}

/// Compares. The world must have come to rest: nothing waits in the store, no task runs.
pub async fn compare(world: &World, expected: &[Expected], untold: Untold) -> Books {
    let mut books = Books::default();
    let ledger = world.emulator.chime.ledger();
    let mut by_record: BTreeMap<&str, Vec<&MeetingEntry>> = BTreeMap::new();
    for entry in &ledger.meetings {
        by_record.entry(&entry.external_meeting_id).or_default().push(entry);
    }
    let tasks = world.emulator.ecs.tasks();
    books.meetings = ledger.meetings.len();
    books.attendees = ledger.meetings.iter().map(|m| m.attendees.len()).sum();
    books.tasks = tasks.len();
    of_tasks(&mut books, &tasks);
    let known: BTreeSet<&str> = expected.iter().map(|e| e.meeting.id.as_str()).collect();
    for stranger in by_record.keys().filter(|id| !known.contains(*id)) {
        books.doubled(format!("a Chime meeting for {stranger}, which nobody asked for"));
    }
    let mut wanted_tasks = 0;
    for one in expected {
        let made = by_record.get(one.meeting.id.as_str()).map(Vec::as_slice).unwrap_or_default();
        of_chime(&mut books, one, made);
        of_meeting(&mut books, world, one);
        for seat in &one.meeting.seats {
            of_seat(&mut books, world, one, &seat.participant, made, untold);
        }
        wanted_tasks += of_recording(&mut books, world, one, untold);
        of_log(&mut books, world, one);
        of_tickets(&mut books, world, one).await;
    }
    if !untold.others {
        books.count("recorder tasks", tasks.len(), wanted_tasks);
    }
    if books.untold > untold.joins {
        let (missing, dropped) = (books.untold, untold.joins);
        books.lost(format!("{missing} connections, of which only {dropped} went untold"));
    }
    books
}

fn of_tasks(books: &mut Books, tasks: &[TaskView]) {
    let mut tokens = BTreeSet::new();
    for task in tasks {
        if !tokens.insert(task.started_by.clone()) {
            books.doubled(format!("a task with the token of another: {task:?}"));
        }
        if task.status != "STOPPED" {
            books.doubled(format!("a task still runs: {task:?}"));
        }
    }
}

fn of_chime(books: &mut Books, one: &Expected, made: &[&MeetingEntry]) {
    let id = &one.meeting.id;
    let begun = !one.ends.iter().all(|(status, _)| *status == "Cancelled");
    if begun || made.len() > 1 {
        books.count(&format!("Chime meetings of {id}"), made.len(), 1);
    }
    for meeting in made {
        if meeting.ended_at.is_none() {
            books.doubled(format!("a Chime meeting of {id} lives on"));
        }
        let mut users = BTreeSet::new();
        for attendee in &meeting.attendees {
            let user = &attendee.external_user_id;
            if !users.insert(user) {
                books.doubled(format!("an attendee of {user} in {id}"));
            }
            let seated = one.meeting.seats.iter().any(|s| s.participant == *user);
            if !seated && files::parse_seat(user).is_none() {
                books.doubled(format!("an attendee {user} in {id}, who has no seat"));
            }
        }
    }
}

fn of_meeting(books: &mut Books, world: &World, one: &Expected) {
    let id = &one.meeting.id;
    books.records += 1;
    let get = |field: &str| world.field("Chime_Meeting__c", id, field);
    let is = (get("Status__c"), get("Status_Reason__c"));
    if !one.ends.iter().any(|(status, reason)| (*status, *reason) == (&*is.0, &*is.1)) {
        books.lost(format!("{id} is {is:?}, not one of {:?}", one.ends));
    }
    if get("Ended_At__c").is_empty() {
        books.lost(format!("when {id} ended"));
    }
}

/// The seat's connections, as Chime counted them and as the log shows them.
fn of_seat(
    books: &mut Books,
    world: &World,
    one: &Expected,
    seat: &str,
    made: &[&MeetingEntry],
    untold: Untold,
) {
    books.records += 1;
    let attendees = made.iter().flat_map(|m| &m.attendees).filter(|a| a.external_user_id == seat);
    let mut really: BTreeMap<String, (i64, i64)> = BTreeMap::new();
    for attendee in attendees {
        for (from, until) in &attendee.intervals {
            let key = format!("{seat}-{}-{from}", attendee.attendee_id);
            really.insert(key, (*from, until.unwrap_or(i64::MAX)));
        }
    }
    let soql = format!(
        "SELECT Session_Key__c, Joined_At__c, Left_At__c, End_Reason__c \
         FROM Chime_Participant_Session__c WHERE Participant__c = '{seat}'"
    );
    let rows = world.query(&soql);
    books.records += rows.len();
    let over = millis(&world.field("Chime_Meeting__c", &one.meeting.id, "Ended_At__c"));
    let mut told = Vec::new();
    for row in &rows {
        let key = text(&row["Session_Key__c"]);
        let Some((from, until)) = really.remove(&key) else {
            books.doubled(format!("a connection that was not: {row}"));
            continue;
        };
        let (joined, left) = (at(&row["Joined_At__c"]), at(&row["Left_At__c"]));
        let Some(left) = left else {
            books.lost(format!("the end of a connection: {row}"));
            continue;
        };
        told.push((from, left));
        let near = |a: i64, b: i64| (a - b).abs() <= CLOSE;
        // Who was in at the end left when the meeting ended; Chime hears of it a moment later.
        let at_end = text(&row["End_Reason__c"]) == "Meeting ended"
            && left <= until.saturating_add(CLOSE)
            && over.is_some_and(|over| left >= over - CLOSE);
        let right = near(left, until) || at_end || untold.others;
        if !joined.is_some_and(|j| near(j, from)) || !right {
            books.lost(format!("the true times of a connection ({from} to {until}): {row}"));
        }
    }
    books.untold += really.len();
    if untold.joins == 0 {
        for missing in really.keys() {
            books.lost(format!("a connection: {missing}"));
        }
    }
    of_participant(books, world, one, seat, &mut told);
}

fn of_participant(
    books: &mut Books,
    world: &World,
    one: &Expected,
    seat: &str,
    told: &mut [(i64, i64)],
) {
    let get = |field: &str| world.field("Chime_Participant__c", seat, field);
    let status = match (one.removed.contains(seat), told.is_empty()) {
        (true, _) => "Removed",
        (false, true) => "Invited",
        (false, false) => "Left",
    };
    books.same(&format!("the status of {seat}"), &get("Status__c"), status);
    if let Some((word, _)) = one.consent.get(seat) {
        books.same(&format!("the consent of {seat}"), &get("Consent__c"), word);
    }
    let said: i64 = get("Seconds_Present__c").parse::<f64>().unwrap_or(0.0) as i64;
    told.sort_unstable();
    let (mut spent, mut until) = (0, i64::MIN);
    for (from, to) in told.iter() {
        spent += (to - from.max(&until)).max(0);
        until = until.max(*to);
    }
    // The rows lost their milliseconds, each of them.
    if (said * 1000 - spent).abs() > CLOSE + 1000 * told.len() as i64 {
        books.lost(format!("{seat} was there {spent} ms, the record says {said} s"));
    }
    let keys = world
        .query(&format!("SELECT Id FROM Chime_Seat_Key__c WHERE Participant__c = '{seat}'"))
        .len();
    books.count(&format!("keys left of {seat}"), keys, 0);
}

/// How many tasks this meeting needed.
fn of_recording(books: &mut Books, world: &World, one: &Expected, untold: Untold) -> usize {
    let id = &one.meeting.id;
    let soql = format!(
        "SELECT Status__c, Failure_Reason__c FROM Chime_Recording__c WHERE Meeting__c = '{id}'"
    );
    let rows = world.query(&soql);
    books.records += rows.len();
    let wanted = usize::from(one.recorded == Recorded::Once);
    // A page that is loaded anew while nobody is known to be there may begin a second one.
    if !(untold.others && wanted == 1 && rows.len() > 1) {
        books.count(&format!("recordings of {id}"), rows.len(), wanted);
    }
    for row in &rows {
        match (text(&row["Status__c"]).as_str(), text(&row["Failure_Reason__c"])) {
            ("Available", _) => {}
            ("Failed", reason) if untold.others && !reason.is_empty() => books.failed += 1,
            _ => books.lost(format!("a recording of {id}: {row}")),
        }
    }
    wanted
}

fn of_log(books: &mut Books, world: &World, one: &Expected) {
    let id = &one.meeting.id;
    let rows = world.query(&format!(
        "SELECT Kind__c, Text__c, Participant__c FROM Chime_Meeting_Log__c WHERE Meeting__c = '{id}'"
    ));
    books.records += rows.len();
    let of = |kind: &str, field: &str, value: &str| {
        let kind_is = |row: &&Value| text(&row["Kind__c"]) == kind;
        rows.iter().filter(kind_is).filter(|row| text(&row[field]) == value).count()
    };
    for line in &one.chat {
        books.count(&format!("chat lines {line:?}"), of("Chat", "Text__c", line), 1);
    }
    let mut said = 0;
    for (seat, (_, words)) in &one.consent {
        let rows = of("Consent", "Participant__c", seat);
        books.count(&format!("words on consent of {seat}"), rows, *words);
        said += words;
    }
    books.count(&format!("log rows of {id}"), rows.len(), one.chat.len() + said);
}

async fn of_tickets(books: &mut Books, world: &World, one: &Expected) {
    for seat in &one.meeting.seats {
        let name = &seat.participant;
        let removed = one.removed.contains(name);
        match seat::ticket(world, seat).await.map(|ticket| ticket.state) {
            Some(TicketState::Ended) if !removed => {}
            Some(TicketState::Removed) if removed => {}
            other => books.lost(format!("the ticket of {name} is {other:?}")),
        }
    }
}

fn at(value: &Value) -> Option<i64> {
    millis(value.as_str()?)
}
