#!/usr/bin/env python3
"""gather.py WORKLOAD: in a session that got many credits at once, the SESSION_SETUP responses grant one each, and 30 ECHOs in
front of the first WRITE grant the others, two each; ids behind them move."""
import json
import struct
import sys

FRAME, HEADER = 4, 68
CREDITS, MESSAGE_ID = FRAME + 14, FRAME + 24
ECHOS = 30

path = sys.argv[1]
lines = [json.loads(line) for line in open(path + "/messages.jsonl")]
data = bytearray(open(path + "/data.bin", "rb").read())


def header(event):
    return event["data"][0][0] if isinstance(event["data"][0], list) else event["data"][0]


def echo(model, message_id, credits):
    """Like another message of the same direction and session, which is not signed."""
    at = header(model)
    message = bytearray(data[at:at + HEADER]) + struct.pack("<HH", 4, 0)
    struct.pack_into(">I", message, 0, len(message) - FRAME)
    struct.pack_into("<HIHHIIQ", message, FRAME + 6, 1, 0, 13, credits,
                     struct.unpack_from("<I", message, FRAME + 16)[0] & 1, 0, message_id)
    event = {k: v for k, v in model.items() if k in ("ev", "c", "t", "frame")}
    event.update(cmd="ECHO", data=[len(data), len(message)])
    if event["ev"] == "send":
        event["patches"] = [p for p in model["patches"] if p[2].startswith("session")]
    data.extend(message)
    return event


first = next(i for i, e in enumerate(lines) if e["ev"] == "send" and e.get("cmd") == "WRITE")
request, answer = lines[first - 2], lines[first - 1]
base = struct.unpack_from("<Q", data, header(lines[first]) + MESSAGE_ID)[0]
for event in lines:
    if "data" not in event:
        continue
    at = header(event)
    message_id = struct.unpack_from("<Q", data, at + MESSAGE_ID)[0]
    if event["ev"] == "recv" and message_id < base:
        struct.pack_into("<H", data, at + CREDITS, 1)
    if event["ev"] == "send" and message_id < base:
        struct.pack_into("<H", data, at + CREDITS, 1)
    if message_id >= base:
        struct.pack_into("<Q", data, at + MESSAGE_ID, message_id + ECHOS)
echos = []
for i in range(ECHOS):
    echos += [echo(request, base + i, 2), echo(answer, base + i, 2)]
lines[first:first] = echos
with open(path + "/messages.jsonl", "w") as out:
    for n, event in enumerate(lines):
        out.write(json.dumps(dict(event, n=n), separators=(",", ":")) + "\n")
open(path + "/data.bin", "wb").write(data)
