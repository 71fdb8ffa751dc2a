#!/usr/bin/env python3
"""Fails unless the TCP segments of two captures begin at the same places of the same messages, and the connections end the same
way: what the client sent, connection by connection.

    same_wire.py segments ONE.pcap OTHER.pcap   where segments with data begin: message and offset in it, from its beginning or,
                                                where its length changed, its end
    same_wire.py kept ONE.pcap OTHER.pcap       the same, but the kernel may have cut in more places, as a window wants it
    same_wire.py ends ONE.pcap OTHER.pcap       data, FINs and RSTs of each side, and the order of FINs and RSTs
"""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))
import wire  # noqa: E402


def by_connection(path):
    """The packets of each connection, in the order of their SYNs: (is the client's, packet)."""
    out = {}
    for p in wire.packets(path):
        if p.flags & wire.TCP_SYN and not p.flags & 16:
            out[(p.source, p.target)] = []
        if (p.source, p.target) in out:
            out[(p.source, p.target)].append((True, p))
        elif (p.target, p.source) in out:
            out[(p.target, p.source)].append((False, p))
    return list(out.values())


def starts(packets):
    """(message, its bytes before the segment, those behind its beginning) of each segment that the client sent."""
    segments, first = {}, None
    for client, p in packets:
        if client and p.payload:
            first = p.seq if first is None else first
            segments.setdefault((p.seq - first) & 0xFFFFFFFF, p.payload)
    stream, begins = b"", []
    for at, payload in sorted(segments.items()):
        if at + len(payload) <= len(stream):
            continue  # sent again
        if at != len(stream):
            sys.exit("segments overlap or are missing: record anew")
        begins.append(at)
        stream += payload
    out, pos, index = [], 0, 0
    while pos < len(stream):
        size = 4 + int.from_bytes(stream[pos + 1:pos + 4], "big")
        out += [(index, b - pos, size - (b - pos)) for b in begins if pos <= b < pos + size]
        pos += size
        index += 1
    return out


def ends(packets):
    """What each side did, and who ended first: a FIN and an RST count once, data is that before and behind them. Between data of the
    two sides there is no order: how fast the server answers is another matter."""
    sides, order = {"client": [], "server": []}, []
    for client, p in packets:
        who = "client" if client else "server"
        for what, there in (("data", p.payload), ("FIN", p.flags & wire.TCP_FIN), ("RST", p.flags & wire.TCP_RST)):
            if not there or what in sides[who] and (what != "data" or sides[who][-1] == what):
                continue
            sides[who].append(what)
            if what != "data":
                order.append(f"{who} {what}")
    return [sides, order]


def same_starts(a, b):
    return len(a) == len(b) and all(x[0] == y[0] and (x[1] == y[1] or x[2] == y[2]) for x, y in zip(a, b))


def kept_starts(a, b):
    return {x[:2] for x in a} <= {x[:2] for x in b}


def main():
    of, same = {"segments": (starts, same_starts), "kept": (starts, kept_starts), "ends": (ends, lambda a, b: a == b)}[sys.argv[1]]
    one, other = ([of(c) for c in by_connection(path)] for path in sys.argv[2:4])
    if len(one) != len(other):
        sys.exit(f"{len(one)} connections and {len(other)}")
    for number, (a, b) in enumerate(zip(one, other)):
        if not same(a, b):
            sys.exit(f"connection {number}:\n{a}\n{b}")
    if not any(one):
        sys.exit("nothing to compare")
    print(one[0][1] if sys.argv[1] == "ends" else f"{sum(map(len, one))} in {len(one)} connections")


main()
