#!/usr/bin/env python3
"""The latencies that compare tells are those that tshark finds.

    latency_agrees.py COMPARED.json WHICH CAPTURE PORT

WHICH ("recorded" or "run") of `smbench compare --json` is held against tshark's smb2.time in the capture: for each command how many
answers there were, and the longest time to the microsecond. Interim answers are no answers.
Prints how many answers there were.
"""
import json
import subprocess
import sys
from collections import defaultdict

COMMANDS = ["NEGOTIATE", "SESSION_SETUP", "LOGOFF", "TREE_CONNECT", "TREE_DISCONNECT", "CREATE", "CLOSE", "FLUSH", "READ", "WRITE",
            "LOCK", "IOCTL", "CANCEL", "ECHO", "QUERY_DIRECTORY", "CHANGE_NOTIFY", "QUERY_INFO", "SET_INFO", "OPLOCK_BREAK"]


def told(path, which):
    with open(path) as text:
        rows = json.load(text)["latency"]
    count, longest = defaultdict(int), defaultdict(int)
    for row in rows:
        count[row["command"]] += row[which]["answers"]
        longest[row["command"]] = max(longest[row["command"]], row[which].get("max_ns", 0))
    return {command: (n, longest[command] // 1000) for command, n in count.items() if n}


def seen(capture, port):
    command = ["tshark", "-r", capture, "-d", f"tcp.port=={port},nbss", "-Y", "smb2.flags.response == 1 && smb2.nt_status != 0x103",
               "-T", "fields", "-e", "smb2.cmd", "-e", "smb2.time"]
    lines = subprocess.run(command, capture_output=True, text=True, check=True).stdout.splitlines()
    count, longest = defaultdict(int), defaultdict(int)
    for line in lines:
        for number, time in zip(*(field.split(",") for field in line.split("\t"))):
            name = COMMANDS[int(number)]
            count[name] += 1
            longest[name] = max(longest[name], int(time.replace(".", "")) // 1000)
    return {command: (n, longest[command]) for command, n in count.items()}


def main():
    compared, which, capture, port = sys.argv[1:]
    a, b = told(compared, which), seen(capture, port)
    for command in sorted(set(a) | set(b)):
        if a.get(command) != b.get(command):
            sys.exit(f"{command}: answers and longest time {a.get(command)}, tshark has {b.get(command)}")
    print(sum(n for n, _ in a.values()))


if __name__ == "__main__":
    main()
