#!/usr/bin/python3
"""Holds the state that a workload implies against the share that it was recorded on.

    state_agrees.py WORKLOAD WALK ORIGINAL [READ]

WALK is what state_share.py says of the share before the recording, ORIGINAL a copy of its files. What state.jsonl says must
be so, to the byte. Without READ the recording is that of state_session.py, and what that left unseen or made itself must be
so in it; with READ one that listed all names, and read all files below that directory.
"""
import json
import os
import re
import sys
from datetime import datetime, timedelta

from samba.dcerpc import security
from samba.ndr import ndr_unpack

# What the session read before it, or the other client, wrote there.
PIECES = {"whole.bin": [(0, 100000)], "part.bin": [(0, 1000), (5500, 50000), (55000, 100000)], "cut.bin": [(0, 20000)],
          "zeroed.bin": [(0, 10000), (30000, 50000)], "other.bin": [(0, 7000), (7006, 20000)],
          "copied.bin": [(0, 1000), (3000, 30000), (30100, 40000)], "gone.txt": [(0, 600)], "moved.txt": [(0, 700)],
          "dir\\inner\\deep.txt": [(0, 800)], "source.bin": [], "over.bin": []}
ABSENT = {"blind\\elsewhere.txt", "blind\\renamed", "blind\\none", "blind\\made", *(f"seen\\d{n}\\nowhere" for n in range(5))}
NO_EA_SIZES = "seen\\d0\\"  # listed in a class that has no sizes of EAs
NEVER_LISTED = ("seen\\d5", "blind")
GUESSED = {"blind\\way\\file": ["kind"]}


class Checker:
    def __init__(self, workload, walk, original, read):
        self.walk, self.original, self.read, self.wrong, self.checked = walk, original, read, [], 0
        self.data = open(os.path.join(workload, "data.bin"), "rb").read()

    def same(self, name, what, got, expected):
        self.checked += 1
        if got != expected:
            self.wrong.append(f"{name}: {what}: {got!r:.200}, the share had {expected!r:.200}")

    def pieces(self, name, contents, whole):
        """Every byte that is said must have been there. Returns the ranges, adjacent ones as one."""
        ranges = []
        for at, place, *size in contents:
            seen = self.data[place:place + size[0]] if size else bytes.fromhex(place)
            self.same(name, f"bytes at {at}", seen, whole[at:at + len(seen)])
            begin = ranges.pop()[0] if ranges and ranges[-1][1] == at else at
            ranges.append((begin, at + len(seen)))
        return ranges

    def entry(self, name, said, was):
        self.same(name, "kind", said["kind"], was["kind"])
        if "attributes" in said:
            self.same(name, "attributes", int(said["attributes"], 16), was["attributes"])
        times = said.get("times", {})
        if "write" in times:
            self.same(name, "written", times["write"], file_time(was["write"]))
        if "creation" in times:
            self.same(name, "created", datetime.strptime(times["creation"][:19], "%Y-%m-%dT%H:%M:%S"),
                      datetime.strptime(was["creation"], "%a %b %d %H:%M:%S %Y UTC"))
        if "size" in said:
            self.same(name, "size", said["size"], was["size"])
        if "security" in said and was["security"] is not None:
            self.same(name, "security", ndr_unpack(security.descriptor, bytes.fromhex(said["security"])).as_sddl(), was["security"])
        if "eas" in said:
            self.same(name, "EAs", {ea["name"].upper(): ea["value"] for ea in said["eas"]}, was["eas"])
        elif said["why"] == "listed" and not name.startswith(NO_EA_SIZES) and "eas" not in said.get("doubts", ()):
            self.same(name, "EAs", {}, was["eas"])
        if "streams" in said:
            self.same(name, "streams", {s["name"]: s["size"] for s in said["streams"]},
                      {n: len(v) // 2 for n, v in was["streams"].items()})
            for stream in said["streams"]:
                self.pieces(f"{name}:{stream['name']}", stream.get("contents", ()), bytes.fromhex(was["streams"][stream["name"]]))
        if said["kind"] == "file":
            whole = open(os.path.join(self.original, name.replace("\\", "/")), "rb").read()
            ranges = self.pieces(name, said.get("contents", ()), whole)
            if self.read is None and name.startswith("blind\\") and name[6:] in PIECES:
                self.same(name, "what was read", ranges, PIECES[name[6:]])
            if self.read is not None and name.startswith(self.read + "\\"):
                self.same(name, "what was read", ranges, [(0, len(whole))] if whole else [])
        self.same(name, "doubts", [d for d in said.get("doubts", ()) if d != "eas"],
                  GUESSED.get(name, []) if self.read is None else [])
        if "eas" in said.get("doubts", []):
            self.same(name, "EAs that nobody saw", bool(was["eas"]), True)


def file_time(ticks):
    stamp = datetime(1601, 1, 1) + timedelta(microseconds=ticks // 10)
    return stamp.strftime("%Y-%m-%dT%H:%M:%S.%f") + f"{ticks % 10}Z"


def main():
    workload, walk, original, read = [*sys.argv[1:], None][:4]
    check = Checker(workload, json.load(open(walk)), original, read)
    said = {}
    for line in open(os.path.join(workload, "state.jsonl"), encoding="utf-8"):
        entry = json.loads(line)
        if "kind" in entry and entry["path"]:
            said[entry["path"]] = entry
    spelled = {name.lower(): name for name in check.walk}
    for name, entry in said.items():
        # What was opened by name only is spelled as the client did.
        name = spelled.get(name.lower(), name)
        if entry["kind"] == "absent":
            check.same(name, "there", False, name in check.walk)
        elif name not in check.walk:
            check.wrong.append(f"{name}: the share had none")
        else:
            check.entry(name, entry, check.walk[name])
    if read is None:
        check.same("all", "absent", {name for name, entry in said.items() if entry["kind"] == "absent"}, ABSENT)
    for name in sorted(set(spelled) - {name.lower() for name in said}):
        if read is not None or not name.startswith(NEVER_LISTED):
            check.wrong.append(f"{name}: is missing")
    print("\n".join(check.wrong[:20]))
    print(f"{len(said)} names, {check.checked} things compared, {len(check.wrong)} differ")
    sys.exit(bool(check.wrong))


if __name__ == "__main__":
    main()
