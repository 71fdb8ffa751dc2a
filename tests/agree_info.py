#!/usr/bin/env python3
"""Compares what `smbench info --json` says of captures with what tshark finds in them.

    agree_info.py SMBENCH CAPTURE ...

Of each capture: PDUs by command, direction and status; users and domains of NTLM logons; shares connected; dialects chosen.
Both open sealed messages with the secret that is known of the
capture. Commands are not compared where tests/agree_tshark.exceptions says that the two see different PDUs. The last
line is `N passed, N failed, N skipped`, in captures.
"""
import json
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import agree_tshark
import secrets_of

FIELDS = ["smb2.cmd", "smb2.flags.response", "smb2.nt_status", "smb2.tree", "smb2.dialect", "ntlmssp.auth.username",
          "ntlmssp.auth.domain"]
NEGOTIATE, TREE_CONNECT, CREATE = 0, 3, 5
WILDCARD = "2.???"  # what a multi-protocol NEGOTIATE is answered with, before the dialect that info tells
DIALECTS = {0x202: "2.0.2", 0x210: "2.1", 0x2ff: WILDCARD, 0x300: "3.0", 0x302: "3.0.2", 0x311: "3.1.1"}


def info(smbench, capture, work):
    secrets = secrets_of.smbench_options(capture, Path(work) / "keys")
    done = subprocess.run([smbench, "info", "--json", *secrets, str(capture)], capture_output=True, text=True)
    if not done.stdout:
        raise RuntimeError(f"info: exit status {done.returncode}: {done.stderr.strip()[-300:]}")
    return json.loads(done.stdout)


def tshark_rows(capture, ports):
    """For each frame with SMB2 in it: field to its occurrences."""
    command = ["tshark", "-r", str(capture), "-Y", "smb2", "-T", "fields", "-E", "occurrence=a", "-E", "aggregator=|",
               "-E", "separator=/t", *secrets_of.tshark_options(capture)]
    for port in sorted(ports - set(agree_tshark.USUAL_PORTS)):
        command += ["-d", f"tcp.port=={port},nbss"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False)
    for line in done.stdout.splitlines():
        cells = line.split("\t")
        yield {name: cell.split("|") if cell else [] for name, cell in zip(FIELDS, cells)}


def is_true(text):
    return text in ("1", "True")


def statuses_of(row):
    """The status in the header of each response. tshark calls QueryStatus of an MxAc context, too, nt_status."""
    commands = [int(c) for c, response in zip(row["smb2.cmd"], row["smb2.flags.response"]) if is_true(response)]
    statuses = [int(s, 16) for s in row["smb2.nt_status"]]
    for i, command in enumerate(commands):
        if command == CREATE and len(statuses) > len(commands):
            del statuses[i + 1]
    return iter(statuses)


def theirs(capture, ports):
    found = {"commands": Counter(), "users": set(), "shares": set(), "dialects": set()}
    for row in tshark_rows(capture, ports):
        statuses, trees, dialects = statuses_of(row), iter(row["smb2.tree"]), row["smb2.dialect"]
        for command, response in zip(row["smb2.cmd"], row["smb2.flags.response"]):
            command, status = int(command), None
            if is_true(response):
                status = next(statuses, 0)
                if command == NEGOTIATE and status == 0:
                    found["dialects"] |= {DIALECTS.get(int(d, 16), d) for d in dialects}
            elif command == TREE_CONNECT:
                found["shares"].add(next(trees, ""))
            found["commands"][command, status] += 1
        for user, domain in zip(row["ntlmssp.auth.username"], row["ntlmssp.auth.domain"]):
            found["users"].add(("" if domain == "NULL" else domain, "" if user == "NULL" else user))
    if len(found["dialects"]) > 1:
        found["dialects"].discard(WILDCARD)
    return found


def ours(report, commands):
    found = {"commands": Counter(), "users": set(), "shares": {s["path"] for s in report["shares"]},
             "dialects": {c["dialect"] for c in report["connections"]} - {""}}
    for row in report["commands"]:
        status = row.get("status")
        number = None if status is None else commands.status(status)
        found["commands"][commands.command(row["command"]), number] += row["count"]
    for user in report["users"]:
        if user["mechanism"] == "NTLMSSP" and user["unfinished"] < user["logons"]:
            found["users"].add((user["domain"], user["user"]))
    return found


class Names:
    """Numbers of the names that info prints, from the project's own lists."""

    def __init__(self, root):
        text = (root / "src/proto/smb2_pdu.h").read_text()
        listed = text[text.index("#define SMB2_COMMANDS(X)"):text.index("#define SMB2_COMMAND_ENUM")]
        self.commands = [part.split(")")[0] for part in listed.split("X(")[1:]]
        text = (root / "src/proto/ntstatus_def.h").read_text()
        pairs = [part.split(")")[0].split(", ") for part in text.split("X(") if part.startswith("0x")]
        self.statuses = {name.strip(): int(number, 16) for number, name in pairs}

    def command(self, name):
        return self.commands.index(name) if name in self.commands else int(name, 16)

    def status(self, name):
        return self.statuses[name] if name in self.statuses else int(name, 16)


def compare_capture(smbench, capture):
    exceptions = agree_tshark.Exceptions(agree_tshark.HERE / "agree_tshark.exceptions")
    try:
        with tempfile.TemporaryDirectory() as work:
            report = info(smbench, capture, work)
    except (RuntimeError, ValueError) as error:
        return [f"{type(error).__name__}: {error}"]
    ports = {int(c["server"].rsplit(":", 1)[1]) for c in report["connections"]}
    mine, other = ours(report, Names(agree_tshark.HERE.parent)), theirs(capture, ports)
    excepted = any(rule[2] == "count" and agree_tshark.fnmatch.fnmatchcase(capture.name, rule[0])
                   for rule in exceptions.rules)
    lines = []
    for what, value in mine.items():
        if value != other[what] and not (excepted and what == "commands"):
            more, less = ((value - other[what]), (other[what] - value))
            lines.append(f"{what}: info has also {dict(more) if what == 'commands' else more}, "
                         f"tshark {dict(less) if what == 'commands' else less}")
    return lines


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    smbench, captures = sys.argv[1], [Path(a) for a in sys.argv[2:]]
    passed, failed = 0, 0
    with ProcessPoolExecutor() as pool:
        for capture, lines in zip(captures, pool.map(compare_capture, [smbench] * len(captures), captures)):
            if lines:
                print(f"FAILED: {capture.name}")
            for line in lines:
                print("\t" + line)
            passed, failed = passed + (not lines), failed + bool(lines)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
