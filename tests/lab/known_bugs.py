"""The published Samba bugs that tests/lab/bugs replays: how each shows on the wire, and where a replay must say so.

`shown` of a bug looks at what tshark reads in a capture of the replay, and smbench has no part in it: True where the
bug is there, False where the fixed behaviour is, None where neither can be told. It holds for either recording, since
the server decides.
"""
from dataclasses import dataclass

OLD, NEW = "old-4.17.12", "new-4.22.11"
CREATE, CLOSE, READ, IOCTL, CANCEL, CHANGE_NOTIFY, OPLOCK_BREAK = 5, 6, 8, 11, 12, 15, 18
SUCCESS, PENDING = 0, 0x103
BUFFER_OVERFLOW, BUFFER_TOO_SMALL = 0x80000005, 0xC0000023
NAME_NOT_FOUND, SHARING_VIOLATION = 0xC0000034, 0xC0000043
INTERNAL_ERROR, CANCELLED = 0xC00000E5, 0xC0000120


@dataclass
class Pdu:
    """One PDU as tshark reads it; `action` and `epoch` are a CREATE response's, None elsewhere."""
    stream: int
    frame: int
    command: int
    response: bool
    message_id: int
    status: int = 0
    action: int = None
    epoch: int = None


@dataclass
class Wire:
    pdus: list
    server_ends: dict  # stream to the frame of the server's FIN or RST
    client_ends: dict

    def answers(self, command):
        return [p for p in self.pdus if p.response and p.command == command]

    def statuses(self, command):
        return [p.status for p in self.answers(command)]

    def unanswered(self, command):
        """Requests that got no final answer."""
        final = {(p.stream, p.message_id) for p in self.answers(command) if p.status != PENDING}
        return [p for p in self.pdus
                if not p.response and p.command == command and (p.stream, p.message_id) not in final]

    def lost(self, request):
        """The server ended the request's connection, and the client had not."""
        end = self.server_ends.get(request.stream)
        return end is not None and request.frame < end < self.client_ends.get(request.stream, end + 1)


def either(bug, fixed):
    return None if bool(bug) == bool(fixed) else bool(bug)


def died(command):
    """smbd dies of the last request of that command."""
    def shown(wire):
        requests = [p for p in wire.pdus if not p.response and p.command == command]
        unanswered = wire.unanswered(command)
        return either(unanswered == requests[-1:] and wire.lost(requests[-1]), not unanswered)
    return shown


def answered(command, bug, fixed):
    """The status of an answer is the bug."""
    return lambda wire: either(bug in wire.statuses(command), fixed in wire.statuses(command))


def pending_creates(wire):
    waiting = [p for p in wire.unanswered(CREATE)]
    interim = {(p.stream, p.message_id) for p in wire.answers(CREATE) if p.status == PENDING}
    return either(waiting and all((p.stream, p.message_id) in interim for p in waiting), not waiting)


def reconnects(wire):
    failed = wire.statuses(CREATE).count(NAME_NOT_FOUND)
    return either(failed == 2, failed == 0)


def compound(wire):
    breaks = len([p for p in wire.answers(OPLOCK_BREAK) if p.message_id == 0xFFFFFFFFFFFFFFFF])
    notify = wire.statuses(CHANGE_NOTIFY)
    return either(notify == [CANCELLED] and breaks == 1, notify == [INTERNAL_ERROR] and breaks > 1)


def overwritten(wire):
    """Under the other's deny-write: create actions SUPERSEDED and OVERWRITTEN (MS-SMB2 2.2.14)."""
    hit = [p for p in wire.answers(CREATE) if p.status == SUCCESS and p.action in (0, 3)]
    return either(hit, not hit and SHARING_VIOLATION in wire.statuses(CREATE))


def epochs(wire):
    seen = {p.epoch for p in wire.answers(CREATE)} - {None}
    return either(seen == {101}, seen == {100})


def cancelled(wire):
    return either(CANCELLED not in wire.statuses(READ), CANCELLED in wire.statuses(READ))


@dataclass
class Place:
    """The first divergence of a recording on the other server. `got` is how the text begins."""
    event: int
    frame: int
    connection: int
    kind: str
    message: str
    field: str
    expected: str
    got: str

    def found_in(self, divergence):
        exact = all(divergence.get(key, "") == getattr(self, key)
                    for key in ("event", "frame", "connection", "kind", "message", "field", "expected"))
        return exact and divergence["got"].startswith(self.got)


@dataclass
class Bug:
    number: int  # in Samba's Bugzilla
    capture: str
    what: str
    shown: object
    places: dict  # recording to Place
    options: tuple = ()  # of replay: long gaps of the recording that wait for nothing are played faster


LATE = "no answer within"
BUGS = [
    Bug(14430, "b14430_pipe_cancel", "CANCEL of a pipe READ is never answered", cancelled, {
        OLD: Place(11, 17, 0, "extra", "READ response", "", "no answer", "STATUS_CANCELLED"),
        NEW: Place(14, 21, 0, "missing", "READ response", "", "STATUS_CANCELLED", LATE),
    }, ("--speed=2",)),
    Bug(15487, "b15487_stream_close", "smbd dies of a CLOSE of a deleted stream", died(CLOSE), {
        OLD: Place(21, 26, 0, "extra", "CLOSE response", "", "no answer", "STATUS_SUCCESS"),
        NEW: Place(22, 27, 0, "disconnect", "connection", "", "an answer", "closed by the server"),
    }),
    Bug(15624, "b15624_failed_reconnect", "a CREATE after a failed reconnect hangs", pending_creates, {
        OLD: Place(41, 55, 1, "extra", "CREATE response", "", "no answer", "STATUS_SUCCESS"),
        NEW: Place(43, 59, 1, "missing", "CREATE response", "", "STATUS_SUCCESS", LATE),
    }, ("--speed=4",)),
    Bug(15664, "b15644_copychunk", "smbd dies of a copychunk with an unknown key", died(IOCTL), {
        OLD: Place(13, 18, 0, "extra", "IOCTL response", "", "no answer", "STATUS_OBJECT_NAME_NOT_FOUND"),
        NEW: Place(14, 19, 0, "disconnect", "connection", "", "an answer", "closed by the server"),
    }),
    Bug(15651, "b15651_two_rh", "durable reconnects of two RH opens fail", reconnects, {
        OLD: Place(51, 71, 3, "status", "CREATE response", "status", "STATUS_OBJECT_NAME_NOT_FOUND", "STATUS_SUCCESS"),
        NEW: Place(51, 73, 3, "status", "CREATE response", "status", "STATUS_SUCCESS", "STATUS_OBJECT_NAME_NOT_FOUND"),
    }),
    Bug(15697, "b15697_compound", "NOTIFY in a compound; rename breaks no lease", compound, {
        OLD: Place(14, 19, 0, "status", "CHANGE_NOTIFY response", "status", "STATUS_CANCELLED", "STATUS_INTERNAL_ERROR"),
        NEW: Place(14, 19, 0, "status", "CHANGE_NOTIFY response", "status", "STATUS_INTERNAL_ERROR", "STATUS_CANCELLED"),
    }, ("--speed=2",)),
    Bug(15699, "b15699_qar", "QUERY_ALLOCATED_RANGES with little room fails",
        answered(IOCTL, BUFFER_TOO_SMALL, BUFFER_OVERFLOW), {
            OLD: Place(20, 25, 0, "status", "IOCTL response", "status", "STATUS_BUFFER_TOO_SMALL",
                       "STATUS_BUFFER_OVERFLOW"),
            NEW: Place(20, 25, 0, "status", "IOCTL response", "status", "STATUS_BUFFER_OVERFLOW",
                       "STATUS_BUFFER_TOO_SMALL"),
        }),
    Bug(15732, "b15732_overwrite_share", "an overwrite succeeds past deny-write", overwritten, {
        OLD: Place(23, 32, 1, "status", "CREATE response", "status", "STATUS_SUCCESS", "STATUS_SHARING_VIOLATION"),
        NEW: Place(23, 32, 1, "status", "CREATE response", "status", "STATUS_SHARING_VIOLATION", "STATUS_SUCCESS"),
    }),
    Bug(15933, "b15933_epoch", "a new lease begins with epoch 101", epochs, {
        OLD: Place(25, 34, 1, "field", "CREATE response", "body.create_contexts[0].data.epoch", "0x0065", "0x0064"),
        NEW: Place(25, 34, 1, "field", "CREATE response", "body.create_contexts[0].data.epoch", "0x0064", "0x0065"),
    }),
]
