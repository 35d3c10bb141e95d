-- The store of one bridge. Times are epoch milliseconds. Documents are JSON text that only the
-- bridge reads: no statement looks into them, so that the same statements run on PostgreSQL.

-- Facts that have taken effect. Narrow on purpose: the cost of a busy hour is this table's pages.
CREATE TABLE seen (
  fingerprint BLOB NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL
) WITHOUT ROWID;

CREATE TABLE meetings (
  id TEXT NOT NULL PRIMARY KEY,
  document TEXT NOT NULL,
  is_final INTEGER NOT NULL,
  deadline INTEGER
);
CREATE INDEX meetings_deadline ON meetings (deadline, id) WHERE deadline IS NOT NULL;
CREATE INDEX meetings_open ON meetings (id) WHERE is_final = 0;

-- Who owns what: ticket, participant, recording, Chime meeting, task.
CREATE TABLE links (
  kind TEXT NOT NULL,
  value TEXT NOT NULL,
  meeting TEXT NOT NULL,
  PRIMARY KEY (kind, value)
) WITHOUT ROWID;

-- Numbers that only rise. One row a counter; read and raised inside the transaction that uses it.
CREATE TABLE counters (
  name TEXT NOT NULL PRIMARY KEY,
  last INTEGER NOT NULL
);
INSERT INTO counters (name, last) VALUES ('generation', 0);

-- What is to be done outside.
CREATE TABLE effects (
  meeting TEXT NOT NULL,
  name TEXT NOT NULL,
  document TEXT NOT NULL,
  generation INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  wanted_at INTEGER NOT NULL,
  PRIMARY KEY (meeting, name)
);
CREATE INDEX effects_due ON effects (due_at);

-- What Salesforce must be told. `key_field` is empty for a record named by its id.
CREATE TABLE outbox (
  object TEXT NOT NULL,
  key_field TEXT NOT NULL,
  key_value TEXT NOT NULL,
  lane TEXT NOT NULL,
  operation TEXT NOT NULL,
  fields TEXT NOT NULL,
  generation INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  wanted_at INTEGER NOT NULL,
  PRIMARY KEY (object, key_field, key_value)
);
-- Holds all that choosing a lane needs, so that a long backlog is not read row by row.
CREATE INDEX outbox_lane ON outbox (lane, due_at, attempts, wanted_at);

-- Sealed values; see `seal`.
CREATE TABLE secrets (
  name TEXT NOT NULL PRIMARY KEY,
  sealed BLOB NOT NULL
);

CREATE TABLE positions (
  topic TEXT NOT NULL PRIMARY KEY,
  replay_id BLOB NOT NULL,
  at INTEGER NOT NULL
);

CREATE TABLE dead_letters (
  letter TEXT NOT NULL PRIMARY KEY,
  meeting TEXT,
  step TEXT NOT NULL,
  code TEXT NOT NULL,
  cause TEXT NOT NULL,
  detail TEXT NOT NULL,
  at INTEGER NOT NULL,
  state TEXT NOT NULL,
  sealed BLOB NOT NULL
);
CREATE INDEX dead_letters_at ON dead_letters (at);
CREATE INDEX dead_letters_open ON dead_letters (letter) WHERE state = 'Open';

-- Records deleted before they were known: two topics have no common order.
CREATE TABLE tombstones (
  id TEXT NOT NULL PRIMARY KEY,
  at INTEGER NOT NULL,
  keep_until INTEGER NOT NULL
);

CREATE TABLE notes (
  name TEXT NOT NULL PRIMARY KEY,
  content TEXT NOT NULL
);
