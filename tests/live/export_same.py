#!/usr/bin/env python3
"""Exports captures: tshark sees in the export what is in the workload, and compile makes the workload of it again.

    export_same.py SMBENCH CAPTURE ...

A capture without a message is passed over. The last line is `N passed, N failed, N skipped`, in captures.
"""
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

TESTS = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(TESTS))
import secrets_of  # noqa: E402

WARNING = 0x00600000
SEAL = 52
# What an export cannot have: the frames' numbers, and what was around the packets.
TOTALS_OF_PACKETS = {"packets", "opened"}
LOST_OF_PACKETS = {"snaplen_cut_packets", "lost_fragments", "bad_packets", "conflicting_bytes"}
# tshark dissects a header that is none: StructureSize 319.
NO_PDU = {"zeek__smb2_fscontrol.pcap"}
# Said of what the capture lost, and nothing else.
OF_GAPS = re.compile(r"(ACKed segment that wasn't|Previous segment\(s\) not) captured")


def run(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=False)


class Workload:
    def __init__(self, path):
        self.data = (path / "data.bin").read_bytes()
        self.meta = json.loads((path / "workload.json").read_text())
        with open(path / "messages.jsonl") as lines:
            self.events = [self.event(line) for line in lines]

    def event(self, line):
        """An event with its bytes, and as it is plain."""
        event = json.loads(line)
        event.pop("frame", None)
        for key in {"data", "compressed"} & set(event):
            places = event[key] if isinstance(event[key][0], list) else [event[key]]
            event[key] = b"".join(self.data[at:at + n] for at, n in places).hex()
        if event.pop("sealed", None) and "cuts" in event:
            event["cuts"] = [at if at <= 4 else at - SEAL for at in event["cuts"] if at <= 4 or at > 4 + SEAL]
        return event

    def summary(self):
        """What workload.json says, as it is plain."""
        meta = {key: value for key, value in self.meta.items() if key not in ("sources", "options")}
        for key, passed_over in (("totals", TOTALS_OF_PACKETS), ("lost", LOST_OF_PACKETS)):
            meta[key] = {k: v for k, v in meta[key].items() if k not in passed_over}
        for key in ("stream_bytes", "message_bytes"):
            meta["totals"][key] -= SEAL * self.meta["totals"]["opened"]
        return meta

    def ports(self):
        return sorted({int(c["server"].rsplit(":", 1)[1]) for c in self.meta["connections"]} - {139, 445})


# Captures on loopback have no checksums, and tshark looks no further into a segment whose checksum is wrong.
UNCHECKED = ("-o", "tcp.check_checksum:FALSE", "-o", "ip.check_checksum:FALSE")


def tshark(capture, ports, *options):
    as_smb = [word for port in ports for word in ("-d", f"tcp.port=={port},nbss")]
    return run("tshark", "-r", capture, *as_smb, "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE",
               *options).stdout.splitlines()


def complaints(capture, ports, *options):
    """What tshark finds wrong, each with how often."""
    lines = tshark(capture, ports, "-Y", f"_ws.expert.severity >= {WARNING}", "-T", "fields", "-E", "aggregator=|",
                   "-e", "_ws.expert.severity", "-e", "_ws.expert.message", *options)
    found = Counter()
    for line in lines:
        severities, texts = (part.split("|") for part in line.split("\t", 1))
        found.update(text for severity, text in zip(severities, texts) if int(severity, 0) >= WARNING)
    return found


def pdus_of(smbench, workload):
    """Command and MessageId of each PDU."""
    shown = (json.loads(line) for line in run(smbench, "show", "--json", workload).stdout.splitlines())
    return [(pdu["command"], pdu["message_id"]) for pdu in shown if "command" in pdu]


def pdus_in(capture, ports):
    lines = tshark(capture, ports, "-Y", "smb2.cmd", "-T", "fields", "-e", "smb2.cmd", "-e", "smb2.msg_id")
    return [(int(command), int(number)) for line in lines
            for command, number in zip(*(field.split(",") for field in line.split("\t")))]


def first_difference(a, b):
    for number, (x, y) in enumerate(zip(a, b)):
        if x != y:
            return f"at {number}: {str(x)[:200]} became {str(y)[:200]}"
    return f"{len(a)} became {len(b)}"


def disagreements(smbench, capture, work):
    """Yields what is wrong; None: there is nothing to export."""
    one, again, exported = work / "one.smb", work / "again.smb", work / "one.pcapng"
    secrets = secrets_of.smbench_options(capture, work / "keys")
    done = run(smbench, "compile", *secrets, capture, "-o", one)
    if not (one / "workload.json").exists():
        if "0 messages" not in done.stderr:
            yield f"compile: {done.stderr.strip()[-300:]}"
        yield None
        return
    done = run(smbench, "export", one, "-o", exported)
    if done.returncode:
        yield f"export: exit status {done.returncode}: {done.stderr.strip()}"
        return
    recorded = Workload(one)
    sealed = recorded.meta["totals"]["opened"]
    if sealed and f"{sealed} messages that were sealed stand plain" not in done.stdout:
        yield f"{sealed} messages were sealed, and export says: {done.stdout.strip()}"
    done = run(smbench, "compile", exported, "-o", again)
    if done.returncode:
        yield f"compile of the export: exit status {done.returncode}: {done.stderr.strip()}"
        return
    compiled = Workload(again)
    if recorded.events != compiled.events:
        yield "events: " + first_difference(recorded.events, compiled.events)
    if recorded.summary() != compiled.summary():
        yield "workload.json: " + first_difference(sorted(recorded.summary().items()), sorted(compiled.summary().items()))
    ours, theirs = pdus_of(smbench, one), pdus_in(exported, recorded.ports())
    if ours != theirs and capture.name not in NO_PDU:
        yield "tshark's PDUs: " + first_difference(ours, theirs)
    found = complaints(exported, recorded.ports())
    if any(event["ev"] == "gap" for event in recorded.events):
        found = Counter({text: n for text, n in found.items() if not OF_GAPS.match(text)})
    found -= complaints(capture, recorded.ports(), *UNCHECKED, *secrets_of.tshark_options(capture))
    if found:
        yield f"tshark finds what it does not in the capture: {dict(found)}"


def compare(smbench, capture):
    with tempfile.TemporaryDirectory() as work:
        try:
            return list(disagreements(smbench, capture, Path(work)))
        except (ValueError, KeyError, OSError) as error:
            return [f"{type(error).__name__}: {error}"]


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    smbench, captures = sys.argv[1], [Path(a) for a in sys.argv[2:]]
    passed = failed = 0
    with ProcessPoolExecutor(2) as pool:
        for capture, lines in zip(captures, pool.map(compare, [smbench] * len(captures), captures)):
            if lines == [None]:
                continue
            print(f"{'FAILED' if lines else 'ok'}: {capture.name}")
            for line in filter(None, lines):
                print("\t" + line)
            passed, failed = passed + (not lines), failed + bool(lines)
    print(f"{passed} passed, {failed} failed, 0 skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
