#!/usr/bin/env python3
"""Makes a workload of many equal requests from a short recorded session.

    make_workload.py SESSION WORKLOAD echo|read COUNT [DEPTH]
    make_workload.py SESSION WORKLOAD logon COUNT

SESSION is the compiled capture of a client that reads a file of file_bytes(). In WORKLOAD its READ, of 4 KiB,
and the answer are there COUNT times, with up to DEPTH requests in flight, at offsets that go round in the file;
or as many ECHOs stand in its place. With logon, WORKLOAD has COUNT connections which log on one after the other
and end together.
"""
import hashlib
import json
import os
import struct
import sys

BLOCK = 4096
FILE_SIZE = 1 << 20
FRAME = 4
HEADER = FRAME + 64
CHARGE, CMD, CREDITS, FLAGS, MESSAGE_ID, TREE_ID = (FRAME + at for at in (6, 12, 14, 16, 24, 36))
ASYNC = 2
READ_LENGTH, READ_OFFSET = HEADER + 4, HEADER + 8
READ_DATA = HEADER + 16
ECHO_BODY = struct.pack("<HH", 4, 0)
CREDITS_ASKED = 4


def file_bytes():
    """What the file on the server holds: no two blocks are alike."""
    out = b"".join(hashlib.sha256(i.to_bytes(4, "little")).digest() for i in range(FILE_SIZE // 32))
    assert len(out) == FILE_SIZE
    return out


class Session:
    """A recorded session: its events, and their bytes."""

    def __init__(self, path):
        self.meta = json.load(open(os.path.join(path, "workload.json")))
        self.events = [json.loads(line) for line in open(os.path.join(path, "messages.jsonl"))]
        self.data = open(os.path.join(path, "data.bin"), "rb").read()

    def bytes_of(self, event):
        pieces = event["data"] if isinstance(event["data"][0], list) else [event["data"]]
        return b"".join(self.data[off:off + n] for off, n in pieces)


class Writer:
    def __init__(self, path, meta):
        os.makedirs(path)
        self.path = path
        self.meta = meta
        self.n = 0
        self.end = 0
        self.stored = {}
        self.lines = open(os.path.join(path, "messages.jsonl"), "w")
        self.data = open(os.path.join(path, "data.bin"), "wb")

    def store(self, piece):
        if piece in self.stored:
            return self.stored[piece]
        place = [self.end, len(piece)]
        self.data.write(piece)
        self.end += len(piece)
        if len(piece) >= BLOCK:
            self.stored[piece] = place
        return place

    def add(self, event, *pieces):
        event = dict(event)
        event["n"] = self.n
        self.n += 1
        if pieces:
            places = [self.store(piece) for piece in pieces]
            event["data"] = places if len(places) > 1 else places[0]
        self.lines.write(json.dumps(event, separators=(",", ":")) + "\n")

    def close(self):
        self.lines.close()
        self.data.close()
        with open(os.path.join(self.path, "workload.json"), "w") as out:
            json.dump(self.meta, out, indent="\t")


def put(message, offset, layout, value):
    struct.pack_into(layout, message, offset, value)


def get(message, offset, layout):
    return struct.unpack_from(layout, message, offset)[0]


def framed(message):
    return struct.pack(">I", len(message) - FRAME) + bytes(message[FRAME:])


class Exchange:
    """A request and its answer as events, in any number."""

    def __init__(self, session, kind, first_id, request, answer):
        self.kind = kind
        self.request, self.answer = dict(request), dict(answer)
        for event in self.request, self.answer:
            event.pop("cuts", None)
            event.pop("joined", None)
        self.q, self.a = bytearray(session.bytes_of(request)), bytearray(session.bytes_of(answer))
        self.first_id = first_id
        if kind == "echo":
            self.make_echo()
        elif len(self.a) < READ_DATA + BLOCK:
            sys.exit("the recorded READ has less than 4 KiB")
        else:
            put(self.q, READ_LENGTH, "<I", BLOCK)
            put(self.a, HEADER + 4, "<I", BLOCK)
        put(self.q, CHARGE, "<H", 1)
        put(self.a, CHARGE, "<H", 1)
        put(self.q, CREDITS, "<H", CREDITS_ASKED)

    def make_echo(self):
        for event, message in (self.request, self.q), (self.answer, self.a):
            event["cmd"] = "ECHO"
            put(message, CMD, "<H", 13)
            put(message, TREE_ID, "<I", 0)
            message[HEADER:] = ECHO_BODY
        kept = "session", "signature"
        self.request["patches"] = [p for p in self.request["patches"] if p[2].split(".")[0] in kept]

    def send(self, out, i):
        put(self.q, MESSAGE_ID, "<Q", self.first_id + i)
        if self.kind == "read":
            put(self.q, READ_OFFSET, "<Q", i * BLOCK % FILE_SIZE)
        out.add(self.request, framed(self.q))

    def receive(self, out, i, content):
        put(self.a, MESSAGE_ID, "<Q", self.first_id + i)
        if self.kind == "echo":
            out.add(self.answer, framed(self.a))
            return
        offset = i * BLOCK % FILE_SIZE
        head = struct.pack(">I", READ_DATA + BLOCK - FRAME) + bytes(self.a[FRAME:READ_DATA])
        out.add(self.answer, head, content[offset:offset + BLOCK])


def answered_at_once(session, requests, answers):
    """A request and its answer that had no interim one: a busy server answers late."""
    by_id = {get(session.bytes_of(e), MESSAGE_ID, "<Q"): e for e in requests}
    for answer in answers:
        message = session.bytes_of(answer)
        if not get(message, FLAGS, "<I") & ASYNC:
            return by_id[get(message, MESSAGE_ID, "<Q")], answer
    sys.exit("every recorded READ has an interim answer: the machine is too busy")


def many(session, out, kind, count, depth):
    content = file_bytes()
    reads = [i for i, e in enumerate(session.events) if e.get("cmd") == "READ"]
    requests = [session.events[i] for i in reads if session.events[i]["ev"] == "send"]
    answers = [session.events[i] for i in reads if session.events[i]["ev"] == "recv"]
    exchange = Exchange(session, kind, get(session.bytes_of(requests[0]), MESSAGE_ID, "<Q"),
                        *answered_at_once(session, requests, answers))
    ids_recorded = sum(max(1, get(session.bytes_of(e), CHARGE, "<H")) for e in requests)
    for event in session.events[:reads[0]]:
        copy(session, out, event, 0)
    for i in range(count):
        if i >= depth:
            exchange.receive(out, i - depth, content)
        exchange.send(out, i)
    for i in range(max(0, count - depth), count):
        exchange.receive(out, i, content)
    for event in session.events[reads[-1] + 1:]:
        copy(session, out, event, count - ids_recorded)


def copy(session, out, event, shift):
    """An event as recorded, but its MessageId higher by `shift`."""
    if "data" not in event:
        out.add(event)
        return
    message = bytearray(session.bytes_of(event))
    put(message, MESSAGE_ID, "<Q", get(message, MESSAGE_ID, "<Q") + shift)
    out.add(event, bytes(message))


def renumber(event, conn):
    """An event of the session as one of connection `conn`, whose symbols have that number, plus one."""
    event = dict(event, c=conn)
    for key in "patches", "defs":
        if key in event:
            event[key] = [[p[0], p[1], p[2].split(".")[0] + (f".{conn + 1}" if "." in p[2] else "")] + p[3:]
                          for p in event[key]]
    return event


def logons(session, out, count):
    last = next(i for i, e in enumerate(session.events) if e.get("cmd") == "TREE_CONNECT")
    fins = [e for e in session.events if e["ev"] == "fin"]
    out.meta["connections"] *= count
    for conn in range(count):
        for event in session.events[:last]:
            pieces = [session.bytes_of(event)] if "data" in event else []
            out.add(renumber(event, conn), *pieces)
    for conn in range(count):
        for event in fins:
            out.add(renumber(event, conn))


def make(source, target, kind, count, depth=1):
    session = Session(source)
    out = Writer(target, session.meta)
    if kind == "logon":
        logons(session, out, count)
    else:
        many(session, out, kind, count, depth)
    out.close()


def main():
    if len(sys.argv) not in (5, 6):
        sys.exit(__doc__)
    make(*sys.argv[1:4], *map(int, sys.argv[4:]))


if __name__ == "__main__":
    main()
