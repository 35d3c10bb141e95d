// The peer of `drain_vs_node`: Salesforce's Node client reads so many events from the earliest one
// on and decodes them, as it does by itself; nothing else is done with them. Without a number it asks
// for 100 at a time, the most it can, as long as there are any. Prints "done".
//
//   node drain.mjs TOPIC COUNT
//
// Environment: as tests/foreign/node/subscribe.mjs.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const { LOGIN_URL, CLIENT_ID, USER_NAME, KEY_FILE, PUBSUB, CHIME_TEST_NODE_DIR } = process.env;
const [topic, count] = [process.argv[2], Number(process.argv[3])];
const require = createRequire(`${CHIME_TEST_NODE_DIR}/`);
const { default: PubSubApiClient } = require("salesforce-pubsub-api-client");

const logger = { debug: () => {}, info: () => {}, warn: console.error, error: console.error };
const client = new PubSubApiClient(
  {
    authType: "oauth-jwt-bearer",
    loginUrl: LOGIN_URL,
    clientId: CLIENT_ID,
    username: USER_NAME,
    privateKey: readFileSync(KEY_FILE, "utf8"),
    pubSubEndpoint: PUBSUB,
    rejectUnauthorizedSsl: false,
  },
  logger,
);
await client.connect();

let read = 0;
client.subscribeFromEarliestEvent(
  topic,
  (info, kind, data) => {
    if (kind === "event") {
      read += 1;
      if (read === count) {
        console.log("done");
        client.close();
        process.exit(0);
      }
    } else if (kind === "error" || kind === "end") {
      console.error(`${topic}: ${kind}`, data);
      process.exit(1);
    }
  },
);
