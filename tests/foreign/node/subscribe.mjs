// Subscribes to topics from the earliest event and prints each event as one JSON line. Ends when
// every topic has given what was asked. Environment: see connect.mjs.
//
//   node subscribe.mjs TOPIC=COUNT[@REPLAY_ID] …

import { fail, plain, pubsub } from "./connect.mjs";

const client = await pubsub();

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
