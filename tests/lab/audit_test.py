#!/usr/bin/env python3
"""The audit's test can fail: a replay's capture, made by hand, agrees with an audit that lists just its changes, and with
no other.

    audit_test.py CAPTURES-DIR        (tests/captures)
"""
import json
import sys
import tempfile
from pathlib import Path

import audit
import judge
import wire
from judge_test import edited, once

def file_id():
    return once(6, True, 64 + 8, bytes(range(0xF0, 0x100)))


def name():
    return once(5, True, 64 + 56, b"Q")


def nothing():
    return lambda *_: None


def client_messages(path):
    return [m for c in wire.connections(path) for m in c.messages if m.from_client]


def workload(messages, folder):
    """As much of a workload as an audit is read with: event numbers in the order of `messages`."""
    folder.mkdir()
    events = [json.dumps({"n": n, "ev": "send", "c": m.connection}) for n, m in enumerate(messages, 1)]
    (folder / "messages.jsonl").write_text("\n".join(events) + "\n")


def honest(old, new):
    """The rows of an audit: each run of bytes that differ."""
    rows = []
    for number, (a, b) in enumerate(zip(old, new), 1):
        x, y = audit.framed(a.data), audit.framed(b.data)
        differing = judge.unequal(x, y)
        for at in differing:
            if at - 1 not in differing:
                end = next(i for i in range(at, len(x) + 1) if i not in differing)
                rows.append([number, a.frame, a.connection, at, end - at, end - at, "id", x[at:end].hex(), y[at:end].hex()])
    return rows


def edit_row(column, value):
    def edit(rows):
        rows[0][column] = value(rows[0]) if callable(value) else value
        return rows
    return edit


def shorter(rows):
    rows[0][4:6] = [rows[0][4] - 1] * 2
    rows[0][7:9] = [text[:-2] for text in rows[0][7:9]]
    return rows


def more(rows):
    return rows + [[*rows[0][:3], rows[0][3] + 20, 1, 1, "id", "00", "01"]]


def left_out(rows):
    return [row for row in rows if row[0] != rows[0][0]] + [[*rows[0][:3], 0, 4, 0, "left out", "00000058", ""]]


def extra(rows):
    return rows + [[*rows[0][:3], 0, 0, 2, "extra leg", "", "0001"]]


def check_lengths():
    """Offsets are those of the sent message: what comes before may have another length."""
    changes = [audit.Change(2, b"cd", b"CCDD", "a"), audit.Change(8, b"g", b"GG", "b"), audit.Change(12, b"", b"!", "c")]
    return audit.rebuilt(b"abcdefghi", changes) == b"abCCDDefGGhi!"


CASES = [
    # title, edit of the capture, edit of the audit, exact
    ("all is listed", file_id, lambda rows: rows, True),
    ("nothing changed, nothing listed", nothing, lambda rows: rows, True),
    ("a change is not listed", file_id, lambda rows: rows[1:], False),
    ("a change is listed a byte short", file_id, shorter, False),
    ("other bytes are listed as sent", file_id, edit_row(8, "08" * 16), False),
    ("other bytes are listed as recorded", file_id, edit_row(7, "08" * 16), False),
    ("a place is listed that did not change", file_id, more, False),
    ("a listed place is another", file_id, edit_row(3, lambda row: row[3] - 1), False),
    ("a message is listed that is none", file_id, edit_row(0, 999), False),
    ("another message is listed", file_id, edit_row(0, lambda row: row[0] + 1), False),
    ("a message is listed as left out that went out", file_id, left_out, False),
    ("an extra message is listed that did not go out", file_id, extra, False),
    ("a change is marked undeclared", file_id, edit_row(6, "UNDECLARED"), False),
    ("a name changed that no answer held", name, lambda rows: rows, False),
    ("a listed change does not change", file_id, edit_row(8, lambda row: row[7]), False),
]


def check_origins():
    """A value of an answer may be replaced by that of the live answer's same place, in what comes after it."""
    origins = audit.Origins([(10, b"....abcd....", b"....wxyz....")])
    change, other = (audit.Change(0, b"abcd", sent, "value") for sent in (b"wxyz", b"wxy."))
    return (origins.gave(change, 11), origins.gave(change, 10), origins.gave(other, 11)) == (True, False, False)


def main():
    source, failed = Path(sys.argv[1]) / "smbtorture-oplock.exclusive2.pcap", 0
    with tempfile.TemporaryDirectory() as work:
        other, log, folder = Path(work) / "edited.pcap", Path(work) / "audit", Path(work) / "workload"
        recorded = client_messages(source)
        workload(recorded, folder)
        for title, edit, edit_rows, exact in CASES:
            edited(source, other, edit())
            rows = edit_rows(honest(recorded, client_messages(other)))
            log.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
            result = judge.Result(title)
            judge.compare(result, source, other, log, folder)
            good = result.exact == exact
            failed += not good
            print(f"{'ok' if good else 'FAILED'}: {title}: {result.reason() or 'nothing found'}")
    for title, good in (("values of answers", check_origins()), ("changes of length", check_lengths())):
        failed += not good
        print(f"{'ok' if good else 'FAILED'}: {title}")
    print(f"{len(CASES) + 2 - failed} passed, {failed} failed, 0 skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
