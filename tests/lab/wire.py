"""Reads captures for the judges: pcap, TCP streams, NetBIOS frames, SMB2 PDUs.

Own code of the tests, so that smbench's reader is not its own judge. It knows what the lab's captures hold
(tcpdump's pcap of loopback, IPv4, nothing lost) and stops with an error at anything else. Sealed messages are opened by
tshark, with the keys that it is given.
"""
import re
import struct
import subprocess
from dataclasses import dataclass, field

PCAP_MAGIC = {0xA1B2C3D4: 1000, 0xA1B23C4D: 1}  # to nanoseconds
LINK_ETHERNET, LINK_RAW_IP = 1, 101
TCP_FIN, TCP_SYN, TCP_RST = 1, 2, 4

COMMANDS = (
    "NEGOTIATE SESSION_SETUP LOGOFF TREE_CONNECT TREE_DISCONNECT CREATE CLOSE FLUSH READ WRITE LOCK IOCTL CANCEL "
    "ECHO QUERY_DIRECTORY CHANGE_NOTIFY QUERY_INFO SET_INFO OPLOCK_BREAK"
).split()
FLAG_RESPONSE, FLAG_ASYNC, FLAG_RELATED, FLAG_SIGNED = 1, 2, 4, 8
STATUS_PENDING = 0x103
NO_MESSAGE_ID = 0xFFFFFFFFFFFFFFFF
TRANSFORM_HEADER = 52


class CaptureError(Exception):
    pass


@dataclass
class Packet:
    number: int
    time: int  # ns
    source: tuple
    target: tuple
    seq: int
    flags: int
    payload: bytes


@dataclass
class Message:
    """One NetBIOS frame: its bytes without the frame header."""
    connection: int
    from_client: bool
    index: int  # among those of its connection and direction
    frame: int  # packet with its last byte
    time: int
    data: bytes
    sealed: bool = False
    opened: bool = False  # `data` is what tshark found under the seal


@dataclass
class Connection:
    number: int
    client: tuple
    server: tuple
    messages: list = field(default_factory=list)
    client_ends: int = 0  # frame of the client's FIN or RST
    server_ends: int = 0
    rest: dict = field(default_factory=dict)  # bytes after the last whole message


def packets(path):
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 24:
        raise CaptureError(f"{path}: shorter than a pcap header")
    for order in "<>":
        scale = PCAP_MAGIC.get(struct.unpack_from(order + "I", data)[0])
        if scale:
            break
    else:
        raise CaptureError(f"{path}: not pcap")
    link = struct.unpack_from(order + "I", data, 20)[0]
    if link not in (LINK_ETHERNET, LINK_RAW_IP):
        raise CaptureError(f"{path}: neither Ethernet nor raw IP")
    pos, number = 24, 0
    while pos < len(data):
        sec, frac, caplen, length = struct.unpack_from(order + "IIII", data, pos)
        pos += 16
        number += 1
        if caplen != length or caplen > len(data) - pos:
            raise CaptureError(f"{path}: packet {number} is cut")
        frame = data[pos:pos + caplen]
        pos += caplen
        if link == LINK_ETHERNET:
            if frame[12:14] != b"\x08\x00":
                continue
            frame = frame[14:]
        packet = parse_tcp(number, sec * 10**9 + frac * scale, frame)
        if packet:
            yield packet


def parse_tcp(number, time, ip):
    if ip[0] >> 4 != 4 or ip[9] != 6:
        return None
    segment = ip[(ip[0] & 15) * 4:struct.unpack_from(">H", ip, 2)[0]]
    sport, dport, seq, offset, flags = struct.unpack_from(">HHI4xBB", segment)
    return Packet(number, time, (ip[12:16], sport), (ip[16:20], dport), seq, flags, segment[(offset >> 4) * 4:])


class Stream:
    """One direction: segments put in order, cut into NetBIOS frames."""

    def __init__(self, start):
        self.next = start
        self.early = {}
        self.buffer = bytearray()
        self.count = 0

    def add(self, packet):
        self.early.setdefault(packet.seq, packet.payload)
        while True:
            hit = next((s for s in self.early if (self.next - s) & 0xFFFFFFFF < 1 << 31), None)
            if hit is None:
                return
            payload = self.early.pop(hit)
            fresh = payload[(self.next - hit) & 0xFFFFFFFF:]
            self.buffer += fresh
            self.next = (self.next + len(fresh)) & 0xFFFFFFFF

    def frames(self):
        while len(self.buffer) >= 4:
            size = int.from_bytes(self.buffer[1:4], "big")
            if len(self.buffer) < 4 + size:
                return
            yield bytes(self.buffer[4:4 + size])
            del self.buffer[:4 + size]


def connections(path, keys=None):
    """All TCP connections of a capture, in the order of their SYNs, with their messages. `keys`: a file of Wireshark's
    smb2_seskey_list form, with which sealed messages are opened."""
    out = plain_connections(path)
    if keys and any(m.sealed for c in out for m in c.messages):
        unseal(out, path, keys)
    return out


def plain_connections(path):
    live, streams, out = {}, {}, []
    for packet in packets(path):
        key = (packet.source, packet.target)
        if packet.flags & TCP_SYN:
            streams[key] = Stream((packet.seq + 1) & 0xFFFFFFFF)
            if not packet.flags & 16:
                conn = Connection(len(out), packet.source, packet.target)
                out.append(conn)
                live[key] = (conn, True)
                live[(packet.target, packet.source)] = (conn, False)
            continue
        if key not in live or key not in streams:
            raise CaptureError(f"{path}: packet {packet.number} of a connection without SYN")
        conn, from_client = live[key]
        stream = streams[key]
        if packet.payload:
            stream.add(packet)
        for data in stream.frames():
            conn.messages.append(Message(conn.number, from_client, stream.count, packet.number, packet.time, data,
                                         is_sealed(data)))
            stream.count += 1
        if packet.flags & (TCP_FIN | TCP_RST):
            if from_client:
                conn.client_ends = conn.client_ends or packet.number
            else:
                conn.server_ends = conn.server_ends or packet.number
        conn.rest[from_client] = bytes(stream.buffer)
    return out


def tshark_keys(keys):
    """Its options for a file of keys."""
    with open(keys) as lines:
        return [word for line in lines if line.strip() for word in ("-o", "uat:smb2_seskey_list:" + line.strip())]


def decrypted(path, ports, keys):
    """Frame number to the sealed messages that tshark opened there, in their order."""
    command = ["tshark", "-r", str(path), "-x", "-P", "-o", 'gui.column.format:"No.","%m"', *tshark_keys(keys)]
    for port in ports:
        command += ["-d", f"tcp.port=={port},nbss"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise CaptureError(f"tshark: {done.stderr.strip()[-300:]}")
    out, found = {}, None
    for line in done.stdout.splitlines():
        if re.fullmatch(r" *\d+ *", line):
            frame, found = out.setdefault(int(line), []), None
        elif re.fullmatch(r"[A-Z][^(]*\(\d+ bytes\):", line):
            found = bytearray() if line.startswith("Decrypted SMB3") else None
            if found is not None:
                frame.append(found)
        elif found is not None:
            at = line.find("  ") + 2  # behind the offset, which gets longer
            found += bytes.fromhex(line[at:at + 48])
    return out


def unseal(found, path, keys):
    """Puts in place of each sealed message what tshark finds in it."""
    opened = decrypted(path, {c.server[1] for c in found}, keys)
    for message in sorted((m for c in found for m in c.messages if m.sealed), key=lambda m: m.frame):
        here = opened.get(message.frame)
        if here and len(here[0]) == len(message.data) - TRANSFORM_HEADER:
            message.data, message.opened = bytes(here.pop(0)), True


@dataclass
class Pdu:
    offset: int  # in its message
    data: bytes
    command: int
    status: int
    flags: int
    message_id: int
    async_id: int
    tree_id: int
    session_id: int

    @property
    def name(self):
        return COMMANDS[self.command] if self.command < len(COMMANDS) else str(self.command)

    @property
    def is_response(self):
        return bool(self.flags & FLAG_RESPONSE)

    @property
    def body(self):
        return self.data[64:]


def pdus(data):
    """The PDUs of a message; none for a sealed, compressed or SMB1 one."""
    out, pos = [], 0
    while data[pos:pos + 4] == b"\xfeSMB" and len(data) - pos >= 64:
        status, command, flags, following, message_id = struct.unpack_from("<8xIH2xIIQ", data, pos)
        async_id = struct.unpack_from("<Q", data, pos + 32)[0] if flags & FLAG_ASYNC else 0
        tree_id = 0 if flags & FLAG_ASYNC else struct.unpack_from("<I", data, pos + 36)[0]
        session_id = struct.unpack_from("<Q", data, pos + 40)[0]
        end = pos + following if following else len(data)
        out.append(Pdu(pos, data[pos:end], command, status, flags, message_id, async_id, tree_id, session_id))
        if not following or following < 64:
            break
        pos = end
    return out


def is_sealed(data):
    return data[:4] == b"\xfdSMB"


def create_contexts(body, offset_at):
    """Name to data of a CREATE request's or response's contexts; offset_at: where their offset stands in the body."""
    offset, length = struct.unpack_from("<II", body, offset_at)
    out = {}
    if not length:
        return out
    pos, end = offset - 64, offset - 64 + length
    while 0 <= pos and pos + 16 <= min(end, len(body)):
        following, name_at, name_len, data_at, data_len = struct.unpack_from("<IHH2xHI", body, pos)
        name = body[pos + name_at:pos + name_at + name_len]
        out.setdefault(name, (pos + data_at, body[pos + data_at:pos + data_at + data_len]))
        if not following:
            break
        pos += following
    return out
