"""The pieces in which the messages of a capture went out.

pieces.py CAPTURE PORT: a line a message, in the order of their first bytes: time of its first piece in ns, "C" or "S" for who sent
it, the client's port, the command of its first PDU (SEALED of one under a seal), and SIZE@NS of each piece, with the time since the
first one. Loopback delivers segments as they were written and in order; on a busy machine one can be sent again, which is passed over.
"""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "lab"))
import wire


class Stream:
    """One direction of a connection, cut into messages."""

    def __init__(self):
        self.data = b""
        self.pieces = []
        self.next = None  # sequence number

    def is_again(self, seq, size):
        if self.next is not None and (seq + size - self.next) & 0xFFFFFFFF not in range(1, 1 << 31):
            return True
        self.next = (seq + size) & 0xFFFFFFFF
        return False

    def add(self, at, payload):
        """The messages that it completes."""
        while payload:
            need = 4 - len(self.data) if len(self.data) < 4 else 4 + int.from_bytes(self.data[1:4], "big") - len(self.data)
            taken, payload = payload[:need], payload[need:]
            # What belongs to one packet is one piece.
            if self.pieces and self.pieces[-1][1] == at:
                self.pieces[-1][0] += len(taken)
            else:
                self.pieces.append([len(taken), at])
            self.data += taken
            if len(self.data) >= 4 and len(self.data) == 4 + int.from_bytes(self.data[1:4], "big"):
                yield self.data, self.pieces
                self.data, self.pieces = b"", []


def name(data):
    if data[4:8] == b"\xfdSMB":
        return "SEALED"
    return wire.COMMANDS[int.from_bytes(data[16:18], "little")]


def main():
    port = int(sys.argv[2])
    streams, found = {}, []
    for p in wire.packets(sys.argv[1]):
        if not p.payload:
            continue
        client = p.target[1] == port
        stream = streams.setdefault((p.source, p.target), Stream())
        if stream.is_again(p.seq, len(p.payload)):
            continue
        for data, pieces in stream.add(p.time, p.payload):
            found.append((pieces[0][1], "C" if client else "S", (p.source if client else p.target)[1], name(data), pieces))
    for first, who, number, command, pieces in sorted(found, key=lambda f: f[0]):
        print(first, who, number, command, *(f"{size}@{at - first}" for size, at in pieces))


if __name__ == "__main__":
    main()
