#!/usr/bin/python3
"""A client whose requests hold names in all places where a map replaces them.

    mapping_session.py PORT
"""
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))
import smb2client as smb  # noqa: E402
from smb2client import Channel, Connection, Tree, utf16  # noqa: E402

RENAME, LINK, ALL_INFO, NORMALIZED_NAME = 10, 11, 18, 48
NO_FILE = b"\xff" * 16


def listing(directory, pattern, flags=1, *expected):
    """FileIdBothDirectoryInformation, from the start."""
    name = utf16(pattern)
    body = struct.pack("<HBBI16sHHI", 33, 37, flags, 0, directory.handle, 96, len(name), 65536) + name
    return directory.tree.call(smb.QUERY_DIRECTORY, body, *expected)


def target(name):
    return struct.pack("<B7xQI", 0, 0, len(utf16(name))) + utf16(name)


def relative_link(name):
    """MS-FSCC 2.1.2.4; the print name stands first, as Windows has it."""
    text = utf16(name)
    data = struct.pack("<HHHHI", len(text), len(text), 0, len(text), 1) + text * 2
    return struct.pack("<IHH", 0xA000000C, len(data), 0) + data


def sid(*parts):
    return struct.pack("<BB6s", 1, len(parts), bytes(5) + b"\5") + struct.pack(f"<{len(parts)}I", *parts)


def descriptor():
    """Self-relative, an owner and two ACEs (MS-DTYP 2.4.6)."""
    owner = sid(21, 7, 7, 7, 1001)
    aces = [struct.pack("<BBHI", 0, 0, 8 + len(s), 0x1F01FF) + s for s in (owner, sid(21, 7, 7, 7, 513), sid(32, 544))]
    acl = struct.pack("<BBHHH", 2, 0, 8 + sum(map(len, aces)), len(aces), 0) + b"".join(aces)
    return struct.pack("<BBHIIII", 1, 0, 0x8004, 20, 0, 0, 20 + len(owner)) + owner + acl


def security(tree):
    handle = tree.create("guarded", contexts=[(b"SecD", descriptor()), (b"MxAc", b"")])
    info = descriptor()
    tree.call(smb.SET_INFO, struct.pack("<HBBIHHI16s", 33, 3, 0, len(info), 96, 0, 4, handle.handle) + info)
    tree.call(smb.QUERY_INFO, struct.pack("<HBBIHHIII16s", 41, 3, 0, 4096, 104, 0, 0, 4, 0, handle.handle) + b"\0")
    handle.close()


def main():
    address = ("127.0.0.1", int(sys.argv[1]))
    tree, watcher = (Tree(Channel(Connection(address)), "test") for _ in range(2))
    top = tree.create("dir", options=smb.DIRECTORY, access=smb.READ_ACCESS)
    inner = tree.create("dir\\inner", options=smb.DIRECTORY, access=smb.READ_ACCESS)
    for pattern in ("*", "inner"):
        listing(top, pattern)
    listing(inner, "nothing", 1, None)
    handle = tree.create("dir\\inner\\file", oplock=smb.OPLOCK_LEASE,
                         contexts=[(b"MxAc", b""), smb.lease(b"k" * 16, 7, 1), (b"QFid", b"")])
    handle.write(b"data")
    for info in (ALL_INFO, NORMALIZED_NAME):
        handle.query_info(info)
    watch = watcher.create("dir", options=smb.DIRECTORY, access=smb.READ_ACCESS)
    waiting = watch.send_notify(recursive=True, mask=1)
    watcher.connection.wait_interim(waiting)
    handle.set_info(RENAME, target("dir\\inner\\another"))
    watcher.connection.wait(waiting)
    listing(inner, "another")
    handle.set_info(LINK, target("dir\\linked"), None)
    tree.create("dir\\inner\\another:stream").close()
    made = tree.create("dir\\link")
    made.ioctl(0x900A4, relative_link("inner\\another"), None)
    made.close()
    tree.create("dir/inner\\\u00e4\u00df\u20ac").close()
    tree.create("elsewhere").close()
    tree.create("").close()
    handle.close()
    pipes = Tree(tree.channel, "IPC$")
    for path in ("\\127.0.0.1\\test\\dir\\inner", "\\127.0.0.1\\test"):
        pipes.ioctl(0x60194, NO_FILE, struct.pack("<H", 4) + utf16(path) + bytes(2), None)
    security(Tree(tree.channel, "acl"))
    for each in (tree, watcher):
        each.connection.close()


main()
