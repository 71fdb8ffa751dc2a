#!/usr/bin/env python3
"""What the calls of RPC over pipes came to, as tshark reads a capture: a line for each answer.

    rpc_calls.py CAPTURE PORT [OPTION OF TSHARK ...]

A line: type of the PDU (2 is a response, 3 a fault, 12 a bind_ack), operation, and the status that it returned.
"""
import subprocess
import sys

ANSWERS = {"2", "3", "12", "13", "15"}
FIELDS = ["dcerpc.pkt_type", "dcerpc.opnum", "samr.status", "lsarpc.status", "srvsvc.werror", "dcerpc.cn_status"]


def main(capture, port, *options):
    command = ["tshark", "-r", capture, "-d", f"tcp.port=={port},nbss", *options, "-Y", "dcerpc", "-T", "fields"]
    for field in FIELDS:
        command += ["-e", field]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    for line in done.stdout.splitlines():
        values = line.split("\t")
        if values[0] in ANSWERS:
            print(" ".join(value or "-" for value in values))


if __name__ == "__main__":
    main(*sys.argv[1:])
