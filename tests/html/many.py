#!/usr/bin/env python3
"""A workload of any number of exchanges, and a run of it in which some answers differ.

    many.py CAPTURE.smb OUT EXCHANGES DIVERGENCES

Both are made of a compiled capture: its last exchange that names a file is repeated with other MessageIds, on OUT.smb and
OUT.run. The answers that differ have different statuses, actions or none at all, so that there are several causes. With
HOSTILE set in the environment, names and labels of the workload are markup.
"""
import json
import os
import sys

STATUSES = ["STATUS_ACCESS_DENIED", "STATUS_OBJECT_NAME_NOT_FOUND", "STATUS_FILE_CLOSED", "STATUS_SHARING_VIOLATION"]
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u202etxt.exe"


def main():
    source, out, exchanges, divergences = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    with open(source + "/messages.jsonl", encoding="utf-8") as f:
        lines = [json.loads(line) for line in f]
    at = max(i for i, line in enumerate(lines) if line["ev"] == "send" and line["cmd"] == "CREATE"
             and lines[i + 1]["ev"] == "recv")
    head, pair = lines[:at], lines[at:at + 2]
    for line in pair:
        line.pop("defs", None)
    t = head[-1]["t"] if isinstance(head[-1]["t"], int) else head[-1]["t"][-1]
    frame = head[-1]["frame"] if isinstance(head[-1]["frame"], int) else head[-1]["frame"][-1]
    with open(source + "/workload.json", encoding="utf-8") as f:
        meta = f.read()
    if os.environ.get("HOSTILE"):
        meta = meta.replace('"tool": "', '"tool": ' + json.dumps(EVIL)[:-1]).replace('"client":"', '"client":' +
                                                                                     json.dumps(EVIL)[:-1])
    every = exchanges // divergences if divergences else exchanges + 1
    for kind in "workload", "run":
        folder = out + (".smb" if kind == "workload" else ".run")
        os.makedirs(folder, exist_ok=True)
        with open(source + "/data.bin", "rb") as f, open(folder + "/data.bin", "wb") as g:
            g.write(f.read())
        with open(folder + "/workload.json", "w", encoding="utf-8") as f:
            f.write(meta.replace('"kind": "workload"', f'"kind": "{kind}"'))
        with open(folder + "/messages.jsonl", "w", encoding="utf-8") as f:
            for line in rows(kind, head, pair, t, frame, exchanges, every, divergences):
                f.write(json.dumps(line, separators=(",", ":")) + "\n")


def rows(kind, head, pair, t, frame, exchanges, every, divergences):
    """The lines of one of the two."""
    run = kind == "run"
    n = 0
    for line in head:
        yield number(dict(line), n, run, n)
        n += 1
    of = n
    for i in range(exchanges):
        differs = run and i % every == every - 1 and i // every < divergences
        send, recv = dict(pair[0]), dict(pair[1])
        start = t + i * 150000
        send.update(t=start, frame=frame + 2 * i + 1, set={"message_id": str(1000 + i)})
        took = 40000 + i * 7919 % 97 * 900 + (i % 211 == 0) * 4000000
        recv.update(t=start + (took * 2 if run else took), frame=frame + 2 * i + 2, set={"message_id": str(1000 + i)})
        if not run and i == 0 and os.environ.get("HOSTILE"):
            send["label"] = "evil"
        yield number(send, n, run, of)
        n += 1
        of += 2
        if differs and i // every % 5 == 4:
            continue
        if differs and i // every % 5 == 3:
            recv["set"]["body.create_action"] = str(i + 9)
        elif differs:
            recv["set"]["status"] = STATUSES[i // every % 4]
        yield number(recv, n, run, of)
        n += 1


def number(line, n, run, of):
    """With its number; a request of a run says for which it stands."""
    line["n"] = n
    if run:
        for key in "frame", "label", "cuts", "joined":
            line.pop(key, None)
        if line["ev"] == "send":
            line["of"] = of
            line.pop("patches", None)
    return line


main()
