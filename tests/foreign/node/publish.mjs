// Publishes one event and prints what the server answered. Text fields stand in the client's own
// form: { "string": "…" }. Environment: see connect.mjs.
//
//   node publish.mjs TOPIC EVENT_AS_JSON

import { plain, pubsub } from "./connect.mjs";

const client = await pubsub();
const [topic, event] = process.argv.slice(2);
const answer = await client.publish(topic, JSON.parse(event));
console.log(JSON.stringify(answer, plain));
client.close();
process.exit(0);
