#!/usr/bin/python3
"""Holds a lock until a file appears.

    lock_holder.py PORT NAME UNTIL

Opens NAME on //127.0.0.1/test, locks its first ten bytes, says so on stdout, and unlocks them when the file UNTIL (a path
on this machine) is there, or after half a minute. Exit status 1 if it is not there then.
"""
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))
from smb2client import Channel, Connection, Tree

port, name, until = int(sys.argv[1]), sys.argv[2], Path(sys.argv[3])
tree = Tree(Channel(Connection(("127.0.0.1", port), 0x311)), "test")
held = tree.create(name)
held.lock(0, 10)
print("held", flush=True)
deadline = time.monotonic() + 30
while not until.exists() and time.monotonic() < deadline:
    time.sleep(0.01)
held.lock(0, 10, 4)
tree.connection.close()
sys.exit(not until.exists())
