#!/usr/bin/python3
"""Speaks every information class and FSCTL that smbench has a list of to a server, for a capture of bodies.

    bodies.py HOST PORT

What the server does not support fails, which is fine: the request is in the capture. smbd must take smbtest for an
administrator of the share ("admin users") or the security and quota parts fail.
"""
import struct
import sys

import smb2client as smb
from smb2client import QUERY_DIRECTORY, QUERY_INFO, SET_INFO, Channel, Connection, Tree, utf16

ANY = None  # every status will do
FILE, FS, SECURITY, QUOTA = 1, 2, 3, 4
TIME = 0x1D5C0F2B9C5A280
BUILTIN_ADMINS = bytes.fromhex("01020000000000052000000020020000")
EVERYONE = bytes.fromhex("010100000000000100000000")


def call(tree, command, body):
    return tree.connection.wait(tree.send(command, body), ANY)


def query(file, kind, info_class, data=b"", additional=0, flags=0, room=4096):
    body = struct.pack("<HBBIHHIII16s", 41, kind, info_class, room, 104 if data else 0, 0, len(data), additional, flags,
                       file.handle)
    return call(file.tree, QUERY_INFO, body + (data or b"\0"))


def change(file, kind, info_class, data, additional=0):
    body = struct.pack("<HBBIHHI16s", 33, kind, info_class, len(data), 96, 0, additional, file.handle)
    return call(file.tree, SET_INFO, body + data)


def list_names(directory, info_class, pattern="*", flags=1):
    name = utf16(pattern)
    body = struct.pack("<HBBI16sHHI", 33, info_class, flags, 0, directory.handle, 96, len(name), 65536)
    return call(directory.tree, QUERY_DIRECTORY, body + name)


def full_ea(name, value, more=False):
    one = struct.pack("<BBH", 0, len(name), len(value)) + name + b"\0" + value
    step = (4 + len(one) + 3) // 4 * 4
    return struct.pack("<I", step if more else 0) + one + (bytes(step - 4 - len(one)) if more else b"")


def ace(kind, flags, body):
    return struct.pack("<BBH", kind, flags, 4 + len(body)) + body


def descriptor(aces, owned=True):
    """Owner and group are the same bytes; behind the last ACE is room."""
    acl = struct.pack("<BBHHH", 4, 0, 8 + len(b"".join(aces)) + 8, len(aces), 0) + b"".join(aces) + bytes(8)
    head = struct.pack("<BBHIIII", 1, 0, 0x8004, *((20, 20) if owned else (0, 0)), 0, 36)
    return head + BUILTIN_ADMINS + acl


PLAIN = (ace(0, 0x13, struct.pack("<I", 0x1200A9) + EVERYONE), ace(1, 0, struct.pack("<I", 0x10000) + BUILTIN_ADMINS),
         ace(0, 0, struct.pack("<I", 0x1F01FF) + EVERYONE))
GUIDS = bytes(range(16)), bytes(range(16, 32))
ODD = (ace(9, 0, struct.pack("<I", 1) + EVERYONE + b"artx\0\0\0\0"),
       ace(5, 0, struct.pack("<II", 0x10, 0) + EVERYONE),
       ace(5, 0, struct.pack("<II", 0x10, 1) + GUIDS[0] + EVERYONE),
       ace(6, 0, struct.pack("<II", 0x10, 2) + GUIDS[1] + EVERYONE),
       ace(5, 0, struct.pack("<II", 0x10, 3) + GUIDS[0] + GUIDS[1] + EVERYONE))


def name_info(name):
    return struct.pack("<I", len(utf16(name))) + utf16(name)


def file_classes(file):
    for info_class in (4, 5, 6, 7, 8, 9, 14, 16, 17, 18, 21, 22, 28, 34, 35, 48, 59):
        query(file, FILE, info_class)
    query(file, FILE, 18, room=104)  # the name does not fit
    query(file, FILE, 15, flags=1)
    query(file, FILE, 15, struct.pack("<IB", 12, 4) + b"TWO\0".ljust(7, b"\0") + struct.pack("<IB", 0, 3) + b"ONE\0")


def set_classes(file):
    change(file, FILE, 4, struct.pack("<QQQQII", TIME, TIME + 1, TIME + 2, TIME + 3, 0x22, 0))
    change(file, FILE, 14, struct.pack("<Q", 5))
    change(file, FILE, 15, full_ea(b"ONE", b"first", True) + full_ea(b"TWO", b"2"))
    change(file, FILE, 16, struct.pack("<I", 2))
    change(file, FILE, 19, struct.pack("<Q", 0x1000))
    change(file, FILE, 20, struct.pack("<Q", 0x123))
    change(file, FILE, 39, struct.pack("<Q", 0x10))
    change(file, FILE, 40, name_info("SHORT~1"))
    change(file, FILE, 11, struct.pack("<B7xQ", 1, 0) + name_info("link"))
    change(file, FILE, 72, struct.pack("<IIQ", 1, 0, 0) + name_info("link2"))
    change(file, FILE, 10, struct.pack("<B7xQ", 0, 0) + name_info("tree\\renamed"))
    change(file, FILE, 65, struct.pack("<IIQ", 1, 0, 0) + name_info("tree\\again"))
    change(file, FILE, 13, b"\1")
    change(file, FILE, 13, b"\0")
    change(file, FILE, 64, struct.pack("<I", 3))


def volume(root):
    for info_class in (1, 3, 4, 5, 6, 7, 8, 11):
        query(root, FS, info_class)
    change(root, FS, 2, name_info("LABEL"))
    change(root, FS, 6, struct.pack("<QQQQQII", 0, 0, 0, 0x100000, 0x200000, 2, 0))
    change(root, FS, 8, bytes(range(64)))


def security(file):
    query(file, SECURITY, 0, additional=7)
    change(file, SECURITY, 0, descriptor(PLAIN), additional=4)
    change(file, SECURITY, 0, descriptor(ODD), additional=4)
    query(file, SECURITY, 0, additional=4)


def quotas(tree):
    quota = tree.create("$Extend\\$Quota:$Q:$INDEX_ALLOCATION", access=0x12019F, disposition=smb.OPEN)
    sids = struct.pack("<II", 0, len(BUILTIN_ADMINS)) + BUILTIN_ADMINS
    query(quota, QUOTA, 0, struct.pack("<BBHIII", 0, 1, 0, len(sids), 0, 0) + sids)
    query(quota, QUOTA, 0, struct.pack("<BBHIII", 1, 1, 0, 0, len(EVERYONE), 0) + EVERYONE)
    query(quota, QUOTA, 0, struct.pack("<BBHIII", 0, 1, 0, 0, 0, 0))
    limits = struct.pack("<QQQQ", 0, 0, 0x10000, 0x20000)
    change(quota, QUOTA, 0, struct.pack("<II", 0, len(BUILTIN_ADMINS)) + limits + BUILTIN_ADMINS)
    quota.close()


def directories(directory):
    for info_class in (1, 2, 3, 12, 37, 38, 50, 60, 63, 78, 79, 80, 81):
        list_names(directory, info_class)
        list_names(directory, info_class, flags=0)


def reparse(tag, data):
    return struct.pack("<IHH", tag, len(data), 0) + data


def controls(file, directory):
    target, shown = utf16("\\??\\C:\\to"), utf16("C:\\to")
    link = struct.pack("<HHHHI", 0, len(target), len(target), len(shown), 0) + target + shown
    mount = struct.pack("<HHHH", 0, len(target), len(target) + 2, len(shown)) + target + b"\0\0" + shown + b"\0\0"
    requests = (
        (0x000900C4, b"\1"),
        (0x000980C8, struct.pack("<QQ", 16, 32)),
        (0x000940CF, struct.pack("<QQ", 0, 1 << 20)),
        (0x00090284, struct.pack("<QQII", 0, 1 << 20, 1, 0)),
        (0x00098208, struct.pack("<IIQQ", 0, 1, 0, 16)),
        (0x0009003C, b""),
        (0x0009C040, struct.pack("<H", 0)),
        (0x0009027C, b""),
        (0x0009C280, struct.pack("<HHI", 2, 0, 1)),
        (0x000900C0, b""),
        (0x0009009C, b""),
        (0x00090098, bytes(range(64))),
        (0x000900BC, bytes(range(48))),
        (0x000900A0, b""),
        (0x000900A4, reparse(0xA000000C, link)),
        (0x000900A4, reparse(0xA0000003, mount)),
        (0x000900A4, reparse(0x80000014, struct.pack("<Q", 0x4B4E4C) + utf16("target"))),
        (0x000900A4, reparse(0x8000001A, b"unknown")),
        (0x000900A8, b""),
        (0x000900AC, reparse(0xA000000C, b"")),
        (0x00090064, b""),
        (0x00090073, struct.pack("<Q", 0)),
        (0x000903D3, struct.pack("<Q", 0)),
        (0x0009008F, struct.pack("<I", 1) + BUILTIN_ADMINS),
        (0x000900EB, struct.pack("<HH", 2, 3)),
        (0x000900EF, b""),
        (0x000900FC, struct.pack("<IIQII", 0, 0, 0, 1, 0)),
        (0x0009013C, b""),
        (0x00090300, b""),
        (0x00090304, struct.pack("<IIQ", 0x2001001, 0, 1) + b"\0\0\0\0"),
        (0x00090350, struct.pack("<HHI16s16s16sQQHHHHQQQQ", 0x100, 0, 4, bytes(16), bytes(16), bytes(16), 0, 0, 0, 0, 0, 0,
                                 0, 0, 0, 0)),
        (0x00090440, struct.pack("<IHH16s", 2, 2, 0, bytes(16)) + utf16("*")),
        (0x00094264, struct.pack("<IIIIQQ", 32, 0, 0, 0, 0, 4096)),
        (0x00098268, struct.pack("<IIQQQ", 544, 0, 0, 4096, 0) + bytes(512)),
        (0x00140078, b""),
        (0x00144064, b""),
        (0x001441BB, struct.pack("<IIIIQ", 1, 1, 1, 4096, 0)),
        (0x001401D4, struct.pack("<II", 1000, 0)),
    )
    for code, data in requests:
        file.tree.ioctl(code, file.handle, data, ANY)
    directory.tree.ioctl(0x001401FC, b"\xff" * 16, b"", ANY)


def referrals(channel):
    pipes = Tree(channel, "IPC$")
    path = utf16("\\127.0.0.1\\test\0")
    data = struct.pack("<H", len(path)) + path + struct.pack("<H", 8) + utf16("Site")
    pipes.ioctl(0x00060194, b"\xff" * 16, struct.pack("<H", 4) + path, ANY)
    pipes.ioctl(0x000601B0, b"\xff" * 16, struct.pack("<HHI", 4, 1, len(data)) + data, ANY)
    wait = struct.pack("<QIBB", 10000000, 12, 1, 0) + utf16("srvsvc")
    pipes.ioctl(0x00110018, b"\xff" * 16, wait, ANY)
    pipe = pipes.create("srvsvc", access=0x12019F, disposition=smb.OPEN)
    for info_class in (23, 24, 25):
        query(pipe, FILE, info_class)
    change(pipe, FILE, 23, struct.pack("<II", 1, 0))
    pipes.ioctl(0x0011400C, pipe.handle, b"", ANY)
    pipe.close()


def notify(tree, directory):
    asked = directory.send_notify()
    tree.connection.wait_interim(asked)
    tree.create("tree\\fresh").close()
    tree.connection.wait(asked)


def main():
    connection = Connection((sys.argv[1], int(sys.argv[2])))
    channel = Channel(connection)
    tree = Tree(channel, "test")
    directory = tree.create("tree", options=smb.DIRECTORY)
    file = tree.create("tree\\file", contexts=[(b"ExtA", full_ea(b"ONE", b"at creation")), (b"SecD", descriptor(PLAIN, False))])
    file.write(b"some bytes" * 100)
    tree.create("tree\\file:stream").close()
    set_classes(file)
    file_classes(file)
    security(file)
    controls(file, directory)
    volume(directory)
    notify(tree, directory)
    directories(directory)
    quotas(tree)
    referrals(channel)
    file.close()
    directory.close()
    connection.close()


if __name__ == "__main__":
    main()
