"""Makes the vectors of this folder without any of our Rust: from the words of
crates/contract/src/*.rs, with Python's hashlib and hmac and the package `cryptography`.
Rust, the room and Apex are then checked against another implementation, not against themselves.

    pip install cryptography && python3 make.py
"""

import base64
import hashlib
import hmac
import json
from pathlib import Path

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

HERE = Path(__file__).parent


def b64(data):
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def mac(key, message):
    return hmac.new(key, message, hashlib.sha256).digest()


def hkdf(secret, salt, info):
    """RFC 5869 for 32 bytes: one block of the expansion."""
    return mac(mac(salt.encode(), secret), info.encode() + b"\x01")


def sha(text):
    return hashlib.sha256(text if isinstance(text, bytes) else text.encode()).hexdigest()


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def long_id(short):
    """Three letters more: each tells which of five characters are upper case."""
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
    blocks = [short[i : i + 5] for i in (0, 5, 10)]
    return short + "".join(
        letters[sum(1 << i for i, c in enumerate(block) if "A" <= c <= "Z")] for block in blocks
    )


def write(name, about, **content):
    text = json.dumps({"about": about, **content}, ensure_ascii=False, indent=2)
    (HERE / name).write_text(text + "\n")


ORG = long_id("00D5e000000EmuL")
SANDBOX = long_id("00D5e000000SbxQ")
MEETING = long_id("a015e00000AbCdE")
HOST_SEAT = long_id("a025e00000Host1")
GUEST_SEAT = long_id("a025e00000guEsT")
RECORDING_ROW = long_id("a045e00000ReCoR")
USER = long_id("0055e000001UsEr")
RECORDING = sha("a recording")[:32]
CHIME = "3f1c2b7a-9d4e-4c55-8a16-0e7f5b2d2713"
GUEST_KEY = bytes(range(32))
HOST_SEAT_KEY = bytes(range(64, 96))
HOST_KEY = bytes((i * 37 + 11) % 256 for i in range(32))
STORE_KEY = bytes((i * 91 + 5) % 256 for i in range(32))


class Seat:
    """A join key and what is derived from it."""

    def __init__(self, key, org=ORG):
        self.key, self.org = key, org
        self.ticket = sha(key)
        self.seal = hkdf(key, org, "ticket-v1")
        self.signal = hkdf(key, org, "signal-v1")


GUEST, HOST = Seat(GUEST_KEY), Seat(HOST_SEAT_KEY)


def proof(expires_at):
    return b64(mac(HOST_KEY, str(expires_at).encode()))


def commands():
    host = {"participant": HOST_SEAT, "role": "Host", "name": "Zoë Müller",
            "key": b64(HOST_SEAT_KEY), "hostKey": b64(HOST_KEY)}
    guest = {"participant": GUEST_SEAT, "role": "Guest", "name": "", "key": b64(GUEST_KEY)}

    def seats(*given):
        keys = {HOST_SEAT: HOST.ticket, GUEST_SEAT: GUEST.ticket}
        return [{"participant": s["participant"], "role": s["role"], "name": s.get("name", ""),
                 "ticket": keys[s["participant"]], "host": "hostKey" in s} for s in given]

    nothing = {"subject": "", "policy": None, "region": None, "autoRecord": False, "host": None,
               "scheduledStart": None, "scheduledEnd": None, "seats": []}
    full = {"subject": "Offer 4711 \"revised\"", "policy": "Everyone agrees",
            "region": "eu-central-1", "autoRecord": True, "host": USER}
    times = {"scheduledStart": 1798794000000, "scheduledEnd": 1798797600000}
    change = {"records": [
        {"object": "Chime_Meeting__c", "id": MEETING, "meeting": MEETING,
         "values": {"Subject__c": "Offer 4712", "Scheduled_Start__c": 1798794000000,
                    "Host__c": None, "Auto_Record__c": False}},
        {"object": "Chime_Recording__c", "id": RECORDING_ROW, "meeting": MEETING,
         "values": {"Legal_Hold__c": True}}]}
    accepted = [
        ("a meeting is started", "START_MEETING", MEETING, None,
         {**full, "seats": [host, guest]},
         {"details": {**nothing, **full, "seats": seats(host, guest)}}),
        ("what is absent has a meaning, what is unknown is let pass", "START_MEETING", MEETING,
         None, {"newerPackage": {"any": 1}}, {"details": nothing}),
        ("a meeting is announced", "SCHEDULE_MEETING", MEETING, None,
         {"subject": "Review", "policy": "Notice", **times, "seats": [
             {k: v for k, v in guest.items() if k != "name"}]},
         {"details": {**nothing, "subject": "Review", "policy": "Notice", **times,
                      "seats": seats(guest)}}),
        ("it is ended", "END_MEETING", MEETING, None, None, {}),
        ("it is called off", "CANCEL_MEETING", MEETING, None, None, {}),
        ("recording is asked for", "START_RECORDING", MEETING, None, None, {}),
        ("recording is to stop", "STOP_RECORDING", MEETING, None, None, {}),
        ("a seat is added", "INVITE_PARTICIPANT", MEETING, None, {"seats": [guest]},
         {"seats": seats(guest)}),
        ("a seat is taken away", "REMOVE_PARTICIPANT", MEETING, GUEST_SEAT, None, {}),
        ("a playback link is asked for", "REFRESH_PLAYBACK", MEETING, RECORDING_ROW, None, {}),
        ("a recording is erased", "ERASE_RECORDING", MEETING, RECORDING_ROW, None, {}),
        ("triggers saw changes", "RECORDS_CHANGED", None, None, change, {"changes": change}),
        ("a dead letter is tried again", "RETRY_DEAD_LETTER", None, sha("a letter")[:32], None, {}),
    ]
    without = {k: v for k, v in guest.items() if k != "key"}
    refused = [
        ("an unknown action", "OPEN_THE_DOORS", None),
        ("an action in lower case", "start_meeting", "{}"),
        ("no JSON", "START_MEETING", "subject=Offer"),
        ("a start without an object", "START_MEETING", "null"),
        ("a subject that is no text", "START_MEETING", '{"subject":4711}'),
        ("a time that is text", "SCHEDULE_MEETING", '{"scheduledStart":"2027-01-01T09:00:00Z"}'),
        ("a seat without a key", "INVITE_PARTICIPANT", compact({"seats": [without]})),
        ("an invitation without seats", "INVITE_PARTICIPANT", "{}"),
        ("a change without its meeting", "RECORDS_CHANGED",
         compact({"records": [{"object": "Chime_Meeting__c", "id": MEETING, "values": {}}]})),
        ("values that are a list", "RECORDS_CHANGED",
         compact({"records": [{**change["records"][0], "values": []}]})),
    ]
    ids = ["00D5e000000EmuL", "a015e00000AbCdE", "aaaaaaaaaaaaaaa", "AAAAAAAAAAAAAAA",
           "001A0000006Vm9r"]
    write(
        "commands.json", "Action__c and Payload__c of Chime_Command__e, as Apex writes them.",
        accepted=[{"what": what, "action": action, "meeting": meeting, "target": target,
                   "payload": None if payload is None else compact(payload), "reads": reads}
                  for what, action, meeting, target, payload, reads in accepted],
        refused=[{"what": what, "action": action, "payload": payload}
                 for what, action, payload in refused],
        longIds=[{"short": short, "long": long_id(short)} for short in ids],
        notIds=["", MEETING[:16], MEETING + "A", "a015e00000Ab-dE", "a015e00000AbCé"],
    )


def keys():
    rows = [(GUEST_KEY, ORG), (GUEST_KEY, SANDBOX), (HOST_SEAT_KEY, ORG), (bytes(32), ORG),
            (b"\xff" * 32, ORG)]
    seats = []
    for key, org in rows:
        seat = Seat(key, org)
        seats.append({"key": b64(key), "org": org, "ticket": seat.ticket,
                      "seal": seat.seal.hex(), "signal": seat.signal.hex()})
    good = b64(b"\xfb" * 32)
    bad = [("empty", ""), ("too short", b64(bytes(16))), ("too long", b64(bytes(33))),
           ("padded", good + "="), ("standard alphabet", good.replace("-", "+")),
           ("a space in it", " " + good[1:]), ("bits beyond the last byte", b64(bytes(32))[:-1] + "B"),
           ("not ASCII", "é" * 43)]
    recorder = hkdf(STORE_KEY, ORG, f"recorder-v1|{RECORDING}|2")
    write(
        "keys.json", "What is derived from a join key, the host proof, and the recorder's own key.",
        seats=seats,
        hostProofs=[{"hostKey": b64(HOST_KEY), "exp": exp, "proof": proof(exp)}
                    for exp in (0, 1798794000, 4102444800)],
        recorders=[{"storeKey": STORE_KEY.hex(), "org": ORG, "recording": RECORDING, "attempt": 2,
                    "key": b64(recorder), "ticket": sha(recorder)}],
        refused=[{"what": what, "text": text, "length": len(text)} for what, text in bad],
    )


def sealed(seat, plain, nonce, version=1):
    aad = f"v1|tickets/{seat.ticket}.json"
    box = AESGCM(seat.seal).encrypt(nonce, plain.encode(), aad.encode())
    return {"v": version, "nonce": b64(nonce), "sealed": b64(box)}


def tickets():
    def content(revision, state, seat, name, role, recording, policy="everyone", **more):
        return {"revision": revision, "state": state, "seat": seat,
                "subject": "Angebot 4711 – Größe 😀", "name": name, "role": role,
                "policy": policy, "recording": recording, **more}

    def entry(seat, token, ingestion=True):
        urls = {"AudioHostUrl": "a.k.m1.ec1.app.chime.aws:3478",
                "AudioFallbackUrl": "wss://wss.k.m1.ec1.app.chime.aws:443/calls/" + CHIME,
                "SignalingUrl": "wss://signal.m1.ec1.app.chime.aws/control/" + CHIME}
        if ingestion:
            urls["EventIngestionUrl"] = "https://data.svc.ec1.ingest.chime.aws/v1/client-events"
        return {"meeting": {"MeetingId": CHIME, "ExternalMeetingId": MEETING,
                            "MediaRegion": "eu-central-1", "MediaPlacement": urls},
                "attendee": {"AttendeeId": sha(seat)[:8] + "-0000-4000-8000-" + sha(seat)[:12],
                             "ExternalUserId": seat, "JoinToken": token}}

    robot = f"recorder-{RECORDING}-1"
    recorder = Seat(hkdf(STORE_KEY, ORG, f"recorder-v1|{RECORDING}|1"))
    rows = [
        ("waiting for a scheduled meeting", GUEST,
         content(1, "waiting", GUEST_SEAT, "Ada", "guest", "None", opensAt=1798793400000)),
        ("open", GUEST, content(2, "open", GUEST_SEAT, "Ada", "guest", "Waiting for consent",
                                **entry(GUEST_SEAT, "dG9rZW4tb2YtYWRh"))),
        ("open for the host", HOST,
         content(7, "open", HOST_SEAT, "Zoë Müller", "host", "Recording", "notice",
                 **entry(HOST_SEAT, "dG9rZW4tb2Ytem9l", ingestion=False))),
        ("open for the recorder", recorder,
         content(3, "open", robot, "Recorder", "recorder", "Starting",
                 **entry(robot, "dG9rZW4tb2Ytcm9ib3Q"))),
        ("ended", GUEST, content(9, "ended", GUEST_SEAT, "Ada", "attendee", "Stopped")),
        ("removed, with the reason", GUEST,
         content(2**53 - 1, "removed", GUEST_SEAT, "Ada", "guest", "None",
                 reason="CB-031 The host has removed you.")),
    ]
    written = []
    for number, (what, seat, ticket) in enumerate(rows):
        nonce = bytes((number * 16 + i) % 256 for i in range(12))
        plain = compact(ticket)
        written.append({"what": what, "key": b64(seat.key), "org": seat.org,
                        "object": f"tickets/{seat.ticket}.json", "plain": plain,
                        "file": sealed(seat, plain, nonce)})
    plain, nonce = compact(rows[0][2]), bytes(12)
    good = sealed(GUEST, plain, nonce)
    flipped = bytearray(base64.urlsafe_b64decode(good["sealed"] + "=="))
    flipped[0] ^= 1
    elsewhere = Seat(GUEST_KEY)
    elsewhere.ticket = HOST.ticket
    bad = [
        ("one bit of the content is flipped", {**good, "sealed": b64(bytes(flipped))}, "sealed"),
        ("the end is cut off", {**good, "sealed": b64(bytes(flipped[:-1]))}, "sealed"),
        ("another nonce", {**good, "nonce": b64(b"\x01" + bytes(11))}, "sealed"),
        ("a nonce of 16 bytes", {**good, "nonce": b64(bytes(16))}, "sealed"),
        ("another seat's ticket", sealed(HOST, plain, nonce), "sealed"),
        ("sealed for another org", sealed(Seat(GUEST_KEY, SANDBOX), plain, nonce), "sealed"),
        ("moved to another object name", sealed(elsewhere, plain, nonce), "sealed"),
        ("a version we do not read", {**good, "v": 2}, "version"),
        ("well sealed, but not a ticket", sealed(GUEST, '{"state":"open"}', nonce), "content"),
    ]
    write(
        "tickets.json", "Sealed tickets with a fixed nonce; in life a nonce is random.",
        sealed=written,
        refused=[{"what": what, "key": b64(GUEST_KEY), "org": ORG, "file": file, "because": why}
                 for what, file, why in bad])


def signals():
    def body(seat, load, counter, kind, data, signer=None):
        lines = ["signal-v1", seat.ticket, load, str(counter), kind, data]
        signature = mac((signer or seat).signal, "\n".join(lines).encode())
        return {"v": 1, "ticket": seat.ticket, "load": load, "counter": counter, "kind": kind,
                "data": data, "mac": b64(signature)}

    exp = 1798794000
    act = {"exp": exp, "proof": proof(exp)}
    load = "00f1e2d3c4b5a697"
    said = [
        (GUEST, "arrived", "{}"),
        (GUEST, "arrived", compact({"failedMeetingId": CHIME})),
        (GUEST, "left", ""),
        (GUEST, "consent", compact({"given": True})),
        (GUEST, "consent", compact({"given": False})),
        (GUEST, "chat", compact({"text": "Grüße\nfrom \"Ada\" 😀"})),
        (HOST, "record", compact(act)),
        (HOST, "stop-recording", compact(act)),
        (HOST, "remove", compact({**act, "target": GUEST_SEAT})),
        (HOST, "end", compact(act)),
    ]
    signed = []
    for counter, (seat, kind, data) in enumerate(said, 1):
        row = {"key": b64(seat.key), "org": ORG, "kind": kind,
               "body": compact(body(seat, load, counter, kind, data))}
        if "proof" in data:
            row["hostKey"] = b64(HOST_KEY)
        signed.append(row)
    good = body(GUEST, load, 4, "consent", '{"given":false}')
    forged = [
        ("no becomes yes", {**good, "data": '{"given":true}'}),
        ("another counter", {**good, "counter": 5}),
        ("another load", {**good, "load": load[::-1]}),
        ("another kind", {**good, "kind": "chat"}),
        ("another seat's ticket", {**good, "ticket": HOST.ticket}),
        ("signed with another seat's key", body(GUEST, load, 4, "consent", '{"given":false}', HOST)),
        ("signed for another org", body(GUEST, load, 4, "consent", '{"given":false}',
                                        Seat(GUEST_KEY, SANDBOX))),
        ("a signature cut short", {**good, "mac": good["mac"][:-1]}),
        ("no signature", {**good, "mac": ""}),
    ]
    refused = [
        ("no JSON", "hello", "shape"),
        ("a kind we do not know", compact({**good, "kind": "fly"}), "shape"),
        ("a field too many", compact({**good, "time": 1798794000}), "shape"),
        ("a field too few", compact({k: v for k, v in good.items() if k != "mac"}), "shape"),
        ("data that is no text", compact({**good, "data": {"given": True}}), "shape"),
        ("a counter below zero", compact({**good, "counter": -1}), "shape"),
        ("a counter beyond 32 bits", compact({**good, "counter": 2**32}), "shape"),
        ("version 2", compact({**good, "v": 2}), "v"),
        ("a ticket in upper case", compact({**good, "ticket": GUEST.ticket.upper()}), "ticket"),
        ("a short ticket", compact({**good, "ticket": GUEST.ticket[:-1]}), "ticket"),
        ("a load that is not hex", compact({**good, "load": "load-of-the-page"}), "load"),
        ("a counter of zero", compact({**good, "counter": 0}), "counter"),
        ("more than 4096 bytes", compact({**good, "data": "x" * 4000}), "size"),
    ]
    write(
        "signals.json", "Bodies of POST /signals: one a kind, forged ones, and such as are no signals.",
        signed=signed,
        forged=[{"what": w, "key": b64(GUEST_KEY), "org": ORG, "body": compact(b)} for w, b in forged],
        refused=[{"what": w, "body": b, "because": why} for w, b, why in refused])


def launch():
    key = hkdf(STORE_KEY, ORG, f"recorder-v1|{RECORDING}|1")
    file = {"v": 1, "meeting": MEETING, "recording": RECORDING, "attempt": 1, "orgId": ORG,
            "roomUrl": "https://room.example.com", "joinKey": b64(key), "unusedSeconds": 1800,
            "aloneSeconds": 60, "maxSeconds": 7200}
    older = {k: v for k, v in file.items() if k != "maxSeconds"}
    variables = {"CHIME_RECORDING": RECORDING, "CHIME_ATTEMPT": "2",
                 "CHIME_WORK_BUCKET": "chime-work", "CHIME_RECORDINGS_BUCKET": "chime-recordings"}
    write(
        "launch.json", "The recorder's launch file, its environment, and the names of its seat and task.",
        files=[{"text": compact(file), "ticket": sha(key)}],
        olderFiles=[{"text": compact(older), "maxSeconds": 14400}],
        refusedFiles=[{"what": f"no {name}", "text": compact({k: v for k, v in file.items() if k != name})}
                      for name in older],
        environments=[{"variables": variables,
                       "reads": {"recording": RECORDING, "attempt": 2, "workBucket": "chime-work",
                                 "recordingsBucket": "chime-recordings"}}],
        refusedEnvironments=[{k: v for k, v in variables.items() if k != name} for name in variables]
        + [{**variables, "CHIME_ATTEMPT": text} for text in ("", "first", "-1", "1.5")],
        tasks=[{"org": org, "recording": RECORDING, "attempt": attempt,
                "seat": f"recorder-{RECORDING}-{attempt}",
                "startToken": sha(f"start-v1|{org}|{RECORDING}|{attempt}")[:32]}
               for org, attempt in ((ORG, 1), (ORG, 2), (ORG, 12), (SANDBOX, 1))],
        notRecorderSeats=[GUEST_SEAT, "recorder-", f"recorder-{RECORDING}", f"recorder-{RECORDING}-x"])


def notices():
    def event(source, kind, detail, region="eu-central-1"):
        return compact({"version": "0", "id": "7e0c1c3e-2f1d-4c1b-9a53-6a0b7d1f2c11",
                        "detail-type": kind, "source": source, "account": "000000000000",
                        "time": "2027-01-01T09:00:05Z", "region": region, "resources": [],
                        "detail": detail})

    def chime(kind, at, **more):
        detail = {"version": "0", "eventType": kind, "timestamp": at, "meetingId": CHIME,
                  "mediaRegion": "eu-central-1", **more}
        reads = {"kind": "chime", "eventType": kind, "timestamp": at, "meetingId": CHIME,
                 "externalMeetingId": more.get("externalMeetingId"),
                 "attendeeId": more.get("attendeeId"), "externalUserId": more.get("externalUserId")}
        return event("aws.chime", "Chime Meeting State Change", detail), reads

    person = {"externalMeetingId": MEETING, "externalUserId": GUEST_SEAT,
              "attendeeId": "5e1f9a40-0000-4000-8000-5e1f9a40aaaa"}
    share = {**person, "attendeeId": person["attendeeId"] + "#content"}
    arn = "arn:aws:ecs:eu-central-1:000000000000:task/chime/0f9de17a6465404e8b1b2356dc13c2f8"
    token = sha(f"start-v1|{ORG}|{RECORDING}|1")[:32]
    task = {"clusterArn": "arn:aws:ecs:eu-central-1:000000000000:cluster/chime", "taskArn": arn,
            "version": 5, "lastStatus": "STOPPED", "desiredStatus": "STOPPED",
            "startedBy": token, "stopCode": "EssentialContainerExited",
            "stoppedReason": "Essential container in task exited",
            "containers": [{"name": "recorder", "exitCode": 0, "lastStatus": "STOPPED"}]}
    piece = f"recordings/{MEETING}/{RECORDING}/1-001.json"
    created = {"version": "0", "bucket": {"name": "chime-recordings"},
               "object": {"key": piece, "size": 412, "etag": "b1946ac92492d2347c6235b4d2611184",
                          "version-id": "IYV3p45BT0ac8hjHg1houSdS1a.Mro8e",
                          "sequencer": "00617F08299329D189"},
               "request-id": "N4N7GDK58NMKJ12R", "reason": "PutObject"}
    no_start = {k: v for k, v in task.items() if k != "startedBy"}
    rows = [
        ("someone joined", *chime("chime:AttendeeJoined", 1798794005123, **person)),
        ("someone left", *chime("chime:AttendeeLeft", 1798794905456, **person)),
        ("someone dropped", *chime("chime:AttendeeDropped", 1798794105000, **person)),
        ("a screen is shared", *chime("chime:AttendeeJoined", 1798794205000, **share)),
        ("the meeting ended", *chime("chime:MeetingEnded", 1798795205000, externalMeetingId=MEETING)),
        ("a meeting of someone else", *chime("chime:MeetingStarted", 1798795205001)),
        ("the recorder stopped", event("aws.ecs", "ECS Task State Change", task),
         {"kind": "task", "taskArn": arn, "version": 5, "lastStatus": "STOPPED", "startedBy": token}),
        ("a task without a starter", event("aws.ecs", "ECS Task State Change", no_start),
         {"kind": "task", "taskArn": arn, "version": 5, "lastStatus": "STOPPED", "startedBy": None}),
        ("a piece's note lies there", event("aws.s3", "Object Created", created),
         {"kind": "object", "bucket": "chime-recordings", "key": piece,
          "sequencer": "00617F08299329D189"}),
        ("another type of a known source", event("aws.s3", "Object Deleted", created), {"kind": "other"}),
        ("another source", event("aws.ec2", "ECS Task State Change", task), {"kind": "other"}),
    ]
    detail = {"eventType": "chime:AttendeeJoined", "meetingId": CHIME}
    refused = [
        ("no JSON", "hello", "envelope"),
        ("no event", '{"Type":"Notification"}', "envelope"),
        ("no detail", '{"source":"aws.s3","detail-type":"Object Created"}', "envelope"),
        ("Chime's without a time", event("aws.chime", "Chime Meeting State Change", detail), "detail"),
        ("a task without its ARN", event("aws.ecs", "ECS Task State Change",
                                         {k: v for k, v in task.items() if k != "taskArn"}), "detail"),
        ("an object without its key", event("aws.s3", "Object Created",
                                            {**created, "object": {"size": 1}}), "detail"),
    ]
    write("notices.json", "Bodies of the notices queue and what the bridge reads in them.",
          read=[{"what": w, "body": b, "reads": r} for w, b, r in rows],
          refused=[{"what": w, "body": b, "because": why} for w, b, why in refused])


def objects():
    base = f"recordings/{MEETING}/{RECORDING}/"
    work = f"journal/{RECORDING}/"
    keys_of = [{"meeting": MEETING, "recording": RECORDING, "attempt": a, "piece": p,
                "fragmentNumber": f, "part": part, "fragment": f"{work}{a}-{p:03}-{f:06}",
                "state": f"{work}state-{a}-{p:03}.json",
                "index": f"{work}index-{a}-{p:03}-{part:05}.json",
                "screenshot": f"{base}{a}-{p:03}.png",
                "launch": f"launch/{RECORDING}-{a}.json", "journal": work,
                "pieces": base, "media": f"{base}{a}-{p:03}.mp4", "note": f"{base}{a}-{p:03}.json",
                "manifest": base + "manifest.json"}
               for a, p, f, part in ((1, 1, 1, 2), (2, 17, 14400, 123), (10, 1000, 1234567, 100000))]

    def fragment(attempt):
        return {"kind": "fragment", "recording": RECORDING, "attempt": attempt}

    def note(attempt, piece):
        return {"kind": "pieceNote", "meeting": MEETING, "recording": RECORDING,
                "attempt": attempt, "piece": piece}

    other = {"kind": "other"}
    kinds = [
        (f"journal/{RECORDING}/1-001-000042", fragment(1)),
        (f"journal/{RECORDING}/12-003-000001", fragment(12)),
        (f"journal/{RECORDING}/lock", other),
        (f"{work}state-1-001.json", other), (f"{work}state-12-003.json", other),
        (f"{work}index-1-001-00002.json", other), (base + "1-001.png", other),
        (f"journal/{RECORDING}/1-001/x", other),
        (base + "1-001.json", note(1, 1)), (base + "10-1000.json", note(10, 1000)),
        (base + "1-001.mp4", other), (base + "manifest.json", other), (base + "a-001.json", other),
        (base + "1.json", other), (f"launch/{RECORDING}-1.json", other),
        (f"/{base}1-001.json", other), (f"x/{base}1-001.json", other), ("", other),
    ]
    write("objects.json", "Object keys of the work and recordings buckets, and what a key stands for.",
          keys=keys_of, kinds=[{"key": key, "reads": reads} for key, reads in kinds])


def pieces():
    def piece(attempt, number, start, length, good=True, remark=""):
        return {"v": 1, "recording": RECORDING, "attempt": attempt, "piece": number,
                "startedAt": start, "stoppedAt": start + length, "durationMs": length - 20,
                "sizeBytes": length * 250, "sha256": sha(f"piece {attempt}-{number}"),
                "verdict": {"picture": True, "sound": good, "length": True, "remark": remark}}

    t = 1798794010000
    one = piece(1, 1, t, 600000)
    two = piece(2, 1, t + 612345, 300000)
    three = piece(2, 2, t + 912345, 1000, good=False, remark="no sound after 0:00")
    overlap = piece(3, 1, t + 500000, 50000, remark="short")
    capture = {"calibrationMs": -76.8, "frames": 17998, "dropped": 3, "duplicated": 1}
    spans = [{"kind": "silent", "fromMs": 0, "ms": 4000}, {"kind": "noPage", "fromMs": 9000, "ms": 2500},
             {"kind": "frozen", "fromMs": 9000, "ms": 2500}, {"kind": "noPage", "fromMs": 60000, "ms": 1500},
             {"kind": "filled", "fromMs": 61500, "ms": 120}, {"kind": "black", "fromMs": 70000, "ms": 80}]
    brought_back = {**one, "capture": capture, "spans": spans, "end": "meetingOver"}
    failed = {**piece(1, 2, t + 600010, 0, remark="the page never showed media"), "durationMs": 0,
              "sha256": "", "end": "page",
              "verdict": {"picture": False, "sound": False, "length": False,
                          "remark": "the page never showed media"}}
    reasons = ["stopped", "meetingOver", "removed", "alone", "limit", "terminated", "page", "encoder",
               "display", "sound", "overload", "storage", "killed"]

    def manifest(given):
        ordered = sorted(given, key=lambda p: (p["startedAt"], p["attempt"], p["piece"]))
        media = [p for p in ordered if p["sizeBytes"] > 0]
        gap, end = 0, None
        for p in media:
            if end is not None and p["startedAt"] > end:
                gap += p["startedAt"] - end
            gap += sum(s["ms"] for s in p.get("spans", []) if s["kind"] == "noPage")
            end = p["stoppedAt"] if end is None else max(end, p["stoppedAt"])
        judged = media or ordered
        sums = [p["sha256"] for p in judged]
        verdict = {w: bool(judged) and all(p["verdict"][w] for p in judged)
                   for w in ("picture", "sound", "length")}
        verdict["remark"] = "; ".join(p["verdict"]["remark"] for p in judged if p["verdict"]["remark"])
        return {"v": 1, "meeting": MEETING, "recording": RECORDING, "pieces": ordered, "gapMs": gap,
                "durationMs": sum(p["durationMs"] for p in ordered),
                "sizeBytes": sum(p["sizeBytes"] for p in ordered),
                "sha256": sums[0] if len(sums) == 1 else sha("\n".join(sums)), "verdict": verdict}

    sets = [("one piece", [one], True), ("a successor after a hole, told in the wrong order", [two, one], True),
            ("one piece without sound spoils the whole", [one, two, three], False),
            ("pieces that overlap leave no hole", [overlap, one], True), ("nothing", [], False),
            ("an attempt that captured nothing does not spoil a good piece and leaves no hole",
             [one, failed], True),
            ("nor does it between two pieces, where the hole is what it is", [two, failed, one], True),
            ("an attempt that captured nothing is not good by itself", [failed], False),
            ("time without the page is missing too", [brought_back], True),
            ("and comes on top of a hole between pieces", [brought_back, two], True)]
    note = {k: v for k, v in one.items()}
    silent = {**note, "verdict": {"picture": True, "sound": True, "length": True}}
    write("pieces.json", "Notes of pieces, and the manifest put together from them.",
          notes=[{"text": compact(note), "reads": note},
                 {"text": compact(silent), "reads": note},
                 {"text": compact(three), "reads": three},
                 {"text": compact(brought_back), "reads": brought_back},
                 {"text": compact(failed), "reads": failed},
                 {"text": compact({**note, "spans": []}), "reads": note}]
          + [{"text": compact({**note, "end": end}), "reads": {**note, "end": end}} for end in reasons],
          refusedNotes=[{"what": f"no {name}", "text": compact({k: v for k, v in note.items() if k != name})}
                        for name in note]
          + [{"what": what, "text": compact({**note, **more})} for what, more in (
              ("an unknown end", {"end": "bored"}),
              ("an unknown span", {"spans": [{"kind": "dull", "fromMs": 0, "ms": 1}]}),
              ("a span without its length", {"spans": [{"kind": "black", "fromMs": 0}]}),
              ("a capture without its frames", {"capture": {k: v for k, v in capture.items() if k != "frames"}}),
              ("frames below zero", {"capture": {**capture, "frames": -1}}))],
          manifests=[{"what": w, "given": g, "manifest": manifest(g), "good": ok} for w, g, ok in sets])


def page():
    def message(state, **more):
        return {"v": 1, "state": state, **more}

    live = message("live", people=3)
    shortest = len(compact({**live, "reason": ""}))
    longest = {**live, "reason": "x" * (4096 - shortest)}
    read = [(state, compact(message(state, people=0)), message(state, people=0))
            for state in ("waiting", "joining", "reconnecting", "ended", "removed", "failed")]
    read += [
        ("live with people", compact(live), live),
        ("live, and nobody is there", compact(message("live", people=0)), message("live", people=0)),
        ("no number is nobody", compact(message("joining")), message("joining", people=0)),
        ("a reason", compact(message("failed", people=0, reason="kein Ton – no sound 😀")),
         message("failed", people=0, reason="kein Ton – no sound 😀")),
        ("an empty reason is none", compact(message("ended", people=0, reason="")),
         message("ended", people=0)),
        ("another order, and a newer page's field", '{"newer":{"any":1},"people":2,"state":"live","v":1}',
         message("live", people=2)),
        ("as long as it may be", compact(longest), longest),
    ]
    refused = [
        ("version 2", compact({**live, "v": 2}), "version"),
        ("version 0", compact({**live, "v": 0}), "version"),
        ("no version", compact({k: v for k, v in live.items() if k != "v"}), "shape"),
        ("a version that is text", compact({**live, "v": "1"}), "shape"),
        ("one byte too long", compact({**longest, "reason": longest["reason"] + "x"}), "size"),
        ("too long, counted in bytes", compact({**live, "reason": "é" * 2048}), "size"),
        ("a state we do not know", compact(message("dancing", people=0)), "shape"),
        ("a state in upper case", compact(message("LIVE", people=0)), "shape"),
        ("no state", compact({"v": 1, "people": 3}), "shape"),
        ("not JSON", "live", "shape"),
        ("nothing", "", "shape"),
        ("a list", compact([1]), "shape"),
        ("text behind the object", compact(live) + "x", "shape"),
        ("fewer than nobody", compact(message("live", people=-1)), "shape"),
        ("half a person", '{"v":1,"state":"live","people":1.5}', "shape"),
        ("people beyond 32 bits", compact(message("live", people=2**32)), "shape"),
        ("people in words", compact(message("live", people="three")), "shape"),
    ]
    write("page.json", "What the room's page tells the recorder that looks at it.",
          read=[{"what": w, "text": t, "reads": r} for w, t, r in read],
          refused=[{"what": w, "text": t, "because": why} for w, t, why in refused])


for make in (commands, keys, tickets, signals, launch, notices, objects, pieces, page):
    make()
