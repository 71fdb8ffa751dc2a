#!/usr/bin/env python3
"""Relays SMB2 connections to a port, with a bug in how it reads messages that come in pieces.

    half_reader.py PORT shared|header   prints the port that it listens on; ends when its input does

shared: while it has half of a CREATE of one connection, it ends any other that sends one, too, as if both were read into one buffer.
header: it ends a connection whose CREATE stops behind the SMB2 header.
What was read in one go, it reads right.
"""
import selectors
import socket
import sys

CREATE = 5
FRAME, HEADER = 4, 68


class Side:
    def __init__(self, sock, peer):
        self.sock, self.peer, self.client, self.data = sock, peer, False, b""

    def half(self):
        """A CREATE of which a part has come; whole messages are dropped."""
        while len(self.data) >= FRAME:
            size = FRAME + int.from_bytes(self.data[1:4], "big")
            if len(self.data) < size:
                break
            self.data = self.data[size:]
        return self.data[16:18] == bytes((CREATE, 0))


class Relay:
    def __init__(self, port, bug):
        self.port, self.bug, self.sides = port, bug, {}
        self.selector = selectors.DefaultSelector()
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.selector.register(self.listener, selectors.EVENT_READ)
        self.selector.register(sys.stdin, selectors.EVENT_READ)

    def accept(self):
        client, _ = self.listener.accept()
        server = socket.create_connection(("127.0.0.1", self.port))
        for sock, peer in ((client, server), (server, client)):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.sides[sock] = Side(sock, peer)
            self.selector.register(sock, selectors.EVENT_READ)
        self.sides[client].client = True

    def end(self, side):
        for sock in (side.sock, side.peer):
            self.selector.unregister(sock)
            del self.sides[sock]
            sock.close()

    def is_wrong(self, side, data):
        others = [s for s in self.sides.values() if s.client and s is not side and s.half()]
        began = not side.data and data[16:18] == bytes((CREATE, 0))
        side.data += data
        half = side.half()
        if self.bug == "shared":
            return began and bool(others)
        return half and len(side.data) == HEADER

    def read(self, side):
        try:
            data = side.sock.recv(1 << 16)
            if not data or (side.client and self.is_wrong(side, data)):
                return self.end(side)
            side.peer.sendall(data)
        except OSError:
            self.end(side)

    def serve(self):
        print(self.listener.getsockname()[1], flush=True)
        while True:
            for key, _ in self.selector.select():
                if key.fileobj is sys.stdin:
                    return
                if key.fileobj is self.listener:
                    self.accept()
                elif key.fileobj in self.sides:
                    self.read(self.sides[key.fileobj])


if __name__ == "__main__":
    Relay(int(sys.argv[1]), sys.argv[2]).serve()
