#!/usr/bin/env python3
"""A client that minds its TCP segments and how its connections end; no logon.

    wire_client.py PORT cuts       NEGOTIATE in three segments, two ECHOs in one, an ECHO and a half in one, bytes one by one
    wire_client.py PORT echoes     four ECHOs, then a FIN
    wire_client.py PORT fin        a FIN right behind a request, whose answer comes after it
    wire_client.py PORT rst        an RST right behind a request
    wire_client.py PORT fin-rst    a FIN and an RST right behind a request; at a server that takes its time, such as sink
    wire_client.py PORT late       goes on sending when the server has closed its side
    wire_client.py PORT bulk       7 MB that nobody answers, then a FIN
    wire_client.py sink            a server that accepts and reads nothing; says its port
    wire_client.py slow            a server that reads in small pieces; says its port, and of each connection how much came
    wire_client.py proxy PORT      a proxy before PORT that cuts whatever a client sends into odd pieces; says its port
"""
import socket
import struct
import sys

ECHO, NEGOTIATE = 13, 0


def message(command, message_id, body, credits=64):
    head = struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 1, 0, command, credits, 0, 0, message_id, 0, 0, 0, b"")
    return struct.pack(">I", len(head + body)) + head + body


def negotiate():
    return message(NEGOTIATE, 0, struct.pack("<HHHHI16sQHH", 36, 2, 1, 0, 0, bytes(range(16)), 0, 0x202, 0x210))


def echo(message_id):
    return message(ECHO, message_id, struct.pack("<HH", 4, 0))


class Client:
    def __init__(self, port):
        self.sock = socket.create_connection(("127.0.0.1", port))
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def send(self, *pieces):
        """Each piece is a segment: the kernel appends nothing to it."""
        for piece in pieces:
            self.sock.sendmsg([piece], [], socket.MSG_EOR)

    def receive(self, count=1):
        for _ in range(count):
            size = struct.unpack(">I", self.exactly(4))[0]
            self.exactly(size)

    def exactly(self, n):
        data = b""
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                sys.exit("the server closed the connection")
            data += more
        return data

    def until_closed(self):
        while self.sock.recv(65536):
            pass

    def reset(self):
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()


def start(port):
    c = Client(port)
    c.send(negotiate())
    c.receive()
    return c


def cuts(port):
    c = Client(port)
    m = negotiate()
    c.send(m[:2], m[2:37], m[37:])
    c.receive()
    # One credit is granted with each answer.
    c.send(echo(1))
    c.receive()
    c.send(echo(2) + echo(3))
    c.receive(2)
    c.send(echo(4) + echo(5)[:30])
    c.receive()
    c.send(echo(5)[30:] + echo(6))
    c.receive(2)
    c.send(*(bytes([b]) for b in echo(7)))
    c.receive()
    c.sock.shutdown(socket.SHUT_WR)
    c.until_closed()


def echoes(port):
    c = start(port)
    for message_id in range(1, 5):
        c.send(echo(message_id))
        c.receive()
    c.sock.shutdown(socket.SHUT_WR)
    c.until_closed()


def fin(port):
    c = start(port)
    c.send(echo(1))
    c.sock.shutdown(socket.SHUT_WR)
    c.until_closed()


def rst(port):
    c = start(port)
    c.send(echo(1))
    c.reset()


def fin_rst(port):
    c = Client(port)
    c.send(negotiate())
    c.sock.shutdown(socket.SHUT_WR)
    c.reset()


def late(port):
    c = start(port)
    c.send(negotiate())  # a second one: the server closes (MS-SMB2 3.3.5.3.1)
    c.until_closed()
    c.send(echo(1))
    try:
        c.sock.recv(1)
    except ConnectionError:
        pass


def bulk(port):
    c = Client(port)
    for message_id in range(120):
        c.sock.sendall(message(ECHO, message_id, bytes(60000)))
    c.sock.shutdown(socket.SHUT_WR)
    c.until_closed()


def slow():
    server = socket.socket()
    server.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 32768)
    server.bind(("127.0.0.1", 0))
    server.listen()
    print(server.getsockname()[1], flush=True)
    while True:
        conn, count = server.accept()[0], 0
        try:
            while data := conn.recv(2048):
                count += len(data)
        except ConnectionError:
            pass
        conn.close()
        print(count, flush=True)


def sink():
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    kept = []
    while True:
        kept.append(server.accept())


def proxy(port):
    server = socket.create_server(("127.0.0.1", 0))
    print(server.getsockname()[1], flush=True)
    client = server.accept()[0]
    ahead = Client(port)
    import threading

    def back():
        while data := ahead.sock.recv(65536):
            client.sendall(data)
        client.close()

    threading.Thread(target=back, daemon=True).start()
    while data := client.recv(65536):
        at = sorted({1, 5, 61, len(data) // 2, len(data) - 3} & set(range(1, len(data))))
        ahead.send(*(data[a:b] for a, b in zip([0] + at, at + [len(data)])))
    ahead.sock.shutdown(socket.SHUT_WR)


def main():
    cases = {"bulk": bulk, "cuts": cuts, "echoes": echoes, "fin": fin, "rst": rst, "fin-rst": fin_rst, "late": late}
    servers = {"sink": sink, "slow": slow}
    if sys.argv[1] in servers:
        servers[sys.argv[1]]()
    elif sys.argv[1] == "proxy":
        proxy(int(sys.argv[2]))
    else:
        cases[sys.argv[2]](int(sys.argv[1]))


main()
