"""Uses the emulated AWS account through boto3: every call the bridge makes, and those of its recorder
and its admin. Checks each answer and prints as one JSON object what it made and which calls it made,
for the test to compare with what the account holds and with the bridge's own calls.

Environment: ENDPOINT (http://host:port), and the SDK's own AWS_* variables.
"""

import hashlib
import json
import os
import time
import urllib.error
import urllib.request

import boto3
from botocore import xform_name
from botocore.config import Config
from botocore.exceptions import ClientError

ENDPOINT = os.environ["ENDPOINT"]
PART = 5 * 1024 * 1024
# No refusal below is to be tried again, and the machine's proxy is not for this address.
CONFIG = Config(retries={"total_max_attempts": 1}, proxies={}, s3={"addressing_style": "path"})
# Calls that were made, and not refused each time: service → names as boto3 spells them.
MADE = {}
# Calls that are not the bridge's: the recorder's, the admin's, and looks at what came of others.
NOT_THE_BRIDGES = {
    "chime-sdk-meetings": ["get_attendee", "list_attendees"],
    "ecs": ["register_task_definition"],
    "s3": ["complete_multipart_upload", "create_multipart_upload", "list_parts", "upload_part"],
    "sqs": [
        "change_message_visibility",
        "delete_message",
        "get_queue_attributes",
        "get_queue_url",
        "send_message",
    ],
}


def client(service):
    made = MADE.setdefault(service, set())

    def answered(http_response, model, **_):
        if http_response.status_code < 400:
            made.add(xform_name(model.name))

    one = boto3.client(service, endpoint_url=ENDPOINT, config=CONFIG)
    one.meta.events.register("after-call", answered)
    return one


def refused(call, **arguments):
    """The code of a call that must fail, and its HTTP status."""
    try:
        answer = call(**arguments)
    except ClientError as error:
        answer = error.response
        return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError(f"not refused: {answer}")


def until(what, look):
    """Looks again until there is an answer; a minute is far more than is needed."""
    end = time.monotonic() + 60
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        time.sleep(0.1)
    raise AssertionError(f"never came true: {what}")


def meetings():
    chime = client("chime-sdk-meetings")
    wish = {
        "ClientRequestToken": "foreign-token",
        "MediaRegion": "eu-central-1",
        "ExternalMeetingId": "a-foreign-meeting",
        "MeetingFeatures": {"Attendee": {"MaxCount": 10}},
    }
    meeting = chime.create_meeting(**wish)["Meeting"]
    again = chime.create_meeting(**wish)["Meeting"]
    assert again["MeetingId"] == meeting["MeetingId"], again
    assert meeting["MediaPlacement"]["SignalingUrl"], meeting
    other = chime.create_meeting(**{**wish, "ClientRequestToken": "another-token"})["Meeting"]
    assert other["MeetingId"] != meeting["MeetingId"]

    at = {"MeetingId": meeting["MeetingId"]}
    attendee = chime.create_attendee(**at, ExternalUserId="a-seat")["Attendee"]
    assert attendee["JoinToken"], attendee
    same = chime.create_attendee(**at, ExternalUserId="a-seat")["Attendee"]
    assert same["AttendeeId"] == attendee["AttendeeId"], same
    batch = chime.batch_create_attendee(**at, Attendees=[{"ExternalUserId": "seat-2"}])
    assert [a["ExternalUserId"] for a in batch["Attendees"]] == ["seat-2"], batch
    listed = chime.list_attendees(**at)["Attendees"]
    assert sorted(a["ExternalUserId"] for a in listed) == ["a-seat", "seat-2"], listed
    shown = chime.get_attendee(**at, AttendeeId=attendee["AttendeeId"])["Attendee"]
    assert shown["ExternalUserId"] == "a-seat", shown
    chime.delete_attendee(**at, AttendeeId=attendee["AttendeeId"])
    assert len(chime.list_attendees(**at)["Attendees"]) == 1

    shown = chime.get_meeting(**at)["Meeting"]
    assert shown["ExternalMeetingId"] == "a-foreign-meeting", shown
    assert shown["MeetingFeatures"]["Attendee"]["MaxCount"] == 10, shown
    chime.delete_meeting(**at)
    gone = refused(chime.get_meeting, **at)
    assert gone == ("NotFoundException", 404), gone
    bad = refused(chime.create_meeting, **{**wish, "MediaRegion": "moon-1"})
    assert bad[0] == "BadRequestException", bad
    return {"ended": meeting["MeetingId"], "open": other["MeetingId"]}


def tasks():
    ecs = client("ecs")
    family = "chime-recorder"
    made = ecs.register_task_definition(
        family=family,
        networkMode="awsvpc",
        requiresCompatibilities=["FARGATE"],
        cpu="2048",
        memory="4096",
        containerDefinitions=[{"name": "recorder", "image": "local", "essential": True}],
    )["taskDefinition"]
    assert made["revision"] == 2 and made["status"] == "ACTIVE", made

    wish = {
        "cluster": "chime",
        "taskDefinition": made["taskDefinitionArn"],
        "launchType": "FARGATE",
        "clientToken": "foreign-task",
        "startedBy": "foreign-task",
        "networkConfiguration": {"awsvpcConfiguration": {"subnets": ["subnet-1"]}},
    }

    def run(color):
        pair = {"name": "COLOR", "value": color}
        override = {"containerOverrides": [{"name": "recorder", "environment": [pair]}]}
        return {**wish, "overrides": override}

    first = ecs.run_task(**run("green"))
    assert first["failures"] == [], first
    arn = first["tasks"][0]["taskArn"]
    again = ecs.run_task(**run("green"))
    assert [task["taskArn"] for task in again["tasks"]] == [arn], again
    assert refused(ecs.run_task, **run("blue"))[0] == "ConflictException"
    other = {**wish, "clientToken": "another-task", "taskDefinition": "nobody"}
    unknown = refused(ecs.run_task, **other)
    assert unknown == ("ClientException", 400), unknown

    def described(status):
        answer = ecs.describe_tasks(cluster="chime", tasks=[arn])
        assert answer["failures"] == [], answer
        task = answer["tasks"][0]
        return task if task["lastStatus"] == status else None

    def listed(**which):
        return ecs.list_tasks(cluster="chime", **which)["taskArns"]

    running = until("the task runs", lambda: described("RUNNING"))
    # boto3 makes a time of it, if it is one.
    assert abs(running["createdAt"].timestamp() - time.time()) < 3600, running
    assert listed(startedBy="foreign-task") == [arn]
    assert listed(family=family, desiredStatus="RUNNING") == [arn]
    ecs.stop_task(cluster="chime", task=arn, reason="enough")
    ended = until("the task has stopped", lambda: described("STOPPED"))
    assert ended["stopCode"] == "UserInitiated", ended
    assert ended["stoppedReason"] == "enough", ended
    assert listed(family=family, desiredStatus="RUNNING") == []
    assert listed(family=family, desiredStatus="STOPPED") == [arn]
    nobody = ecs.describe_tasks(cluster="chime", tasks=[arn[:-32] + "0" * 32])
    assert [failure["reason"] for failure in nobody["failures"]] == ["MISSING"], nobody
    return {"arn": arn}


def queues():
    sqs = client("sqs")
    url = sqs.get_queue_url(QueueName="chime-signals")["QueueUrl"]
    # boto3 itself compares the sums of body and attributes with those of the answer.
    sent = sqs.send_message(
        QueueUrl=url,
        MessageBody='{"grüße": "\U0001f4de"}',
        MessageAttributes={"kind": {"DataType": "String", "StringValue": "signal"}},
    )

    def receive(wait=5):
        answer = sqs.receive_message(
            QueueUrl=url,
            WaitTimeSeconds=wait,
            AttributeNames=["ApproximateReceiveCount"],
            MessageAttributeNames=["All"],
        )
        return answer.get("Messages", [])

    [message] = until("the message comes", receive)
    assert message["MessageId"] == sent["MessageId"], message
    assert message["Body"] == '{"grüße": "\U0001f4de"}', message
    assert message["Attributes"]["ApproximateReceiveCount"] == "1", message
    assert message["MessageAttributes"]["kind"]["StringValue"] == "signal", message
    assert receive(0) == [], "a message under way is seen by nobody else"
    handle = {"QueueUrl": url, "ReceiptHandle": message["ReceiptHandle"]}
    sqs.change_message_visibility(**handle, VisibilityTimeout=0)
    [message] = until("the message comes again", receive)
    assert message["Attributes"]["ApproximateReceiveCount"] == "2", message
    sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    # As the bridge deletes: many at once, and a receipt that is none spoils only its own entry.
    for body in ("one", "two"):
        sqs.send_message(QueueUrl=url, MessageBody=body)
    receipts = {}

    def both():
        receipts.update({m["Body"]: m["ReceiptHandle"] for m in receive(1)})
        return len(receipts) == 2

    until("both messages come", both)
    entries = [{"Id": body, "ReceiptHandle": receipt} for body, receipt in receipts.items()]
    entries.append({"Id": "three", "ReceiptHandle": "no receipt"})
    deleted = sqs.delete_message_batch(QueueUrl=url, Entries=entries)
    assert sorted(done["Id"] for done in deleted["Successful"]) == ["one", "two"], deleted
    assert [bad["Id"] for bad in deleted["Failed"]] == ["three"], deleted
    assert deleted["Failed"][0]["Code"] == "ReceiptHandleIsInvalid", deleted
    assert deleted["Failed"][0]["SenderFault"] is True, deleted
    counts = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    left = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"]
    assert left == dict.fromkeys(counts, "0"), left
    missing = refused(sqs.get_queue_url, QueueName="nobody")
    assert missing[0].endswith(("QueueDoesNotExist", "NonExistentQueue")), missing
    return {"url": url}


def objects():
    s3 = client("s3")
    at = {"Bucket": "chime-recordings", "Key": "foreign/piece 1.mp4"}
    content = [os.urandom(PART), b"the end"]
    upload = s3.create_multipart_upload(**at, ContentType="video/mp4", Metadata={"a": "b"})
    part_of = {**at, "UploadId": upload["UploadId"]}
    pending = s3.list_multipart_uploads(Bucket=at["Bucket"])["Uploads"]
    assert [one["UploadId"] for one in pending] == [upload["UploadId"]], pending
    parts = []
    for number, body in enumerate(content, 1):
        answer = s3.upload_part(**part_of, PartNumber=number, Body=body)
        assert answer["ETag"] == f'"{hashlib.md5(body).hexdigest()}"', answer
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    listed = s3.list_parts(**part_of)["Parts"]
    assert [part["Size"] for part in listed] == [PART, 7], listed
    done = s3.complete_multipart_upload(**part_of, MultipartUpload={"Parts": parts})
    # The documented rule: the sum of the parts' sums, and how many there were.
    sums = b"".join(hashlib.md5(body).digest() for body in content)
    assert done["ETag"] == f'"{hashlib.md5(sums).hexdigest()}-2"', done

    head = s3.head_object(**at)
    assert head["ContentLength"] == PART + 7, head
    assert (head["ContentType"], head["Metadata"]) == ("video/mp4", {"a": "b"}), head
    assert head["ETag"] == done["ETag"] and head["VersionId"] == done["VersionId"], head
    body = s3.get_object(**at)["Body"].read()
    assert body == b"".join(content), "other bytes than were put"
    tail = s3.get_object(**at, Range=f"bytes={PART}-")
    assert tail["Body"].read() == b"the end", tail

    second = s3.put_object(**at, Body=b"second")["VersionId"]
    marker = s3.delete_object(**at)
    assert marker["DeleteMarker"] is True, marker
    assert refused(s3.get_object, **at)[0] == "NoSuchKey"
    kept = s3.list_object_versions(Bucket=at["Bucket"], Prefix="foreign/")
    versions = [version["VersionId"] for version in kept["Versions"]]
    assert versions == [second, done["VersionId"]], kept
    assert [m["VersionId"] for m in kept["DeleteMarkers"]] == [marker["VersionId"]], kept
    old = s3.get_object(**at, VersionId=done["VersionId"])
    assert old["ContentLength"] == PART + 7, old

    # A put that must find nothing: S3 answers 412 where there is an object.
    fresh = {"Bucket": at["Bucket"], "Key": "foreign/manifest.json", "IfNoneMatch": "*"}
    s3.put_object(**fresh, Body=b"{}", ContentType="application/json", CacheControl="no-store")
    assert refused(s3.put_object, **fresh, Body=b"[]") == ("PreconditionFailed", 412)
    page = s3.list_objects_v2(Bucket=at["Bucket"], Prefix="foreign/", MaxKeys=1)
    # The piece is hidden by its delete marker.
    assert [one["Key"] for one in page["Contents"]] == [fresh["Key"]], page
    assert (page["KeyCount"], page["IsTruncated"]) == (1, False), page
    assert page["Contents"][0]["Size"] == 2, page

    link = s3.generate_presigned_url("get_object", Params={k: fresh[k] for k in ("Bucket", "Key")})
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(link, timeout=30) as answer:
        assert answer.read() == b"{}", link
        assert answer.headers["Cache-Control"] == "no-store", answer.headers
    try:
        opener.open(link.replace("manifest", "another"), timeout=30)
        raise AssertionError("a link opens another object")
    except urllib.error.HTTPError as error:
        assert error.code == 403, error

    # An upload that was begun and given up, and a folder erased with all its versions.
    doomed = {"Bucket": at["Bucket"], "Key": "foreign-doomed/piece.mp4"}
    begun = s3.create_multipart_upload(**doomed)["UploadId"]
    s3.abort_multipart_upload(**doomed, UploadId=begun)
    assert "Uploads" not in s3.list_multipart_uploads(Bucket=at["Bucket"])
    unknown = refused(s3.abort_multipart_upload, **doomed, UploadId=begun)
    assert unknown == ("NoSuchUpload", 404), unknown
    for body in (b"1", b"2"):
        s3.put_object(**doomed, Body=body)
    s3.delete_object(**doomed)
    whole = {"Bucket": at["Bucket"], "Prefix": "foreign-doomed/"}
    kept = s3.list_object_versions(**whole)
    all_of_it = [
        {"Key": one["Key"], "VersionId": one["VersionId"]}
        for one in kept["Versions"] + kept["DeleteMarkers"]
    ]
    assert len(all_of_it) == 3, kept
    erased = s3.delete_objects(Bucket=at["Bucket"], Delete={"Objects": all_of_it, "Quiet": True})
    assert "Errors" not in erased and "Deleted" not in erased, erased
    left = s3.list_object_versions(**whole)
    assert "Versions" not in left and "DeleteMarkers" not in left, left
    return {
        "key": at["Key"],
        "versions": [s3.head_object(Bucket=at["Bucket"], Key=fresh["Key"])["VersionId"]] + versions,
    }


made = {"chime": meetings(), "ecs": tasks(), "sqs": queues(), "s3": objects()}
calls = {service: sorted(names) for service, names in MADE.items()}
print(json.dumps({**made, "calls": calls, "others": NOT_THE_BRIDGES}))
