"""Runs moto as a server on a free port of this machine, with the buckets and queues the test uses,
prints where it is and ends when its standard input does.

With REMOTE set (http://host:port) it starts nothing: it fills that account in the same way.
"""

import json
import logging
import os
import sys

import boto3
from botocore.config import Config

REMOTE = os.environ.get("REMOTE")
VERSIONED = "chime-recordings"
PLAIN = "chime-work"
QUEUE = "chime-signals"


def account():
    """The endpoint, with buckets and queue."""
    if REMOTE:
        return REMOTE
    from moto.server import ThreadedMotoServer

    # A line for each request is not news.
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    return "http://{}:{}".format(*server.get_host_and_port())


endpoint = account()
config = Config(proxies={}, s3={"addressing_style": "path"})
s3, sqs = (boto3.client(name, endpoint_url=endpoint, config=config) for name in ("s3", "sqs"))
if not REMOTE:
    place = {"LocationConstraint": "eu-central-1"}
    for bucket in (VERSIONED, PLAIN):
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=place)
    s3.put_bucket_versioning(Bucket=VERSIONED, VersioningConfiguration={"Status": "Enabled"})
    sqs.create_queue(QueueName=QUEUE)
queue = sqs.get_queue_url(QueueName=QUEUE)["QueueUrl"]

# What others do to the account while the bridge looks at it: a recorder that died in an upload, the
# room's signals.
for key in ("recordings/m/r/1-1.mp4", "recordings/m/r/1-2.mp4", "recordings/m/other/1-1.mp4"):
    upload = s3.create_multipart_upload(Bucket=VERSIONED, Key=key)["UploadId"]
    s3.upload_part(Bucket=VERSIONED, Key=key, UploadId=upload, PartNumber=1, Body=b"part")
for number in range(12):
    sqs.send_message(QueueUrl=queue, MessageBody=f"signal {number}")
print(json.dumps({"endpoint": endpoint, "queue": queue}), flush=True)
sys.stdin.read()
