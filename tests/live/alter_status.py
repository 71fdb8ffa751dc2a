#!/usr/bin/env python3
"""Alters the recorded status of the first response to a command in a workload, and prints the event's number and frame.

    alter_status.py WORKLOAD COMMAND STATUS
"""
import json
import struct
import sys
from pathlib import Path

FRAME_HEADER, STATUS_AT = 4, 8


def main():
    workload, command, status = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3], 0)
    for line in (workload / "messages.jsonl").read_text().splitlines():
        event = json.loads(line)
        if event["ev"] != "recv" or event.get("cmd") != command:
            continue
        extent = event["data"][0]
        offset = extent[0] if isinstance(extent, list) else extent
        with open(workload / "data.bin", "r+b") as data:
            data.seek(offset + FRAME_HEADER)
            if data.read(4) != b"\xfeSMB":
                sys.exit("alter_status: the event's bytes are not an SMB2 message")
            data.seek(offset + FRAME_HEADER + STATUS_AT)
            data.write(struct.pack("<I", status))
        frame = event["frame"]
        print(json.dumps({"event": event["n"], "frame": frame[1] if isinstance(frame, list) else frame}))
        return
    sys.exit(f"alter_status: no response to {command}")


main()
