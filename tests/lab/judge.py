"""Compares a capture of a replay with the capture it came from, without smbench's own code.

Exact: the client sent the same messages in the same order over all connections; every byte that differs lies in a
field that a replay may patch (ALLOWED below, by MS-SMB2), or is a value that the server gave in an earlier answer; and
the recorded messages with the changes of `replay --audit` made in them are the sent ones, byte for byte.
Same outcome: every response has the recorded status, granted oplock, lease and create action, the break notifications
of each connection came in number, kind and order and no later or sooner among the answers, and the server closed the
connections it had closed.

An interim STATUS_PENDING counts as a response where it tells what the server does: the request waits for somebody else
(class Waits, as src/ir/interim.c has it). Any other, smbd sends whenever the final answer takes longer than half a
millisecond; when nothing differs but such interim answers, the outcome is the same, and `only_interims` says so.

Of sealed traffic the same holds for what tshark finds in it; the same messages are sealed.

    judge.py RECORDED.pcap REPLAYED.pcap [AUDIT WORKLOAD [KEYS KEYLOG]]

KEYS and KEYLOG open the two captures: session keys in the form of Wireshark's smb2_seskey_list.
"""
import bisect
import struct
import sys
from pathlib import Path

import audit as audits
from wire import (FLAG_ASYNC, FLAG_SIGNED, NO_MESSAGE_ID, STATUS_PENDING, CaptureError, connections, create_contexts,
                  pdus)

NEGOTIATE, SESSION_SETUP, TREE_CONNECT, CREATE, LOCK, IOCTL = 0, 1, 3, 5, 10, 11
CHANGE_NOTIFY, SET_INFO, OPLOCK_BREAK = 15, 17, 18
# Where a request's body holds a FileId (MS-SMB2 2.2.15 to 2.2.39).
FILE_ID_AT = {6: 8, 7: 8, 8: 16, 9: 16, 10: 8, 11: 8, 14: 8, 15: 8, 16: 24, 17: 16, 18: 8}
FRAME_HEADER = 4
COPYCHUNK = (0x001440F2, 0x001480F2)
RELAID = ("name", "sid", "layout", "padding")  # what the audit calls that a map changes, and what follows from it


class Result:
    def __init__(self, name):
        self.name = name
        self.messages = self.responses = self.equal = self.extra = 0
        self.exact = self.outcome = self.only_interims = True
        self.skipped = None
        self.reasons = []
        self.attempt = 1
        self.pace = "recorded"
        self.sealed = False
        self.again = None  # (replays with the same outcome, replays)

    def skip(self, reason):
        self.skipped = reason

    def miss(self, reason):
        """The replay as a whole failed."""
        self.exact = self.outcome = self.only_interims = False
        self.reasons.append(reason)

    def inexact(self, reason):
        self.exact = False
        self.reasons.append(reason)

    def differs(self, reason, interim=False):
        """`interim`: only a STATUS_PENDING came or did not come, whose final answer is judged by itself."""
        self.outcome = False
        self.only_interims = self.only_interims and interim
        self.reasons.append(reason)

    def same(self):
        return self.outcome or self.only_interims

    def good(self):
        return bool(self.skipped) or self.exact and self.same()

    def reason(self):
        if self.skipped:
            return self.skipped
        if not self.reasons:
            return f"attempt {self.attempt}" if self.attempt > 1 else ""
        more = f" (and {len(self.reasons) - 1} more)" if len(self.reasons) > 1 else ""
        return self.reasons[0] + more


def look(result, capture, keys=None):
    """Counts what the recorded capture holds, and marks it skipped when there is nothing to judge."""
    found = connections(capture, keys)
    messages = [m for c in found for m in c.messages]
    result.messages = sum(m.from_client for m in messages)
    result.responses = sum(len(pdus(m.data)) for m in messages if not m.from_client)
    result.sealed = any(m.sealed for m in messages)
    shut = sum(m.sealed and not m.opened for m in messages)
    if shut:
        result.skip("sealed" + (f": tshark cannot open {shut} messages" if keys else ""))
    elif not messages:
        result.skip("no SMB traffic")


def allowed(pdu):
    """Offset ranges in a client's PDU that a replay may patch."""
    out = [(40, 48)]
    out.append((32, 40) if pdu.flags & FLAG_ASYNC else (36, 40))
    if pdu.flags & FLAG_SIGNED:
        out.append((48, 64))
    body, at = pdu.body, FILE_ID_AT.get(pdu.command)
    if at and (pdu.command != OPLOCK_BREAK or body[:2] == b"\x18\x00"):
        out.append((64 + at, 64 + at + 16))
    if pdu.command == SESSION_SETUP and len(body) >= 24:
        out += [(64 + 12, 64 + 24), (struct.unpack_from("<H", body, 12)[0], len(pdu.data))]
    elif pdu.command == TREE_CONNECT:
        out.append((64 + 4, len(pdu.data)))
    elif pdu.command == IOCTL and len(body) >= 56 and struct.unpack_from("<I", body, 4)[0] in COPYCHUNK:
        at = struct.unpack_from("<I", body, 24)[0]
        out.append((at, at + 24))  # SourceKey
    elif pdu.command == CREATE and len(body) >= 56:
        for name, (at, data) in create_contexts(body, 48).items():
            if name in (b"DHnC", b"DH2C"):
                out.append((64 + at, 64 + at + 16))
    return out


def unequal(old, new):
    """Offsets at which two messages differ."""
    if old == new:
        return []
    common = min(len(old), len(new))
    return [i for i in range(common) if old[i] != new[i]] + list(range(common, max(len(old), len(new))))


def session_setup_tail(parts):
    """A logon token of another length changes the message's length; nothing else may."""
    return bool(parts) and parts[-1].command in (SESSION_SETUP, TREE_CONNECT)


class Declared:
    """What the audit says of each message, and what its values may come from."""

    def __init__(self, audit, workload, old, new):
        listed = audits.read(audit, workload)
        self.changes, self.extras = listed.changes, listed.extras
        self.left_out = any(not change.sent for changes in self.changes.values() for change in changes)
        self.old, self.new, self.origins = old, new, None

    def gave(self, change, frame):
        """Did the server give this value? Looked up where a change is not in a place of MS-SMB2's own ids."""
        if not self.origins:
            pairs = []
            for a, b in zip(self.old, self.new):
                live = responses(b)
                pairs += [(frame, pdu.data, live[key][0].data) for key, (pdu, frame, _) in responses(a).items()
                          if key in live]
            self.origins = audits.Origins(pairs)
        return self.origins.gave(change, frame)

    def stray(self, old, spots):
        """Which of the bytes that lie in no allowed place are no value that the server gave, either. A MessageId moves
        when the replay had to send more messages before."""
        fine, shift = set(), 0
        for change in self.changes.get((old.connection, old.index), ()):
            at = change.at - FRAME_HEADER - shift
            shift += len(change.sent) - len(change.recorded)
            here = range(at, at + len(change.recorded))
            moved = change.what == "message_id" and (self.extras or self.left_out)
            if any(i in spots for i in here) and (moved or self.gave(change, old.frame)):
                fine.update(here)
        return [i for i in spots if i not in fine]

    def mapped(self, old):
        """A recorded message whose names the replay had to map, with them mapped: what its other bytes are held against.
        That these are the right names is for tests/live/mapped_names.py to say."""
        changes = self.changes.get((old.connection, old.index), ())
        if not any(change.what in ("name", "sid") for change in changes):
            return old.data
        return audits.rebuilt(audits.framed(old.data), [c for c in changes if c.what in RELAID])[FRAME_HEADER:]

    def wanted(self, old):
        """What must have gone out for a recorded message."""
        return audits.rebuilt(audits.framed(old.data), self.changes.get((old.connection, old.index), ()))

    def disagrees(self, old, new):
        """What the second capture has other than recorded bytes and audit together say; None when it has not."""
        try:
            wanted = self.wanted(old)
        except audits.AuditError as error:
            return str(error)
        finally:
            self.changes.pop((old.connection, old.index), None)
        differing = unequal(wanted, audits.framed(new.data))
        if not differing:
            return None
        return f"byte {differing[0] - FRAME_HEADER} is not what the audit says ({len(differing)} such)"

    def unsent(self):
        left = [f"message {index} of connection {conn}" for (conn, index), changes in sorted(self.changes.items())
                if changes[0].sent]
        left += [f"an extra message of connection {conn}" for conn, _ in self.extras]
        return [f"the audit lists {what}, which did not go out" for what in left]


def compare_message(result, old, new, declared):
    where = f"frame {old.frame}, connection {old.connection}, message {old.index}"
    if old.sealed != new.sealed:
        result.inexact(f"{where}: {'not ' if old.sealed else ''}sealed")
    try:
        recorded = declared.mapped(old) if declared else old.data
    except audits.AuditError as error:
        result.inexact(f"{where}: {error}")
        recorded = old.data
    parts = pdus(recorded)
    if len(new.data) != len(recorded) and not session_setup_tail(parts):
        result.inexact(f"{where}: {len(recorded)} bytes became {len(new.data)}")
    differing = unequal(recorded, new.data)
    spots = {i for p in parts for a, b in allowed(p) for i in range(p.offset + a, p.offset + b)} if differing else ()
    stray = [i for i in differing if i not in spots and i < len(recorded)]
    if stray and declared:
        stray = declared.stray(old, stray)
    if stray:
        command = next((p.name for p in reversed(parts) if p.offset <= stray[0]), "?")
        result.inexact(f"{where} {command}: byte {stray[0]} is not the recorded one ({len(stray)} such)")
    wrong = declared and declared.disagrees(old, new)
    if wrong:
        result.inexact(f"{where}: {wrong}")


def client_order(found):
    """What the client did, in order over all connections. The closes at the very end come in any order."""
    events = []
    for conn in found:
        events += [(m.frame, "message", conn.number, m.index) for m in conn.messages if m.from_client]
        if conn.client_ends and not (conn.server_ends and conn.server_ends < conn.client_ends):
            events.append((conn.client_ends, "end", conn.number, 0))
    events = [e[1:] for e in sorted(events)]
    last = max((i for i, e in enumerate(events) if e[0] == "message"), default=-1)
    return events[:last + 1] + sorted(events[last + 1:])


def compare_client(result, old, new, declared):
    for a, b in zip(old, new):
        sent = [[m for m in c.messages if m.from_client] for c in (a, b)]
        if len(sent[0]) != len(sent[1]):
            result.inexact(f"connection {a.number}: {len(sent[0])} messages, {len(sent[1])} were replayed")
        for x, y in zip(*sent):
            compare_message(result, x, y, declared)
        if a.rest.get(True, b"") != b.rest.get(True, b""):
            result.inexact(f"connection {a.number}: other bytes after its last message")
    orders = [client_order(f) for f in (old, new)]
    if orders[0] != orders[1]:
        at = next((i for i, (x, y) in enumerate(zip(*orders)) if x != y), min(map(len, orders)))
        what = [f"{o[at][0]} {o[at][2]} of connection {o[at][1]}" if at < len(o) else "nothing" for o in orders]
        result.inexact(f"order: {what[1]} where {what[0]} was recorded")


def granted(pdu):
    """What a response gave: readable, compared as a whole."""
    body = pdu.body
    if pdu.command == CREATE and body[:2] == b"\x59\x00" and len(body) >= 88:
        level, action = body[2], struct.unpack_from("<I", body, 4)[0]
        lease = create_contexts(body, 80).get(b"RqLs")
        state = struct.unpack_from("<I", lease[1], 16)[0] if lease and len(lease[1]) >= 20 else None
        return f"oplock {level:#x}, action {action}, lease {state}"
    if pdu.command == OPLOCK_BREAK and len(body) >= 24:
        if body[:2] == b"\x18\x00":
            return f"oplock {body[2]:#x}"
        if body[:2] == b"\x2c\x00" and len(body) >= 44:
            flags, was, now = struct.unpack_from("<I", body, 4) + struct.unpack_from("<II", body, 24)
            return f"lease {body[8:24].hex()} breaks {was:#x} to {now:#x}, flags {flags:#x}"
        if len(body) >= 28:
            return f"lease {struct.unpack_from('<I', body, 24)[0]:#x}"
    return ""


def is_interim(pdu):
    return pdu.is_response and pdu.status == STATUS_PENDING and bool(pdu.flags & FLAG_ASYNC)


class Waits:
    """Which interim answers of a recording tell what the server does, and which only that it took its time."""
    LONG = 10**8  # ns: nobody's own work takes that long, so it is a wait

    def __init__(self, found):
        self.breaks = []  # frames
        self.acts = [c.client_ends for c in found if c.client_ends]
        self.at = {}  # (connection, message id, "request" or is it interim) to (frame, time) of the first
        for message in sorted((m for c in found for m in c.messages), key=lambda m: m.frame):
            if message.from_client:
                self.acts.append(message.frame)
            for pdu in pdus(message.data):
                what = is_interim(pdu) if pdu.is_response else "request"
                self.at.setdefault((message.connection, pdu.message_id, what), (message.frame, message.time))
                if pdu.is_response and pdu.message_id == NO_MESSAGE_ID:
                    self.breaks.append(message.frame)
        self.acts.sort()

    @staticmethod
    def between(frames, first, last):
        return bisect.bisect_left(frames, last) > bisect.bisect_right(frames, first)

    def count(self, connection, pdu):
        """Does it count that this interim answer comes, or, where none was recorded, that one comes?

        The request waits for somebody else (MS-SMB2 3.3.4.2: a lock, a change, the end of a break), and what ended that
        wait, the client did after the interim answer, or it came long after that."""
        request, interim, final = (self.at.get((connection, pdu.message_id, w)) for w in ("request", True, False))
        if not request:
            return True
        waits = pdu.command in (LOCK, CHANGE_NOTIFY)
        if interim and final and pdu.command in (CREATE, SET_INFO):
            waits = self.between(self.breaks, request[0], final[0])
        if not waits:
            return False
        if not final or interim and final[1] - interim[1] >= self.LONG:
            return True
        if self.between(self.acts, request[0], (interim or final)[0]):
            return False
        return not interim or self.between(self.acts, interim[0], final[0])


def responses(conn):
    """(message id, interim, count of such so far) to (pdu, frame, how many final answers came before a break)."""
    out, seen, finals = {}, {}, 0
    for message in conn.messages:
        if message.from_client:
            continue
        for pdu in pdus(message.data):
            key = (pdu.message_id, is_interim(pdu))
            seen[key] = seen.get(key, 0) + 1
            is_break = pdu.message_id == NO_MESSAGE_ID
            out[key + (seen[key],)] = (pdu, message.frame, finals if is_break else None)
            finals += not is_break and not key[1]
    return out


def describe(key):
    if key[0] == NO_MESSAGE_ID:
        return f"break notification {key[2]}"
    return f"message {key[0]}" + (", interim" if key[1] else "")


def compare_server(result, a, b, waits):
    old, new = responses(a), responses(b)
    result.responses += len(old)
    for key, (pdu, frame, place) in old.items():
        where = f"frame {frame}, connection {a.number}, {describe(key)} {pdu.name}"
        if key not in new:
            result.differs(f"{where}: no answer ({pdu.status:#x} was recorded)",
                           interim=key[1] and not waits.count(a.number, pdu))
            continue
        live, _, live_place = new[key]
        if live.status != pdu.status:
            result.differs(f"{where}: status {live.status:#x}, recorded {pdu.status:#x}")
        elif granted(live) != granted(pdu):
            result.differs(f"{where}: {granted(live)}; recorded {granted(pdu)}")
        elif live_place != place:
            result.differs(f"{where}: behind {live_place} answers; recorded behind {place}")
        else:
            result.equal += 1
    for key in new.keys() - old.keys():
        pdu = new[key][0]
        result.extra += 1
        result.differs(f"connection {a.number}, {describe(key)} {pdu.name}: unrecorded answer {pdu.status:#x}",
                       interim=key[1] and not waits.count(a.number, pdu))
    closed = [bool(c.server_ends and not (c.client_ends and c.client_ends < c.server_ends)) for c in (a, b)]
    if closed[0] != closed[1]:
        result.differs(f"connection {a.number}: the server {'closed' if closed[1] else 'did not close'} it first")


def compare(result, recorded, replayed, audit=None, workload=None, keys=None, keylog=None):
    old, new = connections(recorded, keys), connections(replayed, keylog)
    if len(old) != len(new):
        result.miss(f"{len(old)} connections, {len(new)} were replayed")
    result.responses = 0
    try:
        declared = Declared(audit, workload, old, new) if audit else None
        compare_client(result, old, new, declared)
        for reason in declared.unsent() if declared else ():
            result.inexact(reason)
    except audits.AuditError as error:
        result.inexact(str(error))
    waits = Waits(old)
    for i, conn in enumerate(old):
        if i < len(new):
            compare_server(result, conn, new[i], waits)
        else:
            result.responses += len(responses(conn))


def main():
    if len(sys.argv) not in (3, 5, 7):
        sys.exit(__doc__)
    result = Result(Path(sys.argv[1]).stem)
    look(result, sys.argv[1], sys.argv[5] if len(sys.argv) == 7 else None)
    if not result.skipped:
        compare(result, *sys.argv[1:])
    print(f"{result.messages} messages, {result.responses} responses, "
          + (result.skipped or f"exact: {result.exact}, same outcome: {result.same()}, "
             f"with every interim answer: {result.outcome}"))
    for reason in result.reasons:
        print("  " + reason)
    return 0 if result.good() else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except CaptureError as error:
        sys.exit(f"judge: {error}")
