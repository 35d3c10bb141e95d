//! What this crate asks of the service whose media it carries: who may come in, who counts as
//! connected, and whom to tell. The emulator's Chime implements it; tests have their own.

/// Somebody with a place in a meeting, as a join token names them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seat {
    /// Meeting.
    pub meeting_id: String,
    /// Attendee, without `#content`.
    pub attendee_id: String,
    /// The id the attendee's maker gave.
    pub external_user_id: String,
    /// What they may send and receive.
    pub abilities: Abilities,
}

/// What an attendee may do with one medium.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Ability {
    /// May send it.
    pub send: bool,
    /// May receive it.
    pub receive: bool,
}

/// What an attendee may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Abilities {
    /// Voice.
    pub audio: Ability,
    /// Camera.
    pub video: Ability,
    /// Shared screen.
    pub content: Ability,
}

/// Why somebody is not let in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// 410.
    #[error("the meeting has ended or never was")]
    Ended,
    /// 411.
    #[error("the attendee was deleted")]
    Removed,
    /// 403.
    #[error("the join token is nobody's here")]
    Unauthorized,
}

/// How a visit stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Connected, with what they may do now.
    Connected(Abilities),
    /// The same attendee came by another connection.
    Replaced,
    /// The attendee was deleted.
    Removed,
    /// The meeting has ended.
    Ended,
    /// Packets were missing too long.
    Gone,
}

/// What is worth an event besides coming and going.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The camera's picture starts or stops.
    Video(bool),
    /// The screen's session begins.
    ContentJoined,
    /// It ends properly.
    ContentLeft,
    /// Its packets stopped.
    ContentDropped,
    /// The screen's picture starts or stops.
    ContentVideo(bool),
}

/// A visit: one connection of an attendee, from its first packet on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Visit(pub u64);

/// The service. Its answers must be quick: they are asked for between two packets.
pub trait Presence: Send + Sync + 'static {
    /// Whose token this is. Opens nothing yet.
    ///
    /// # Errors
    /// Nobody's, or nobody's any more.
    fn seat(&self, meeting_id: &str, token: &str) -> Result<Seat, Refused>;

    /// The attendee's media flows: they are in.
    ///
    /// # Errors
    /// Not any more: the meeting ended or the attendee was deleted in between.
    fn join(&self, meeting_id: &str, token: &str) -> Result<Visit, Refused>;

    /// They go properly.
    fn leave(&self, visit: Visit);

    /// No packet has come for `ms` of real time, or the connection was lost.
    fn silent(&self, visit: Visit, ms: u64);

    /// Packets come again.
    fn heard(&self, visit: Visit);

    /// How a visit stands.
    fn standing(&self, visit: Visit) -> Standing;

    /// The visit will not be asked for any more.
    fn forget(&self, visit: Visit);

    /// Something for the event bus.
    fn tell(&self, seat: &Seat, news: News);

    /// Now, epoch milliseconds of the service's clock.
    fn now_ms(&self) -> i64;
}
