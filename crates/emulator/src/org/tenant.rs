//! The org itself: its records, its users, its clients, and what tests and the control port may do
//! to it from inside. Everything a client does comes through [`Org::router`].

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use chime_contract::command::long_id;
use serde_json::{Value, json};

use super::bus::{PublishError, Published, Reader, Record};
use super::ledger::LedgerEntry;
use super::metadata::{Package, PermissionSet, standard};
use super::oauth::Client;
use super::records::{Actor, RecordError, Row, Schema, State, Table, Transaction, ids};
use super::rest::cursor::Cursors;
use super::session::{Sessions, User};
use super::sink::EventSink;
use super::usage::ApiUsage;
use super::{oauth, rest, soql};
use crate::clock::Clock;
use crate::faults::Faults;

/// User name of the administrator.
pub const ADMIN: &str = "admin@emulator.example";
/// User name of the integration user.
pub const BRIDGE: &str = "bridge@emulator.example";

/// Settings of the org.
#[derive(Debug, Clone)]
pub struct OrgConfig {
    /// 18 characters.
    pub org_id: String,
    /// Life of an access token, milliseconds of the emulator's clock.
    pub session_life_ms: i64,
    /// API calls in 24 hours.
    pub daily_limit: u64,
    /// Audiences accepted in JWT assertions besides the org's own address.
    pub audiences: Vec<String>,
    /// Permission sets of the integration user, by API name; those not deployed are left out. If
    /// none of them is deployed the user may do everything.
    pub integration_sets: Vec<String>,
}

impl Default for OrgConfig {
    fn default() -> OrgConfig {
        OrgConfig {
            org_id: long_id("00D5e000000EmuL"),
            session_life_ms: 2 * 3_600_000,
            daily_limit: 100_000,
            audiences: vec![
                "https://login.salesforce.com".into(),
                "https://test.salesforce.com".into(),
            ],
            integration_sets: vec!["Chime_Bridge_Integration".into()],
        }
    }
}

/// The org.
pub struct Org {
    /// Its settings.
    pub config: OrgConfig,
    /// Its sessions; the Pub/Sub API asks the same ones.
    pub sessions: Sessions,
    pub(super) clock: Clock,
    pub(super) faults: Faults,
    pub(super) schema: Schema,
    pub(super) usage: ApiUsage,
    pub(super) cursors: Cursors,
    pub(super) sink: Arc<dyn EventSink>,
    pub(super) grants: Mutex<BTreeMap<String, Arc<Vec<PermissionSet>>>>,
    /// Held from the begin of a transaction until the bus has it, so that the bus hears
    /// transactions in commit order. Always taken before `state`.
    order: Mutex<()>,
    state: Mutex<State>,
    clients: Mutex<BTreeMap<String, Client>>,
    base: Mutex<Option<String>>,
}

impl Org {
    /// An org with the package deployed, two users and no clients yet.
    pub fn new(
        package: Package,
        sink: Arc<dyn EventSink>,
        clock: Clock,
        faults: Faults,
        config: OrgConfig,
    ) -> Arc<Org> {
        let org = Org {
            sessions: Sessions::new(clock.clone(), &config.org_id),
            usage: ApiUsage::new(config.daily_limit),
            schema: Schema::new(Arc::new(package)),
            cursors: Cursors::default(),
            order: Mutex::default(),
            state: Mutex::new(State::default()),
            clients: Mutex::default(),
            grants: Mutex::default(),
            base: Mutex::default(),
            config,
            clock,
            faults,
            sink,
        };
        org.found();
        Arc::new(org)
    }

    /// Tables, and the first users.
    fn found(&self) {
        let mut state = self.state();
        for object in self.schema.package.metadata.objects.values() {
            state.tables.insert(object.name.clone(), Table::new(object));
        }
        let Some(users) = self.schema.object("User") else { return };
        let root = Actor { id: ids::record_id(&users.key_prefix, 1), ..Actor::default() };
        let mut tx =
            Transaction::begin(&self.schema, &self.faults, &root, self.clock.now(), &mut state);
        for (username, first, last) in
            [(ADMIN, "Ada", "Administrator"), (BRIDGE, "Chime", "Bridge")]
        {
            let user = json!({
                "Username": username, "Email": username, "FirstName": first, "LastName": last,
                "IsActive": true,
            });
            // The two rows fit the built-in User object by construction.
            let _ = tx.insert(users, user.as_object().unwrap_or(&Record::new()));
        }
        // Users of a fresh org are not news: the changes are dropped.
        let _ = tx.commit();
        state.ledger.clear();
        if let Some(table) = state.tables.get_mut("Organization") {
            let row = standard::the_org(&self.config.org_id, &root.id, self.clock.now());
            table.put(&self.config.org_id, Some(Row { fields: row, deleted_with: None }));
        }
    }

    /// The HTTP half of the org.
    pub fn router(self: Arc<Org>) -> axum::Router {
        oauth::routes().merge(rest::routes()).with_state(self)
    }

    /// The org's own address (My Domain), without a closing slash. Until it is set, the `Host`
    /// header of each request stands for it.
    pub fn set_base_url(&self, url: &str) {
        *self.base.lock().unwrap_or_else(PoisonError::into_inner) =
            Some(url.trim_end_matches('/').to_string());
    }

    pub(super) fn base_url(&self, headers: &http::HeaderMap) -> String {
        let set = self.base.lock().unwrap_or_else(PoisonError::into_inner).clone();
        set.unwrap_or_else(|| {
            let host = headers.get(http::header::HOST).and_then(|h| h.to_str().ok());
            format!("http://{}", host.unwrap_or("localhost"))
        })
    }

    /// Registers a client (a connected or external client app), or replaces it.
    pub fn register_client(&self, client: Client) {
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        clients.insert(client.id.clone(), client);
    }

    pub(super) fn client(&self, id: &str) -> Option<Client> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).get(id).cloned()
    }

    /// Reads a record as it is now, soft-deleted ones too: what the bus enriches from.
    pub fn reader(self: &Arc<Org>) -> Reader {
        let org = Arc::downgrade(self);
        Arc::new(move |object, id| org.upgrade()?.stored(object, id))
    }

    fn stored(&self, object: &str, id: &str) -> Option<Record> {
        self.state().row(object, id).map(|row| row.fields.clone())
    }

    /// An active user by name.
    pub fn user(&self, username: &str) -> Option<User> {
        let state = self.state();
        let object = self.schema.object("User")?;
        let key = self.schema.field(object, "Username")?;
        let table = state.tables.get("User")?;
        let id = table.find(key, &json!(username)).into_iter().next()?;
        let fields = &table.row(&id)?.fields;
        let active = fields.get("IsActive") == Some(&Value::Bool(true));
        let username = fields.get("Username")?.as_str()?.to_string();
        active.then_some(User { id, username })
    }

    /// The user as one who writes.
    pub(super) fn actor(&self, user: &User) -> Actor {
        let sets: Vec<_> = if user.username == BRIDGE {
            let known = &self.schema.package.permission_sets;
            self.config.integration_sets.iter().filter_map(|n| known.get(n).cloned()).collect()
        } else {
            Vec::new()
        };
        let sets = (!sets.is_empty()).then(|| Arc::new(sets));
        Actor {
            id: user.id.clone(),
            username: user.username.clone(),
            sets: sets.or_else(|| self.granted(&user.username)),
            ..Actor::default()
        }
    }

    /// Runs one transaction and tells the bus. What `work` does not take back is committed.
    pub(super) fn transact<R>(
        &self,
        actor: &Actor,
        work: impl FnOnce(&mut Transaction<'_>) -> R,
    ) -> (R, Vec<Result<Published, PublishError>>) {
        let _order = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let (answer, changes, events) = {
            let mut state = self.state();
            let now = self.clock.now();
            let mut tx = Transaction::begin(&self.schema, &self.faults, actor, now, &mut state);
            let answer = work(&mut tx);
            let (changes, events) = tx.commit();
            (answer, changes, events)
        };
        if !changes.is_empty() {
            self.sink.record_changes(changes);
        }
        let published =
            events.into_iter().map(|e| self.sink.publish(&e.name, e.fields, &actor.id)).collect();
        (answer, published)
    }

    pub(super) fn delivery_usage(&self) -> super::bus::Usage {
        self.sink.usage()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn inside<R>(
        &self,
        username: &str,
        object: &str,
        work: impl FnOnce(&mut Transaction<'_>, &super::metadata::ObjectDef) -> Result<R, RecordError>,
    ) -> Result<R, RecordError> {
        let user = self
            .user(username)
            .ok_or_else(|| RecordError::new("INVALID_LOGIN", format!("no user {username}")))?;
        let object = self
            .schema
            .object(object)
            .ok_or_else(|| RecordError::new("INVALID_TYPE", format!("no object {object}")))?;
        self.transact(&self.actor(&user), |tx| work(tx, object)).0
    }
}

/// What tests and the control port do from inside. These are no API calls: they are not counted
/// and meet no ordered faults.
impl Org {
    /// Inserts a record as a user; its id.
    pub fn insert(&self, user: &str, object: &str, record: Value) -> Result<String, RecordError> {
        let record = fields(record)?;
        self.inside(user, object, |tx, object| tx.insert(object, &record))
    }

    /// Updates a record as a user.
    pub fn update(
        &self,
        user: &str,
        object: &str,
        id: &str,
        record: Value,
    ) -> Result<(), RecordError> {
        let record = fields(record)?;
        self.inside(user, object, |tx, object| tx.update(object, id, &record)).map(drop)
    }

    /// Deletes a record, with its details, into the Recycle Bin.
    pub fn delete(&self, user: &str, object: &str, id: &str) -> Result<(), RecordError> {
        self.inside(user, object, |tx, object| tx.delete(object, id)).map(drop)
    }

    /// Takes a record and the details that went with it out of the Recycle Bin.
    pub fn undelete(&self, user: &str, object: &str, id: &str) -> Result<(), RecordError> {
        self.inside(user, object, |tx, object| tx.undelete(object, id)).map(drop)
    }

    /// Several writes in one transaction, as Apex does them. An error takes all of them back.
    pub fn together<R>(
        &self,
        user: &str,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R, RecordError>,
    ) -> Result<R, RecordError> {
        let user = self
            .user(user)
            .ok_or_else(|| RecordError::new("INVALID_LOGIN", format!("no user {user}")))?;
        let done = self.transact(&self.actor(&user), |tx| {
            let before = tx.savepoint();
            let done = work(tx);
            if done.is_err() {
                tx.rollback(before);
            }
            done
        });
        done.0
    }

    /// A live record; dates as RFC 3339 text.
    pub fn get(&self, object: &str, id: &str) -> Option<Record> {
        let id = ids::parse(id)?;
        let object = self.schema.object(object)?;
        let state = self.state();
        let row = state.row(&object.name, &id).filter(|row| !row.is_deleted())?;
        Some(row.fields.clone())
    }

    /// Records found by a SOQL query as the administrator, as REST would show them.
    pub fn query(&self, text: &str) -> Result<Vec<Value>, RecordError> {
        let admin = self
            .user(ADMIN)
            .ok_or_else(|| RecordError::new("INVALID_LOGIN", "the administrator is gone"))?;
        let found = self.transact(&self.actor(&admin), |tx| soql::run(tx, text, false, "67.0"));
        found.0.map(|found| found.records)
    }

    /// Publishes a platform event as a user, without asking for the user's Create permission:
    /// as Apex in system mode does.
    pub fn publish(
        &self,
        user: &str,
        event: &str,
        record: Value,
    ) -> Result<Published, RecordError> {
        let user = self
            .user(user)
            .ok_or_else(|| RecordError::new("INVALID_LOGIN", format!("no user {user}")))?;
        self.sink
            .publish(event, fields(record)?, &user.id)
            .map_err(|error| rest::event_error(&error))
    }

    /// All committed writes so far.
    pub fn ledger(&self) -> Vec<LedgerEntry> {
        self.state().ledger.clone()
    }

    /// REST calls by resource since the start (`composite`, `composite/sobjects`, `sobjects`,
    /// `query`, …).
    pub fn calls(&self) -> BTreeMap<String, u64> {
        self.usage.by_resource()
    }

    /// API calls of the last 24 hours: (used, limit).
    pub fn api_usage(&self) -> (u64, u64) {
        self.usage.used(self.clock.now())
    }

    /// Another number of API calls a day.
    pub fn set_daily_limit(&self, calls: u64) {
        self.usage.set_limit(calls);
    }

    /// All access tokens die.
    pub fn expire_tokens(&self) {
        self.sessions.expire_all();
    }

    /// Somebody else's transaction holds the row: writes to it and to its details fail.
    pub fn hold_lock(&self, id: &str) {
        if let Some(id) = ids::parse(id) {
            self.state().locks.insert(id);
        }
    }

    /// It lets go.
    pub fn release_lock(&self, id: &str) {
        if let Some(id) = ids::parse(id) {
            self.state().locks.remove(&id);
        }
    }

    /// An admin deletes a field: nobody can name it any more, and schemas change. False if there
    /// is no such field.
    pub fn drop_field(&self, object: &str, field: &str) -> bool {
        let Some(object) = self.schema.object(object) else { return false };
        let Some(field) = self.schema.field(object, field) else { return false };
        self.schema.drop_field(&object.name, &field.name);
        self.sink.metadata_changed(Arc::new(self.schema.now()));
        true
    }
}

fn fields(record: Value) -> Result<Record, RecordError> {
    match record {
        Value::Object(fields) => Ok(fields),
        _ => Err(RecordError::new("JSON_PARSER_ERROR", "a record is a JSON object")),
    }
}
