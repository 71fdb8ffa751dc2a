"""What `smbench replay --audit` says it changed, held against two captures: the recorded bytes and the audit's lines must
give the bytes of the second capture, every one."""
import json
import struct
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path


class AuditError(Exception):
    pass


@dataclass
class Change:
    at: int  # in the sent message, the frame header included
    recorded: bytes
    sent: bytes
    what: str


def message_numbers(workload):
    """Event to (connection, which of the client's messages there)."""
    index, sends = {}, defaultdict(int)
    with open(Path(workload) / "messages.jsonl") as lines:
        for event in map(json.loads, lines):
            if event["ev"] == "send":
                index[event["n"]] = (event["c"], sends[event["c"]])
                sends[event["c"]] += 1
    return index


@dataclass
class Audit:
    changes: dict  # (connection, client message) to its changes, in order; a message left out is sent as nothing
    extras: list  # (connection, bytes) of messages that were not recorded


def read(path, workload):
    index, out = message_numbers(workload), Audit(defaultdict(list), [])
    with open(path, errors="replace") as lines:
        for row in (line.rstrip("\n").split("\t") for line in lines):
            if len(row) != 9 or not row[0].isdigit():
                continue
            change = Change(int(row[3]), bytes.fromhex(row[7]), bytes.fromhex(row[8]), row[6])
            where = f"the audit's event {row[0]}, {change.what} at {change.at}"
            if int(row[0]) not in index:
                raise AuditError(f"{where}: no message")
            if change.what == "UNDECLARED":
                raise AuditError(f"{where}: an undeclared change")
            if (len(change.recorded), len(change.sent)) != (int(row[4]), int(row[5])):
                raise AuditError(f"{where}: other widths than its bytes")
            if change.recorded == change.sent:
                raise AuditError(f"{where}: nothing changed")
            if change.what.startswith("extra ") and not change.recorded:
                out.extras.append((int(row[2]), change.sent))
            else:
                out.changes[index[int(row[0])]].append(change)
    for changes in out.changes.values():
        changes.sort(key=lambda change: change.at)
    return out


def framed(data):
    return struct.pack(">I", len(data)) + data


def rebuilt(recorded, changes):
    """The message that must have gone out, by what was recorded (its frame header included) and what the audit lists."""
    out, done = b"", 0
    for change in changes:
        at = change.at - len(out) + done
        if at < done:
            raise AuditError(f"{change.what} at {change.at} lies in what is listed before it")
        if recorded[at:at + len(change.recorded)] != change.recorded:
            raise AuditError(f"{change.what} at {change.at}: that is not what was recorded")
        out += recorded[done:at] + change.sent
        done = at + len(change.recorded)
    return out + recorded[done:]


class Origins:
    """Which values the server gave: pairs of a recorded answer and the live one in its place."""

    def __init__(self, pairs):
        self.pairs = sorted(pairs)  # (frame of the recorded answer, its bytes, the live one's bytes)

    def gave(self, change, frame):
        """Was what is replaced in an answer before this frame, and its replacement at the same place of the live one?"""
        for before, recorded, live in self.pairs:
            if before >= frame:
                return False
            at = recorded.find(change.recorded)
            while at >= 0:
                if live[at:at + len(change.sent)] == change.sent:
                    return True
                at = recorded.find(change.recorded, at + 1)
        return False
