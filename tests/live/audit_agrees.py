#!/usr/bin/env python3
"""Fails unless an audit and a second capture of the replay agree, byte for byte, also where a replay went another way.

    audit_agrees.py RECORDED.pcap REPLAYED.pcap AUDIT WORKLOAD [KEYS KEYLOG]

Each message that went out is the recorded one with the audit's changes made in it, and those are fields that a replay may
patch. As many messages went out as the replay says, and the audit lists no other. A server that crashes, or lets nobody
in, may keep messages from going out.
"""
import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))
import audit  # noqa: E402
import judge  # noqa: E402
import wire  # noqa: E402


def aligned(result, declared, recorded, sent, conn):
    """Pairs of them. Each sent message is the next recorded one as the audit has it, or one of the audit's extra ones;
    recorded ones that were left out are passed over, and so are those that found no connection any more."""
    at, out = 0, []
    for message in sent:
        data, extra = audit.framed(message.data), (conn, audit.framed(message.data))
        found = next((i for i in range(at, len(recorded)) if declared.wanted(recorded[i]) == data), None)
        if found is not None:
            out.append((recorded[found], message))
            at = found + 1
        elif extra in declared.extras:
            declared.extras.remove(extra)
        elif at < len(recorded):  # for the judge to say what is wrong with it
            out.append((recorded[at], message))
            at += 1
        else:
            result.inexact(f"connection {conn}: frame {message.frame} is neither recorded nor in the audit")
    return out


def main():
    if len(sys.argv) not in (5, 7):
        sys.exit(__doc__)
    recorded, replayed, log, workload, keys, keylog = (sys.argv[1:] + [None, None])[:6]
    old, new = wire.connections(recorded, keys), wire.connections(replayed, keylog)
    result, count, shut = judge.Result(recorded), 0, 0
    try:
        declared = judge.Declared(log, workload, old, new)
    except audit.AuditError as error:
        sys.exit(str(error))
    for a, b in zip(old, new):
        sides = [[m for m in c.messages if m.from_client] for c in (a, b)]
        shut += sum(m.sealed and not m.opened for side in sides for m in side)
        count += len(sides[1])
        for pair in aligned(result, declared, *sides, a.number):
            judge.compare_message(result, *pair, declared)
    for reason in declared.unsent():
        result.inexact(reason)
    said = re.search(r"^\S+: (\d+) messages sent", Path(log).read_text(errors="replace"), re.M)
    if not said or int(said[1]) != count or len(new) > len(old):
        result.inexact(f"{count} messages on {len(new)} connections in the second capture, the replay says "
                       f"{said[1] if said else 'nothing'}")
    if shut:
        result.inexact(f"tshark cannot open {shut} messages")
    if not result.exact:
        sys.exit("\n".join(result.reasons[:20]))
    print(f"{count} messages, {sum(len(c.messages) for c in new)} with the server's")


main()
