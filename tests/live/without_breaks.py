#!/usr/bin/env python3
"""Takes the breaks of a workload, their acknowledgments and the answers to these out of it: a server that breaks all the
same then sends breaks that were not recorded.

    without_breaks.py WORKLOAD
"""
import json
import sys
from pathlib import Path

file = Path(sys.argv[1]) / "messages.jsonl"
events = [json.loads(line) for line in file.read_text().splitlines()]
kept = [e for e in events if e.get("cmd") != "OPLOCK_BREAK"]
if len(kept) == len(events):
    sys.exit("no breaks in it")
with file.open("w") as out:
    for number, event in enumerate(kept):
        event["n"] = number
        out.write(json.dumps(event, separators=(",", ":")) + "\n")
