#!/usr/bin/env python3
"""Changes a workload in one way, for bad-input.sh, options.sh and pace.sh.

    damage.py dangling|key|top-key|syntax|version|gap|stall|late WORKLOAD
"""
import json
import sys
from pathlib import Path


def dangling(lines):
    """The first patch with a file id takes one that no response defines."""
    for i, line in enumerate(lines):
        event = json.loads(line)
        for patch in event.get("patches", []):
            if patch[2].startswith("open."):
                patch[2] = "open.999"
                lines[i] = json.dumps(event)
                return
    sys.exit("damage: no patch with a file id")


def key(lines):
    event = json.loads(lines[2])
    event["colour"] = "blue"
    lines[2] = json.dumps(event)


def syntax(lines):
    lines[2] = lines[2][:-1]


def later(lines, first):
    """All from one event on happens 1,000 seconds later."""
    for i in range(first, len(lines)):
        event = json.loads(lines[i])
        t = event.get("t", 0)
        more = 1000 * 10**9
        event["t"] = [x + more for x in t] if isinstance(t, list) else t + more
        lines[i] = json.dumps(event)


def first_in_second_half(lines, what):
    return next(i for i in range(len(lines) // 2, len(lines)) if json.loads(lines[i])["ev"] == what)


def gap(lines):
    """From a request of the second half on: the client took its time."""
    later(lines, first_in_second_half(lines, "send"))


def stall(lines):
    """From an answer of the second half on: the server took its time."""
    later(lines, first_in_second_half(lines, "recv"))


def late(lines):
    """A response to CLOSE is recorded twice, so the second one never comes."""
    for i, line in enumerate(lines):
        event = json.loads(line)
        if event["ev"] == "recv" and event.get("cmd") == "CLOSE":
            lines.insert(i + 1, line)
            break
    for i in range(len(lines)):
        event = json.loads(lines[i])
        event["n"] = i
        lines[i] = json.dumps(event)


def main():
    what, workload = sys.argv[1], Path(sys.argv[2])
    if what in ("top-key", "version"):
        path = workload / "workload.json"
        top = json.loads(path.read_text())
        if what == "version":
            top["version"] = 4711
        else:
            top["colour"] = "blue"
        path.write_text(json.dumps(top, indent=1))
        return
    path = workload / "messages.jsonl"
    lines = path.read_text().splitlines()
    changes = {"dangling": dangling, "key": key, "syntax": syntax, "gap": gap, "stall": stall, "late": late}
    changes[what](lines)
    path.write_text("\n".join(lines) + "\n")


main()
