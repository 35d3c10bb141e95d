"""Subscribes to a topic with pysfpubsub from the earliest event and prints each event as one JSON
line. Asks for two events at a time, and ends when it has COUNT.

  python subscribe.py TOPIC COUNT

Environment: see salesforce.py, and PUBSUB (host:port) and CA, the file of the authority to trust.
"""

import json
import os
import sys

import certifi

# The client takes its authorities from certifi when it is loaded.
certifi.where = lambda: os.environ["CA"]

from pysfpubsub import Client  # noqa: E402
from salesforce import login  # noqa: E402

topic, count = sys.argv[1], int(sys.argv[2])
host, port = os.environ["PUBSUB"].rsplit(":", 1)
token = login()
client = Client(token["instance_url"], "", "", host, int(port))
# Its own login is by SOAP and password, which Salesforce is about to switch off.
client.metadata = (
    ("accesstoken", token["access_token"]),
    ("instanceurl", token["instance_url"]),
    ("tenantid", token["id"].split("/")[-2]),
)
told = client.get_topic(topic)
assert told.can_subscribe, told
seen = 0


class Enough(Exception):
    """Ends the subscription."""


def heard(response, client):
    global seen
    for got in response.events:
        schema = client.get_schema_json(got.event.schema_id)
        event = {
            "id": got.event.id,
            "replayId": got.replay_id.hex(),
            "payload": client.decode(schema, got.event.payload),
        }
        print(json.dumps(event), flush=True)
        seen += 1
    if seen >= count:
        raise Enough
    if response.pending_num_requested == 0:
        client.release_subscription_semaphore()


try:
    client.subscribe(topic, "EARLIEST", b"", 2, heard)
except Enough:
    # The request thread waits for a release that never comes; it must not keep us.
    sys.stdout.flush()
    os._exit(0)
raise AssertionError("the stream ended by itself")
