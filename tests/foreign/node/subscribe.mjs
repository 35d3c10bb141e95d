// Logs in as the bridge does (signed assertion), subscribes to topics from the earliest event and
// prints each event as one JSON line. Ends when every topic has given what was asked.
//
//   node subscribe.mjs TOPIC=COUNT[@REPLAY_ID] …
//
// Environment: LOGIN_URL, CLIENT_ID, USER_NAME, KEY_FILE, PUBSUB (host:port) and
// CHIME_TEST_NODE_DIR, the folder whose node_modules holds the client.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const env = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};
const fail = (what, error) => {
  console.error(what, error);
  process.exit(1);
};

const require = createRequire(`${env("CHIME_TEST_NODE_DIR")}/`);
const { default: PubSubApiClient } = require("salesforce-pubsub-api-client");

// Standard output is for events alone.
const say = (...words) => console.error(...words);
const logger = { debug: () => {}, info: say, warn: say, error: say };

const client = new PubSubApiClient(
  {
    authType: "oauth-jwt-bearer",
    loginUrl: env("LOGIN_URL"),
    clientId: env("CLIENT_ID"),
    username: env("USER_NAME"),
    privateKey: readFileSync(env("KEY_FILE"), "utf8"),
    pubSubEndpoint: env("PUBSUB"),
    // The client brings its own list of authorities and takes no other, so it cannot be told to
    // trust the emulator's. That this certificate holds is for the bridge's own tests to show.
    rejectUnauthorizedSsl: false,
  },
  logger,
);
await client.connect();

// Commit numbers are beyond what a JavaScript number holds; the client makes them BigInts.
const plain = (key, value) => (typeof value === "bigint" ? value.toString() : value);

const topics = process.argv.slice(2).map((argument) => {
  const [, topic, count, replayId] = /^([^=]+)=(\d+)(?:@(\d+))?$/.exec(argument);
  return { topic, count: Number(count), replayId: replayId && Number(replayId) };
});
let open = topics.length;

for (const { topic, count, replayId } of topics) {
  const heard = (info, kind, data) => {
    if (kind === "event") {
      const { id, schemaId, replayId, payload } = data;
      console.log(JSON.stringify({ topic, id, schemaId, replayId, payload }, plain));
    } else if (kind === "lastEvent") {
      open -= 1;
      if (open === 0) {
        client.close();
        process.exit(0);
      }
    } else if (kind === "error" || kind === "end") {
      fail(`${topic}: ${kind}`, data);
    }
  };
  if (replayId === undefined) {
    client.subscribeFromEarliestEvent(topic, heard, count);
  } else {
    client.subscribeFromReplayId(topic, heard, count, replayId);
  }
}
