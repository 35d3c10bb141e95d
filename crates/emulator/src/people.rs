//! People without media. A person holds a join key and does what the room page does: reads the
//! ticket over HTTP, rings at the door, enters the meeting, drops, comes back, consents, and, with
//! a host key, records, removes and ends. Only sound and picture are missing.

mod page;
mod person;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chime_contract::keys::{JoinKey, NotAKey};

pub use person::{Person, PersonError, Phase, View};

use crate::aws::chime::Chime;
use crate::clock::Clock;

/// What all people share.
pub(crate) struct World {
    pub(crate) chime: Chime,
    pub(crate) clock: Clock,
    pub(crate) http: reqwest::Client,
    /// The room's origin, as `http://127.0.0.1:8806`.
    pub(crate) origin: String,
    /// The org's 18-character id, salt of the keys.
    pub(crate) org_id: String,
    /// Time between two looks at the ticket, real time; rises by half after 30 looks, to 15 times.
    pub(crate) poll: Duration,
}

/// The people. Cloneable handle.
#[derive(Clone)]
pub struct People {
    world: Arc<World>,
    list: Arc<Mutex<BTreeMap<String, Person>>>,
}

impl People {
    /// Nobody yet. `poll` is the time between two looks at a ticket (the room page: 1 s).
    ///
    /// # Errors
    /// The HTTP client cannot be built.
    pub fn new(
        chime: Chime,
        clock: Clock,
        origin: String,
        org_id: String,
        poll: Duration,
    ) -> Result<Self, reqwest::Error> {
        let http =
            reqwest::Client::builder().timeout(Duration::from_secs(10)).no_proxy().build()?;
        let world = World { chime, clock, http, origin, org_id, poll };
        Ok(Self { world: Arc::new(world), list: Arc::default() })
    }

    /// A new person with a join key (base64url) and, for a host, the host key. They stand outside
    /// until they [`Person::join`].
    ///
    /// # Errors
    /// A key is not a key.
    pub fn add(&self, name: &str, key: &str, host_key: Option<&str>) -> Result<Person, NotAKey> {
        let key = JoinKey::parse(key)?;
        let host = host_key.map(JoinKey::parse).transpose()?;
        let mut list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        let id = format!("person-{}", list.len() + 1);
        let person = Person::new(id.clone(), name.into(), &key, host, self.world.clone());
        list.insert(id, person.clone());
        Ok(person)
    }

    /// Somebody by id.
    pub fn get(&self, id: &str) -> Option<Person> {
        self.list.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// The name of whoever sits at a seat, if one of our people does and has a name.
    pub fn name_at(&self, seat: &str) -> Option<String> {
        let at = |view: &View| view.seat.as_deref() == Some(seat) && !view.name.is_empty();
        self.all().into_iter().find(at).map(|view| view.name)
    }

    /// Everybody.
    pub fn all(&self) -> Vec<View> {
        let list = self.list.lock().unwrap_or_else(PoisonError::into_inner);
        list.values().map(Person::view).collect()
    }
}
