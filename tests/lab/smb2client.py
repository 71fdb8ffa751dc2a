"""A small SMB2/3 client of the lab's own, for what no tool does: RST, reconnects, notify storms, breaks on a second channel.

It is a client as others are: NTLM logons by Samba's own library, credits as granted, signed or sealed. It waits for
events (an answer, an interim one, a break) and never for a time, so that its captures have one order. Needs Debian's
python3-samba and, for sealed sessions and AES signatures, python3-cryptography.
"""
import os
import select
import socket
import struct
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256, sha512
from hmac import digest

from cryptography.hazmat.primitives.ciphers import algorithms
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.cmac import CMAC
from samba import credentials, gensec, param

(NEGOTIATE, SESSION_SETUP, LOGOFF, TREE_CONNECT, TREE_DISCONNECT, CREATE, CLOSE, FLUSH, READ, WRITE, LOCK, IOCTL, CANCEL,
 ECHO, QUERY_DIRECTORY, CHANGE_NOTIFY, QUERY_INFO, SET_INFO, OPLOCK_BREAK) = range(19)
RESPONSE, ASYNC, SIGNED = 1, 2, 8
PENDING, MORE_PROCESSING = 0x103, 0xC0000016
NO_ID = 0xFFFFFFFFFFFFFFFF
OPLOCK_BATCH, OPLOCK_LEASE = 9, 0xFF
READ_CACHING, HANDLE_CACHING, WRITE_CACHING = 1, 2, 4
OPEN, CREATE_NEW, OPEN_IF = 1, 2, 3
DIRECTORY, NON_DIRECTORY, DELETE_ON_CLOSE, OPEN_REPARSE_POINT = 1, 0x40, 0x1000, 0x200000
ALL_ACCESS, READ_ACCESS = 0x1F01FF, 0x120089
SHARE_ALL = 7
CREDITS = 64
TIMEOUT = 20  # seconds until a lab's server that does not answer is an error


class ClientError(RuntimeError):
    pass


@dataclass
class Answer:
    command: int
    status: int
    flags: int
    message_id: int
    async_id: int
    tree_id: int
    session_id: int
    data: bytes  # the whole PDU

    @property
    def body(self):
        return self.data[64:]


def derive(key, label, context):
    """SP 800-108, counter mode, 128 bits."""
    return digest(key, b"\0\0\0\1" + label + b"\0" + context + b"\0\0\0\x80", sha256)[:16]


def utf16(text):
    return text.encode("utf-16-le")


class Connection:
    """One TCP connection: negotiated, with its MessageIds and what came in."""

    def __init__(self, address, dialect=0x0311, client_guid=None, source=None):
        self.socket = socket.create_connection(address, TIMEOUT, (source, 0) if source else None)
        self.guid = client_guid or os.urandom(16)
        self.dialect, self.preauth = dialect, bytes(64)
        self.next_id, self.channels = 0, {}  # SessionId to Channel
        self.answers, self.interims, self.breaks, self.buffer = {}, {}, deque(), b""
        self.held = None  # what goes out together
        self.negotiate()

    def negotiate(self):
        body = struct.pack("<HHHHI16s", 36, 1, 1, 0, 0x7F if self.dialect >= 0x300 else 0, self.guid)
        if self.dialect == 0x311:
            contexts = struct.pack("<HHIHHH", 1, 38, 0, 1, 32, 1) + os.urandom(32) + b"\0\0"
            contexts += struct.pack("<HHIHH", 2, 4, 0, 1, 2) + b"\0\0\0\0"  # AES-128-GCM
            contexts += struct.pack("<HHIHH", 8, 4, 0, 1, 1)  # signed by AES-CMAC
            body += struct.pack("<IHHHxx", 64 + 40, 3, 0, self.dialect) + contexts
        else:
            body += struct.pack("<QH", 0, self.dialect)
        self.wait(self.send(NEGOTIATE, body))

    def chain(self, data):
        """The preauth hash goes over NEGOTIATE and SESSION_SETUP, both ways."""
        self.preauth = sha512(self.preauth + data).digest()

    def send(self, command, body, channel=None, tree=0, flags=0, async_id=None, message_id=None):
        """Sends one PDU; its MessageId."""
        if message_id is None:
            message_id, self.next_id = self.next_id, self.next_id + 1
        charge = 0 if self.dialect == 0x202 else 1
        ids = struct.pack("<Q", async_id) if async_id is not None else struct.pack("<II", 0xFEFF, tree)
        flags |= ASYNC if async_id is not None else 0
        sign = channel and channel.signs and not channel.sealed
        head = struct.pack("<4sHHIHHIIQ", b"\xfeSMB", 64, charge, 0, command, CREDITS, flags | (SIGNED if sign else 0), 0,
                           message_id)
        pdu = head + ids + struct.pack("<Q", channel.session_id if channel else 0) + bytes(16) + body
        if sign:
            pdu = pdu[:48] + channel.signature(pdu) + pdu[64:]
        if command in (NEGOTIATE, SESSION_SETUP):
            self.chain(pdu)
        wire = channel.seal(pdu) if channel and channel.sealed else pdu
        self.put(struct.pack(">I", len(wire)) + wire)
        return message_id

    def put(self, data):
        if self.held is None:
            self.socket.sendall(data)
        else:
            self.held += data

    @contextmanager
    def together(self):
        """What is sent inside goes out in one segment."""
        self.held = b""
        yield
        data, self.held = self.held, None
        self.socket.sendall(data)

    def fill(self, size):
        while len(self.buffer) < size:
            got = self.socket.recv(1 << 20)
            if not got:
                raise ClientError("the server closed the connection")
            self.buffer += got

    def receive(self):
        """Takes one message in and files its PDUs."""
        self.fill(4)
        size = 4 + struct.unpack(">I", self.buffer[:4])[0]
        self.fill(size)
        message, self.buffer = self.buffer[4:size], self.buffer[size:]
        if message[:4] == b"\xfdSMB":
            message = self.channels[struct.unpack_from("<Q", message, 44)[0]].unseal(message)
        while message:
            following = struct.unpack_from("<I", message, 20)[0] or len(message)
            self.file(message[:following])
            message = message[following:]

    def file(self, data):
        status, command, flags, message_id = struct.unpack_from("<8xIH2xI4xQ", data)
        async_id = struct.unpack_from("<Q", data, 32)[0] if flags & ASYNC else 0
        tree, session = struct.unpack_from("<IQ", data, 36)
        answer = Answer(command, status, flags, message_id, async_id, tree, session, data)
        if command == NEGOTIATE or command == SESSION_SETUP and status == MORE_PROCESSING:
            self.chain(data)
        if message_id == NO_ID:
            self.breaks.append(answer)
        elif status == PENDING:
            self.interims[message_id] = answer
        else:
            self.answers[message_id] = answer

    def wait(self, message_id, *expected):
        """The final answer of a request; one of these statuses (success by default, None: any)."""
        while message_id not in self.answers:
            self.receive()
        answer = self.answers.pop(message_id)
        if answer.command == SESSION_SETUP and not expected:
            expected = (0, MORE_PROCESSING)
        if answer.status not in (expected or (0,)) and None not in expected:
            raise ClientError(f"message {message_id}, command {answer.command}: status {answer.status:#x}")
        return answer

    def has(self, message_id):
        """Takes in what is there by now: the final answer?"""
        while select.select([self.socket], [], [], 0)[0]:
            self.receive()
        return message_id in self.answers

    def wait_interim(self, message_id):
        while message_id not in self.interims:
            if message_id in self.answers:
                raise ClientError(f"message {message_id}: answered at once")
            self.receive()
        return self.interims.pop(message_id)

    def wait_break(self):
        while not self.breaks:
            self.receive()
        return self.breaks.popleft()

    def reset(self):
        """Ends it as a crash would: RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def half_close(self):
        """Says that it sends no more, and waits for the server's end."""
        self.socket.shutdown(socket.SHUT_WR)
        if self.socket.recv(1):
            raise ClientError("an answer where the connection was to end")
        self.socket.close()

    def close(self):
        self.socket.close()


class Channel:
    """A session on a connection. `bind_to`: another channel of the same session; `previous`: the session that this one
    takes the place of."""

    def __init__(self, connection, user="LAB/smbtest%Secret1x", seal=False, sign=True, bind_to=None, previous=0):
        self.connection, self.session_id, self.nonce = connection, bind_to.session_id if bind_to else 0, 0
        self.sealed, self.seals, self.signs, self.key = False, seal, sign, None
        if bind_to:
            self.key, self.c2s, self.s2c, self.sealed = bind_to.key, bind_to.c2s, bind_to.s2c, False
        self.log_on(user, bool(bind_to), previous)

    def log_on(self, user, binds, previous):
        (domain, name), password = user.split("%")[0].split("/"), user.split("%")[1]
        mech, conn, preauth = self.mechanism(domain, name, password), self.connection, self.connection.preauth
        answer, wants_sign, self.signs = None, self.signs, binds
        token = b""
        while answer is None or answer.status == MORE_PROCESSING:
            token = mech.update(token)[1]
            body = struct.pack("<HBBIIHHQ", 25, int(binds), 1, 0x7F if conn.dialect >= 0x300 else 0, 0, 88, len(token),
                               previous) + token
            answer = conn.wait(conn.send(SESSION_SETUP, body, self))
            self.session_id = answer.session_id
            at, size = struct.unpack_from("<HH", answer.data, 68)
            token = answer.data[at:at + size]
        mech.update(token)
        self.make_keys(mech.session_key()[:16].ljust(16, b"\0"), conn.preauth, binds)
        conn.preauth = preauth  # each session's goes on from NEGOTIATE's
        conn.channels[self.session_id] = self
        self.signs, self.sealed = wants_sign, self.seals

    @staticmethod
    def mechanism(domain, name, password):
        who, settings = credentials.Credentials(), param.LoadParm()
        settings.set("client use spnego", "yes")
        who.set_domain(domain)
        who.set_username(name)
        who.set_password(password)
        who.set_workstation("LABCLIENT")
        who.set_kerberos_state(credentials.DONT_USE_KERBEROS)
        mech = gensec.Security.start_client({"target_hostname": "127.0.0.1", "lp_ctx": settings})
        mech.set_credentials(who)
        mech.want_feature(gensec.FEATURE_SESSION_KEY)
        mech.start_mech_by_name("spnego")
        return mech

    def make_keys(self, session_key, preauth, binds):
        """A bound channel signs with a key of its own logon; sealing keys are the session's."""
        dialect = self.connection.dialect
        if dialect < 0x300:
            self.key = session_key
        elif dialect < 0x311:
            self.key = derive(session_key, b"SMB2AESCMAC\0", b"SmbSign\0")
        else:
            self.key = derive(session_key, b"SMBSigningKey\0", preauth)
            if not binds:
                self.c2s = derive(session_key, b"SMBC2SCipherKey\0", preauth)
                self.s2c = derive(session_key, b"SMBS2CCipherKey\0", preauth)

    def signature(self, pdu):
        if self.connection.dialect < 0x300:
            return digest(self.key, pdu, sha256)[:16]
        mac = CMAC(algorithms.AES(self.key))
        mac.update(pdu)
        return mac.finalize()

    def seal(self, pdu):
        self.nonce += 1
        # A channel's own half of the nonces: the key is the session's.
        nonce = struct.pack("<QI", self.nonce, self.connection.socket.getsockname()[1])
        rest = struct.pack("<16sIHHQ", nonce, len(pdu), 0, 1, self.session_id)
        cut = AESGCM(self.c2s).encrypt(nonce, pdu, rest)
        return b"\xfdSMB" + cut[-16:] + rest + cut[:-16]

    def unseal(self, message):
        return AESGCM(self.s2c).decrypt(message[20:32], message[52:] + message[4:20], message[20:52])


class Tree:
    """A share over a channel."""

    def __init__(self, channel, share):
        self.channel, self.connection, self.tree_id = channel, channel.connection, 0
        path = utf16(f"\\\\127.0.0.1\\{share}")
        self.tree_id = self.call(TREE_CONNECT, struct.pack("<HHHH", 9, 0, 72, len(path)) + path).tree_id

    def over(self, channel):
        """The same tree, its requests on another channel of the session."""
        other = object.__new__(Tree)
        other.channel, other.connection, other.tree_id = channel, channel.connection, self.tree_id
        return other

    def send(self, command, body, **more):
        return self.connection.send(command, body, self.channel, self.tree_id, **more)

    def call(self, command, body, *expected):
        return self.connection.wait(self.send(command, body), *expected)

    def create(self, name, **how):
        return Open(self, self.connection.wait(self.send_create(name, **how)))

    def wait_create(self, name, status, **how):
        """A create that ends with this status."""
        return self.connection.wait(self.send_create(name, **how), status)

    def send_create(self, name, access=ALL_ACCESS, disposition=OPEN_IF, options=0, share=SHARE_ALL, oplock=0, contexts=()):
        encoded, blob = name if isinstance(name, bytes) else utf16(name), pack_contexts(contexts)
        at = 120 + (len(encoded) + 7) // 8 * 8
        body = struct.pack("<HBBIQQIIIIIHHII", 57, 0, oplock, 2, 0, 0, access, 0x10 if options & DIRECTORY else 0, share,
                           disposition, options, 120, len(encoded), at if blob else 0, len(blob))
        return self.send(CREATE, body + (encoded.ljust(at - 120, b"\0") + blob if blob else encoded or b"\0"))

    def ioctl(self, code, handle, data=b"", *expected, room=65536):
        body = struct.pack("<HHI16sIIIIIIII", 57, 0, code, handle, 120 if data else 0, len(data), 0, 0, 0, room, 1, 0)
        return self.call(IOCTL, body + (data or b"\0"), *expected)

    def cancel(self, message_id, async_id=None):
        body = struct.pack("<HH", 4, 0)
        self.send(CANCEL, body, message_id=message_id, async_id=async_id)

    def acknowledge(self, notification, state=None):
        """Answers a break: a lease with that state (what the server asks for by default), an oplock to none."""
        body = notification.body
        if body[:2] == b"\x2c\0":
            key, wanted = body[8:24], struct.unpack_from("<I", body, 28)[0]
            ack = struct.pack("<HHI16sIQ", 36, 0, 0, key, wanted if state is None else state, 0)
        else:
            ack = struct.pack("<HBBI16s", 24, body[2], 0, 0, body[8:24])
        return self.call(OPLOCK_BREAK, ack)


class Open:
    def __init__(self, tree, answer):
        self.tree, self.handle, self.oplock = tree, answer.body[64:80], answer.body[2]
        self.answer = answer

    def over(self, tree):
        other = object.__new__(Open)
        other.tree, other.handle, other.oplock, other.answer = tree, self.handle, self.oplock, self.answer
        return other

    def close(self):
        return self.tree.call(CLOSE, struct.pack("<HHI16s", 24, 0, 0, self.handle))

    def write(self, data, offset=0):
        body = struct.pack("<HHIQ16sIIHHI", 49, 112, len(data), offset, self.handle, 0, 0, 0, 0, 0) + data
        return self.tree.call(WRITE, body)

    def read(self, size, offset=0):
        body = struct.pack("<HBBIQ16sIIIHHx", 49, 0x50, 0, size, offset, self.handle, 1, 0, 0, 0, 0)
        answer = self.tree.call(READ, body)
        at, length = struct.unpack_from("<BxI", answer.body, 2)
        return answer.data[at:at + length]

    def send_lock(self, offset, size, flags=2, sequence=0):
        """flags: 1 shared, 2 exclusive, 4 unlock, 16 fail at once."""
        return self.tree.send(LOCK, struct.pack("<HHI16sQQII", 48, 1, sequence, self.handle, offset, size, flags, 0))

    def lock(self, offset, size, flags=2, *expected):
        return self.tree.connection.wait(self.send_lock(offset, size, flags), *expected)

    def send_notify(self, room=65536, recursive=False, mask=0xFFF):
        return self.tree.send(CHANGE_NOTIFY, struct.pack("<HHI16sII", 32, int(recursive), room, self.handle, mask, 0))

    def send_rename(self, name):
        encoded = utf16(name)
        return self.send_set_info(10, struct.pack("<B7xQI", 0, 0, len(encoded)) + encoded)

    def rename(self, name, *expected):
        return self.tree.connection.wait(self.send_rename(name), *expected)

    def query_info(self, info_class, room=4096):
        body = struct.pack("<HBBIHHIII16s", 41, 1, info_class, room, 104, 0, 0, 0, 0, self.handle) + b"\0"
        answer = self.tree.call(QUERY_INFO, body)
        at, size = struct.unpack_from("<HI", answer.body, 2)
        return answer.data[at:at + size]

    def set_info(self, info_class, info, *expected):
        return self.tree.connection.wait(self.send_set_info(info_class, info), *expected)

    def send_set_info(self, info_class, info):
        body = struct.pack("<HBBIHHI16s", 33, 1, info_class, len(info), 96, 0, 0, self.handle) + info
        return self.tree.send(SET_INFO, body)

    def ioctl(self, code, data=b"", *expected, **more):
        return self.tree.ioctl(code, self.handle, data, *expected, **more)


def pack_contexts(contexts):
    """Create contexts of (name, data) pairs."""
    out = b""
    for i, (name, data) in enumerate(contexts):
        one = struct.pack("<HHHHI4s4x", 16, 4, 0, 24 if data else 0, len(data), name) + data
        padding = -(4 + len(one)) % 8
        last = i == len(contexts) - 1
        out += struct.pack("<I", 0 if last else 4 + len(one) + padding) + one + (b"" if last else bytes(padding))
    return out


def lease(key, state, epoch=None):
    """An RqLs context: version 1, or 2 with an epoch."""
    data = struct.pack("<16sIIQ", key, state, 0, 0)
    if epoch is not None:
        data += struct.pack("<16sHH", bytes(16), epoch, 0)  # no parent
    return (b"RqLs", data)


def durable():
    return (b"DHnQ", bytes(16))


def durable_reconnect(handle):
    return (b"DHnC", handle)


def durable_v2(create_guid, timeout=60000):
    return (b"DH2Q", struct.pack("<II8x16s", timeout, 0, create_guid))


def durable_v2_reconnect(handle, create_guid):
    return (b"DH2C", struct.pack("<16s16sI", handle, create_guid, 0))


def changes(answer):
    """The (action, name) pairs of a CHANGE_NOTIFY answer."""
    at, size = struct.unpack_from("<HI", answer.body, 2)
    data, out = answer.data[at:at + size], []
    while data:
        following, action, length = struct.unpack_from("<III", data)
        out.append((action, data[12:12 + length].decode("utf-16-le")))
        data = data[following:] if following else b""
    return out
