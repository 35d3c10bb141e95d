// What the scripts in this folder share: their surroundings and the login. It is the bridge's own
// way to log in, an assertion signed with the client's key.
//
// Environment: CHIME_TEST_NODE_DIR, the folder whose node_modules holds the clients; LOGIN_URL,
// CLIENT_ID, USER_NAME, KEY_FILE; for the Pub/Sub API also PUBSUB (host:port) and CA, the file of the
// authority to trust (without it only those are trusted that the client brings along).

import { createSign } from "node:crypto";
import { createRequire } from "node:module";

export const env = (name) => {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
};

export const require = createRequire(`${env("CHIME_TEST_NODE_DIR")}/`);
const fs = require("node:fs");

export const fail = (what, error) => {
  console.error(what, error);
  process.exit(1);
};

// A signed assertion, good for two minutes.
export function assertion() {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = {
    iss: env("CLIENT_ID"),
    sub: env("USER_NAME"),
    aud: "https://login.salesforce.com",
    exp: Math.floor(Date.now() / 1000) + 120,
  };
  const text = `${part({ alg: "RS256" })}.${part(claims)}`;
  const sign = createSign("RSA-SHA256").update(text);
  return `${text}.${sign.sign(fs.readFileSync(env("KEY_FILE"))).toString("base64url")}`;
}

// A connected client of the Pub/Sub API.
export async function pubsub() {
  // The client reads its authorities from a file in its own package and takes no other; Node's
  // NODE_EXTRA_CA_CERTS adds to Node's list, which it does not use. So it is given another file
  // where it reads its own. The certificate is checked as ever.
  const own = /cacert-[0-9a-f]+\.pem$/;
  const read = fs.readFileSync;
  if (process.env.CA) {
    fs.readFileSync = (file, ...rest) =>
      own.test(String(file)) ? read(process.env.CA) : read(file, ...rest);
  }
  const { default: PubSubApiClient } = require("salesforce-pubsub-api-client");
  // Standard output is for results alone.
  const say = (...words) => console.error(...words);
  const client = new PubSubApiClient(
    {
      authType: "oauth-jwt-bearer",
      loginUrl: env("LOGIN_URL"),
      clientId: env("CLIENT_ID"),
      username: env("USER_NAME"),
      privateKey: read(env("KEY_FILE"), "utf8"),
      pubSubEndpoint: env("PUBSUB"),
    },
    { debug: () => {}, info: say, warn: say, error: say },
  );
  await client.connect();
  return client;
}

// Commit numbers are beyond what a JavaScript number holds; the client makes them BigInts.
export const plain = (key, value) => (typeof value === "bigint" ? value.toString() : value);
