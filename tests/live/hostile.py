#!/usr/bin/env python3
"""Plays servers that misbehave: a replay against each must come to an end, with its reason and without much memory.

    hostile.py SMBENCH WORKLOAD
"""
import os
import socket
import struct
import subprocess
import sys
import threading
from pathlib import Path

SECONDS = 30
MEMORY = 256 << 20  # address space, libraries included
NO_MESSAGE_ID = (1 << 64) - 1


def framed(pdu):
    return struct.pack(">I", len(pdu)) + pdu


def header(command, message_id, status=0, next_command=0):
    """MS-SMB2 2.2.1.2, of a response."""
    return struct.pack("<4sHHIHHIIQIIQ16s", b"\xfeSMB", 64, 1, status, command, 1, 1, next_command, message_id, 0, 0, 0,
                       bytes(16))


def lease_break(key):
    """MS-SMB2 2.2.23.2"""
    return header(18, NO_MESSAGE_ID) + struct.pack("<HHI16sII12s", 44, 0, 1, key, 7, 3, bytes(12))


def until_broken(sock, data):
    try:
        while True:
            sock.sendall(data)
    except OSError:
        return


def flood(sock):
    """Break notifications without end."""
    until_broken(sock, b"".join(framed(lease_break(bytes([k] * 16))) for k in range(200)) * 20)


def large_frames(sock):
    """Frames of the largest size, all of it one opaque body."""
    until_broken(sock, framed((header(0, 0) + b"x" * 0xffffff)[:0xffffff]))


def chains(sock):
    """The longest chains: each PDU a header that says that another one follows."""
    until_broken(sock, framed(header(13, 7, next_command=64) * 100000))


def loops(sock):
    """NextCommand that points to its own PDU, or nowhere."""
    until_broken(sock, framed(header(13, 7, next_command=1) + header(13, 8, next_command=0xfffffff8)))


def half_a_frame(sock):
    """The beginning of a frame, then nothing."""
    sock.sendall(b"\x00\xff\xff\xff\xfeSMB")
    sock.recv(1 << 20)
    threading.Event().wait(SECONDS)


def noise(sock):
    until_broken(sock, bytes(range(256)) * 256)


def silence(sock):
    while sock.recv(1 << 20):
        pass


def close_at_once(sock):
    sock.shutdown(socket.SHUT_RDWR)


def reset(sock):
    sock.recv(1 << 20)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def echo(sock):
    """Whatever comes goes back: requests from a server."""
    while data := sock.recv(1 << 20):
        sock.sendall(data)


def serve(listener, behave):
    while True:
        try:
            sock, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=one, args=(sock, behave), daemon=True).start()


def one(sock, behave):
    with sock:
        try:
            behave(sock)
        except OSError:
            pass


def play(smbench, workload, behave, options):
    """What is wrong with the replay, or ""."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener, behave), daemon=True).start()
        command = [smbench, "replay", workload, "//127.0.0.1", "-p", str(listener.getsockname()[1]), "-U", "u%p",
                   "--pace=none", "--timeout=0.05", *options]
        if "ASAN_OPTIONS" not in os.environ:
            command = ["prlimit", f"--as={MEMORY}", *command]
        try:
            done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=SECONDS, check=False)
        except subprocess.TimeoutExpired:
            return f"no end within {SECONDS} s"
    return "" if done.returncode in (1, 3) else f"exit status {done.returncode}: {done.stderr[-1500:].decode(errors='replace')}"


def main():
    smbench, workload = sys.argv[1], Path(sys.argv[2])
    failed = 0
    for behave in (flood, large_frames, chains, loops, half_a_frame, noise, silence, close_at_once, reset, echo):
        for options in ([], ["--json"], ["--order=none"]):
            wrong = play(smbench, workload, behave, options)
            print(f"{'FAILED' if wrong else 'ok'}: {behave.__name__} {' '.join(options)} {wrong}", flush=True)
            failed += bool(wrong)
    sys.exit(failed > 0)


main()
