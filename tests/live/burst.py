#!/usr/bin/env python3
"""burst.py WORKLOAD: puts the answers to all WRITE requests behind the last of these, as if the client had sent all at once."""
import json
import sys

path = sys.argv[1] + "/messages.jsonl"
lines = [json.loads(line) for line in open(path)]
last = max(i for i, e in enumerate(lines) if e["ev"] == "send" and e.get("cmd") == "WRITE")
answers = [e for e in lines[:last] if e["ev"] == "recv" and e.get("cmd") == "WRITE"]
kept = [e for e in lines[:last + 1] if e not in answers]
for e in answers:
    e["t"] = kept[-1]["t"]
with open(path, "w") as out:
    for n, e in enumerate(kept + answers + lines[last + 1:]):
        out.write(json.dumps(dict(e, n=n), separators=(",", ":")) + "\n")
print(len(answers))
