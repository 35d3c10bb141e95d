// Works on records with jsforce and prints what it found as one JSON object, for the test to
// compare with what the org holds. Environment: see connect.mjs, and MEETING (a record id).

import assert from "node:assert/strict";

import { assertion, env, require } from "./connect.mjs";

const jsforce = require("jsforce");

const connection = new jsforce.Connection({ loginUrl: env("LOGIN_URL"), version: "67.0" });
const who = await connection.authorize({
  grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
  assertion: assertion(),
});
const meetings = connection.sobject("Chime_Meeting__c");
const recordings = connection.sobject("Chime_Recording__c");

// The code of a call that must fail.
const refused = async (call) => {
  try {
    await call();
  } catch (error) {
    return error.errorCode;
  }
  throw new Error("not refused");
};

const identity = await connection.identity();
assert.equal(identity.user_id, who.id);
assert.equal(identity.username, env("USER_NAME"));

// One record, then several in one call, one of which is refused.
const one = await meetings.create({ Subject__c: "Größe, 日本", Auto_Record__c: true });
assert.ok(one.success, JSON.stringify(one));
const several = await meetings.create([
  { Subject__c: "first" },
  { Subject__c: "second", Status__c: "No such status" },
  { Subject__c: "third" },
]);
assert.deepEqual(several.map((result) => result.success), [true, false, true]);
assert.equal(several[1].errors[0].statusCode, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST");

const changed = await meetings.update({ Id: one.id, Subject__c: "changed", Auto_Record__c: false });
assert.ok(changed.success, JSON.stringify(changed));

// By the external id: made once, then changed.
const row = { Recording_Key__c: "foreign-1", Meeting__c: env("MEETING"), Status__c: "Preparing" };
const made = await recordings.upsert(row, "Recording_Key__c");
assert.deepEqual([made.success, made.created], [true, true], JSON.stringify(made));
const known = { Recording_Key__c: "foreign-1", Status__c: "Starting" };
const again = await recordings.upsert(known, "Recording_Key__c");
assert.deepEqual([again.success, again.created], [true, false], JSON.stringify(again));

const found = await connection.query(
  "SELECT Id, Subject__c, CreatedDate, Owner.Username FROM Chime_Meeting__c " +
    "WHERE Subject__c IN ('changed', 'third') ORDER BY Subject__c",
);
assert.equal(found.done, true);
assert.deepEqual(found.records.map((record) => record.Subject__c), ["changed", "third"]);
assert.equal(found.records[0].Owner.Username, env("USER_NAME"));
assert.ok(!Number.isNaN(Date.parse(found.records[0].CreatedDate)), found.records[0].CreatedDate);

// More than one page: first by hand, then all at once.
const many = "SELECT Id FROM Account ORDER BY Name";
const headers = { "Sforce-Query-Options": "batchSize=200" };
const page = await connection.query(many, { autoFetch: false, headers });
assert.deepEqual([page.totalSize, page.records.length, page.done], [450, 200, false]);
const next = await connection.queryMore(page.nextRecordsUrl, { headers });
const ids = new Set([...page.records, ...next.records].map((record) => record.Id));
assert.deepEqual([next.done, ids.size], [false, 400]);
const all = await connection.query(many, { autoFetch: true, maxFetch: 1000, headers });
assert.deepEqual([all.records.length, all.done], [450, true]);

const gone = await meetings.destroy(several[2].id);
assert.ok(gone.success, JSON.stringify(gone));
assert.equal(await refused(() => meetings.retrieve(several[2].id)), "NOT_FOUND");
assert.equal(await refused(() => connection.query("SELECT No__c FROM Account")), "INVALID_FIELD");
assert.equal(await refused(() => connection.query("SELECT Id FROM Nobody__c")), "INVALID_TYPE");

const described = await meetings.describe();
const status = described.fields.find((field) => field.name === "Status__c");
assert.equal(status.type, "picklist");
assert.ok(status.picklistValues.some((choice) => choice.value === "Requested"));
assert.ok((await connection.limits()).DailyApiRequests.Remaining > 0);

console.log(JSON.stringify({ changed: one.id, first: several[0].id, gone: several[2].id, recording: made.id ?? again.id }));
process.exit(0);
