#!/usr/bin/env python3
"""Fails unless the paths in a second capture are those of the first by a map's rules, and tshark finds nothing malformed in it
that was not before. The judge has Python's regular expressions, smbench those of POSIX.

    mapped_names.py RECORDED.pcap REPLAYED.pcap MAP [KEYS KEYLOG]
"""
import json
import re
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))
import wire  # noqa: E402

OTHERS = ("acl", "ipc$")  # shares that are not
# CREATE, and SET_INFO of FileRenameInformation; of a hard link tshark does not say the name.
WITH_PATHS = ("smb2.flags.response == 0 && (smb2.cmd == 5 || (smb2.cmd == 17 && smb2.class == 1 && "
              "smb2.infolevel == 10))")
ERRORS = 0x800000


def fields(capture, keys, wanted, names):
    """What tshark has for these fields in each message that a filter fits."""
    command = ["tshark", "-r", capture, "-Y", wanted, "-T", "fields", *(wire.tshark_keys(keys) if keys else ())]
    for port in {conn.server[1] for conn in wire.connections(capture)}:
        command += ["-d", f"tcp.port=={port},nbss"]
    for name in names:
        command += ["-e", name]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"tshark: {done.stderr.strip()[-300:]}")
    return [line.split("\t") for line in done.stdout.splitlines()]


def paths(capture, keys):
    """The names in requests of the share that is mapped, in order."""
    rows = fields(capture, keys, WITH_PATHS, ("smb2.tree", "smb2.filename"))
    return [name for tree, name in rows if tree.rpartition("\\")[2].lower() not in OTHERS]


def live(rules, name):
    """What the first rule that fits makes of a path, as it is or as a directory."""
    path, colon, stream = name.replace("\\", "/").partition(":")
    for rule in rules:
        if rule.get("share", "test").lower() != "test":
            continue
        for form in (path, path + "/"):
            found = re.fullmatch(rule["from"], form, re.I)
            if found and form != "/":
                to = re.sub(r"\$(\d)", lambda group: found[int(group[1])] or "", rule["to"])
                return to.replace("\\", "/").rstrip("/") + colon + stream
    return name.replace("\\", "/")


def faults(capture, keys):
    return fields(capture, keys, f"smb2.flags.response == 0 && (_ws.malformed || _ws.expert.severity == {ERRORS})",
                              ("smb2.cmd", "smb2.msg_id", "_ws.expert.message"))


def main():
    recorded, replayed, rules, keys, keylog = (sys.argv[1:] + [None, None])[:5]
    with open(rules) as file:
        rules = json.load(file)["paths"]
    old, new = paths(recorded, keys), paths(replayed, keylog)
    if len(old) != len(new) or not old:
        sys.exit(f"{len(old)} paths, {len(new)} in the second capture")
    for name, now in zip(old, new):
        if now.replace("\\", "/") != live(rules, name):
            sys.exit(f"{name} became {now}, not {live(rules, name)}")
    if old == new:
        sys.exit("no path has changed")
    before, after = faults(recorded, keys), faults(replayed, keylog)
    if before != after:
        sys.exit(f"tshark finds {after} where it found {before}")
    print(f"{sum(a != b for a, b in zip(old, new))} of {len(old)} paths changed, nothing malformed")


main()
