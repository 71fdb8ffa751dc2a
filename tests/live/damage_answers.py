#!/usr/bin/env python3
"""Relays SMB2 connections to a port, with damage in the answers behind a logon: bytes of their bodies become others.

    damage_answers.py PORT SEED     prints the port that it listens on; ends when its input does
"""
import random
import socket
import struct
import sys
import threading

LOGON = (0, 1, 3)  # NEGOTIATE, SESSION_SETUP, TREE_CONNECT
HEADER = 64


def receive(sock, size):
    data = b""
    while len(data) < size:
        more = sock.recv(size - len(data))
        if not more:
            raise EOFError
        data += more
    return data


def damaged(frame, dice):
    """Some bytes behind the headers, those of offsets and lengths among them; now and then the frame is cut short."""
    frame, at = bytearray(frame), 0
    while at + HEADER <= len(frame):
        command, = struct.unpack_from("<H", frame, at + 12)
        following, = struct.unpack_from("<I", frame, at + 20)
        end = at + following if following else len(frame)
        if command not in LOGON and end > at + HEADER:
            for _ in range(dice.choice((0, 1, 1, 4))):
                near = min(end, at + HEADER + 24) if dice.random() < 0.5 else end
                frame[dice.randrange(at + HEADER, near)] = dice.choice((0, 1, 0x7f, 0x80, 0xff, dice.randrange(256)))
        if not following:
            break
        at = end
    if dice.random() < 0.02 and command not in LOGON:
        del frame[dice.randrange(HEADER, len(frame) + 1):]
    return bytes(frame)


def upward(client, server):
    try:
        while data := client.recv(1 << 16):
            server.sendall(data)
        server.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def downward(server, client, dice):
    try:
        while True:
            size, = struct.unpack(">I", receive(server, 4))
            frame = damaged(receive(server, size), dice)
            client.sendall(struct.pack(">I", len(frame)) + frame)
    except (EOFError, OSError):
        client.close()
        server.close()


def main(port, seed):
    dice = random.Random(seed)
    listener = socket.create_server(("127.0.0.1", 0))
    print(listener.getsockname()[1], flush=True)

    def serve():
        while True:
            client, _ = listener.accept()
            server = socket.create_connection(("127.0.0.1", port))
            threading.Thread(target=upward, args=(client, server), daemon=True).start()
            threading.Thread(target=downward, args=(server, client, dice), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    sys.stdin.read()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
