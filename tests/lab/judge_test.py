#!/usr/bin/env python3
"""The judge can fail: a capture agrees with itself, and each kind of change made in it by hand is found.

    judge_test.py CAPTURES-DIR        (tests/captures)
"""
import struct
import sys
import tempfile
from pathlib import Path

import judge
import wire


def edited(source, out, edit):
    """A copy of a capture with some packets' SMB2 bytes changed: edit(number, from_client, payload) gives them or None."""
    data = bytearray(source.read_bytes())
    pos, packet = 24, 0
    while pos < len(data):
        length = struct.unpack_from("<I", data, pos + 8)[0]
        packet += 1
        ip = pos + 16 + 14
        tcp = ip + (data[ip] & 15) * 4
        start = tcp + (data[tcp + 12] >> 4) * 4
        end = pos + 16 + length
        if data[start + 4:start + 8] == b"\xfeSMB":
            from_client = not data[start + 4 + 16] & 1
            changed = edit(packet, from_client, bytes(data[start:end]))
            if changed is not None:
                assert len(changed) == end - start
                data[start:end] = changed
        pos = end
    out.write_bytes(data)


def once(wanted_command, from_client, at, value, status=None):
    """An edit: bytes at an offset of the first PDU of that command and direction (and status)."""
    done = []

    def edit(_packet, client, payload):
        command = struct.unpack_from("<H", payload, 4 + 12)[0]
        if done or client != from_client or command != wanted_command:
            return None
        if status is not None and struct.unpack_from("<I", payload, 4 + 8)[0] != status:
            return None
        done.append(1)
        return payload[:4 + at] + value + payload[4 + at + len(value):]
    return edit


def interim_gone(_packet, _client, payload):
    """An edit: interim answers are none of SMB2 any more."""
    status, _, flags = struct.unpack_from("<III", payload, 4 + 8)
    return payload[:4] + b"\xffSMB" + payload[8:] if status == wire.STATUS_PENDING and flags & wire.FLAG_ASYNC else None


def lock_is_flush(_packet, _client, payload):
    """An edit: what was a LOCK is a FLUSH, which nobody else holds up."""
    return payload[:16] + b"\7\0" + payload[18:] if struct.unpack_from("<H", payload, 16)[0] == judge.LOCK else None


CASES = [
    # name, edit, exact, same outcome
    ("nothing changed", lambda *_: None, True, True),
    ("a session id", once(3, True, 40, b"\1\2\3\4\5\6\7\x08"), True, True),
    ("a tree id", once(5, True, 36, b"\1\2\3\4"), True, True),
    ("a file id", once(6, True, 64 + 8, b"\7" * 16), True, True),
    ("a message id", once(5, True, 24, b"\xff"), False, True),
    ("a credit charge", once(5, True, 6, b"\x09"), False, True),
    ("a reserved field", once(5, True, 32, b"\x09"), False, True),
    ("a desired access", once(5, True, 64 + 24, b"\0\0\0\x40"), False, True),
    ("a create name", once(5, True, 64 + 56, b"Q"), False, True),
    ("a padding byte of a session setup", once(1, True, 64 + 3, b"\x09"), False, True),
    ("a status", once(5, False, 8, b"\x22\0\0\xc0", status=0), True, False),
    ("a granted oplock", once(5, False, 64 + 2, b"\x33", status=0), True, False),
    ("a create action", once(5, False, 64 + 4, b"\x33", status=0), True, False),
    ("a break notification's level", once(18, False, 64 + 2, b"\x33"), True, False),
    ("an end of file, which is not judged", once(5, False, 64 + 48, b"\x33", status=0), True, True),
    ("an answer for another message", once(6, False, 24, b"\xee"), True, False),
]


def main():
    source = Path(sys.argv[1]) / "smbtorture-oplock.exclusive2.pcap"
    failed = 0
    with tempfile.TemporaryDirectory() as work:
        other = Path(work) / "edited.pcap"
        for name, edit, exact, outcome in CASES:
            edited(source, other, edit)
            result = judge.Result(name)
            judge.compare(result, source, other)
            good = (result.exact, result.outcome) == (exact, outcome)
            same = source.read_bytes() == other.read_bytes()
            if same != (name == "nothing changed"):
                good = False
            failed += not good
            print(f"{'ok' if good else 'FAILED'}: {name}: {result.reason() or 'nothing found'}")
        # A capture without its last connection's packets.
        whole = wire.connections(source)
        result = judge.Result("a connection less")
        cut = Path(work) / "cut.pcap"
        data = source.read_bytes()
        pos, keep = 24, bytearray(data[:24])
        while pos < len(data):
            end = pos + 16 + struct.unpack_from("<I", data, pos + 8)[0]
            if struct.pack(">H", whole[-1].client[1]) not in (data[pos + 50:pos + 52], data[pos + 52:pos + 54]):
                keep += data[pos:end]
            pos = end
        cut.write_bytes(keep)
        judge.compare(result, source, cut)
        good = not result.exact and not result.outcome
        failed += not good
        print(f"{'ok' if good else 'FAILED'}: a connection less: {result.reason()}")
        # An interim answer that does not come.
        source, other, flush, gone = (Path(sys.argv[1]) / "smbtorture-lock.async.pcap", Path(work) / "lock.pcap",
                                      Path(work) / "flush.pcap", Path(work) / "gone.pcap")
        edited(source, other, interim_gone)
        edited(source, flush, lock_is_flush)
        edited(flush, gone, interim_gone)
        for name, old, new, by_rule in (("interim answer of a LOCK", source, other, False),
                                        ("interim answer of a FLUSH", flush, gone, True)):
            result = judge.Result(name)
            judge.compare(result, old, new)
            good = result.exact and (result.outcome, result.only_interims) == (False, by_rule)
            failed += not good
            print(f"{'ok' if good else 'FAILED'}: {name}: {result.reason()}")
    print(f"{len(CASES) + 3 - failed} passed, {failed} failed, 0 skipped")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
