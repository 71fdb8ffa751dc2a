#!/usr/bin/env python3
"""Fails unless two captures hold the same messages, connection by connection and direction by direction.

    same_messages.py ONE.pcap OTHER.pcap
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))
import wire  # noqa: E402


def streams(path):
    out = []
    for conn in wire.connections(path):
        for from_client in (True, False):
            out.append([m.data for m in conn.messages if m.from_client == from_client])
    return out


def main():
    one, other = streams(sys.argv[1]), streams(sys.argv[2])
    if len(one) != len(other):
        sys.exit(f"{len(one) // 2} connections and {len(other) // 2}")
    for number, (a, b) in enumerate(zip(one, other)):
        if a != b:
            at = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), min(len(a), len(b)))
            sys.exit(f"connection {number // 2}, direction {number % 2}: message {at} differs ({len(a)} and {len(b)})")
    if not any(one):
        sys.exit("no messages at all")
    print(f"{sum(map(len, one))} messages")


main()
