#!/usr/bin/env python3
"""Fails unless an audit (`smbench replay --audit`) covers exactly the bytes in which a replay differs from the recording.

    check_audit.py WORKLOAD REPLAYED AUDIT

REPLAYED is a second capture of the replay, compiled. Its client messages must be the workload's, in their order on each
connection. Outside of what the audit lists all bytes must be equal, and what it lists must differ, and be what was sent.
"""
import json
import sys
from collections import defaultdict
from pathlib import Path


def sends(folder):
    """Of each connection the client's messages: (event number, bytes)."""
    data = (folder / "data.bin").read_bytes()
    found = defaultdict(list)
    for line in (folder / "messages.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["ev"] == "send":
            extents = event["data"] if isinstance(event["data"][0], list) else [event["data"]]
            found[event["c"]].append((event["n"], b"".join(data[at:at + n] for at, n in extents)))
    return found


def read_audit(path):
    """Of each event: (offset, recorded, sent)."""
    entries = defaultdict(list)
    for line in Path(path).read_text().splitlines():
        columns = line.split("\t")
        if len(columns) != 9:
            continue
        event, _, _, offset, width, sent_width, what = columns[:7]
        recorded, sent = (bytes.fromhex(text) for text in columns[7:])
        if what == "UNDECLARED":
            sys.exit(f"event {event}: an undeclared change")
        if (len(recorded), len(sent)) != (int(width), int(sent_width)):
            sys.exit(f"event {event}: {what}: widths {width}, {sent_width} of other bytes")
        if recorded == sent:
            sys.exit(f"event {event}: {what} at {offset} does not differ")
        entries[int(event)].append((int(offset), recorded, sent))
    return entries


def undo(event, message, entries):
    """The message with all that is listed put back as recorded."""
    for offset, recorded, sent in reversed(entries):
        if message[offset:offset + len(sent)] != sent:
            sys.exit(f"event {event}: what is listed at {offset} was not sent")
        message = message[:offset] + recorded + message[offset + len(sent):]
    return message


def main():
    workload, replayed = sends(Path(sys.argv[1])), sends(Path(sys.argv[2]))
    audit = read_audit(sys.argv[3])
    checked = 0
    if workload.keys() != replayed.keys():
        sys.exit(f"connections {sorted(workload)} and {sorted(replayed)}")
    for conn, messages in workload.items():
        if len(messages) != len(replayed[conn]):
            sys.exit(f"connection {conn}: {len(messages)} messages and {len(replayed[conn])}")
        for (event, recorded), (_, sent) in zip(messages, replayed[conn]):
            if undo(event, sent, audit.pop(event, [])) != recorded:
                sys.exit(f"event {event}: bytes differ that the audit does not list")
            checked += 1
    if audit:
        sys.exit(f"listed events that are no messages: {sorted(audit)}")
    print(f"{checked} messages")


main()
