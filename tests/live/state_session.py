#!/usr/bin/python3
"""A client that finds a share by every way there is, and changes it on the way. What it looks at below "blind" it has not
listed before.

    state_session.py PORT
"""
import struct
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))
import smb2client as smb  # noqa: E402
from bodies import EVERYONE, FILE, SECURITY, ace, change, descriptor, full_ea, list_names, query  # noqa: E402
from smb2client import Channel, Connection, Tree, utf16  # noqa: E402

NOT_FOUND, PATH_NOT_FOUND, COLLISION, NO_SUCH_FILE = 0xC0000034, 0xC000003A, 0xC0000035, 0xC000000F
DIRECTORY_CLASSES = (1, 2, 3, 37, 38)
COPYCHUNK, RESUME_KEY, ZERO_DATA = 0x1440F2, 0x140078, 0x980C8
END_OF_FILE, BASIC, DISPOSITION, FULL_EA, ALL, STREAMS = 20, 4, 13, 15, 18, 22
OVERWRITE = 4


def open_file(tree, name, **how):
    return tree.create("blind\\" + name, **{"disposition": smb.OPEN} | how)


def read_all(file, size, step=65536):
    for at in range(0, size, step):
        file.read(min(step, size - at), at)


def contents(tree, other):
    file = open_file(tree, "whole.bin")
    read_all(file, 100000)
    read_all(file, 100000)  # which adds nothing
    file.close()
    file = open_file(tree, "part.bin")
    file.read(1000)
    file.write(b"#" * 5000, 500)
    file.write(b"#" * 5000, 50000)
    read_all(file, 100000)
    file.close()
    file = open_file(tree, "cut.bin")
    file.set_info(END_OF_FILE, struct.pack("<Q", 20000))
    file.set_info(END_OF_FILE, struct.pack("<Q", 40000))
    read_all(file, 40000)
    file.close()
    file = open_file(tree, "zeroed.bin")
    file.ioctl(ZERO_DATA, struct.pack("<QQ", 10000, 30000))
    read_all(file, 50000)
    file.close()
    # Whoever writes: the other client does, and the first one reads.
    file, theirs = open_file(tree, "other.bin"), open_file(other, "other.bin")
    theirs.write(b"theirs", 7000)
    read_all(file, 20000)
    theirs.close()
    file.close()
    # Two handles, and the second file of a copy.
    source, target = open_file(tree, "source.bin"), open_file(tree, "copied.bin")
    answer = source.ioctl(RESUME_KEY, room=32)
    key = answer.data[struct.unpack_from("<I", answer.body, 32)[0]:][:24]
    target.ioctl(COPYCHUNK, key + struct.pack("<II", 2, 0) + struct.pack("<QQII", 0, 1000, 2000, 0) +
                 struct.pack("<QQII", 0, 30000, 100, 0), room=12)
    read_all(target, 40000)
    target.close()
    source.close()


def names(tree, other):
    open_file(tree, "over.bin", disposition=OVERWRITE).close()
    file = open_file(tree, "gone.txt", options=smb.DELETE_ON_CLOSE)
    file.read(600)
    file.close()
    tree.wait_create("blind\\gone.txt", NOT_FOUND, disposition=smb.OPEN)
    file = open_file(tree, "gone.txt", disposition=smb.CREATE_NEW)
    file.write(b"made anew")
    file.read(9)
    file.close()
    file = open_file(tree, "moved.txt")
    file.rename("blind\\elsewhere.txt")
    file.close()
    file = open_file(tree, "ELSEWHERE.TXT")
    file.read(700)
    file.close()
    tree.wait_create("blind\\moved.txt", NOT_FOUND, disposition=smb.OPEN)
    # A directory that moves, and what is in it.
    file = open_file(tree, "dir", options=smb.DIRECTORY)
    file.rename("blind\\renamed")
    file.close()
    file = open_file(tree, "renamed\\inner\\deep.txt")
    file.read(800)
    file.close()
    inner = open_file(tree, "renamed\\inner", options=smb.DIRECTORY)
    list_names(inner, 37)
    inner.close()
    # What is in the way, and what is not there.
    tree.wait_create("blind\\way", COLLISION, disposition=smb.CREATE_NEW, options=smb.DIRECTORY)
    tree.wait_create("blind\\way\\file", COLLISION, disposition=smb.CREATE_NEW)
    tree.wait_create("blind\\none\\file", PATH_NOT_FOUND, disposition=smb.OPEN)
    tree.wait_create("blind\\mixed case.txt\\file", PATH_NOT_FOUND, disposition=smb.OPEN)
    folder = other.create("blind\\made", options=smb.DIRECTORY)
    file = other.create("blind\\made\\file")
    file.write(b"not of the first state")
    file.read(10)
    file.close()
    list_names(folder, 37)
    folder.close()
    open_file(tree, "MIXED CASE.txt").close()
    folder = tree.create("blind\\\u00fcML\u00c4UT \u20ac", disposition=smb.OPEN, options=smb.DIRECTORY)
    list_names(folder, 37)
    folder.close()


def facts(tree):
    file = open_file(tree, "tagged.txt")
    file.query_info(ALL)
    file.query_info(STREAMS)
    query(file, FILE, FULL_EA, flags=1)
    change(file, FILE, FULL_EA, full_ea(b"LATER", b"1"))
    query(file, FILE, FULL_EA, flags=1)
    file.close()
    stream = open_file(tree, "tagged.txt:tag")
    stream.read(26)
    stream.close()
    stream = open_file(tree, "tagged.txt:new", disposition=smb.CREATE_NEW)
    stream.write(b"new")
    stream.close()
    tree.wait_create("blind\\tagged.txt:none", NOT_FOUND, disposition=smb.OPEN)
    file = open_file(tree, "guarded.txt")
    query(file, SECURITY, 0, additional=7)
    change(file, SECURITY, 0, descriptor((ace(0, 0, struct.pack("<I", 0x1F01FF) + EVERYONE),), False), 4)
    query(file, SECURITY, 0, additional=7)
    file.close()
    # Attributes that are set before anybody asked for them, but the CREATE had said them.
    file = open_file(tree, "twice.bin")
    file.set_info(BASIC, struct.pack("<QQQQII", 0, 0, 0x1D5C0F2B9C5A280, 0, 2, 0))
    file.query_info(ALL)
    file.close()
    open_file(tree, "twice.bin").close()
    open_file(tree, "\u00fcml\u00e4ut \u20ac\\\u65e5\u672c.txt").close()


def listings(tree):
    for n, info_class in enumerate(DIRECTORY_CLASSES):
        folder = tree.create(f"seen\\d{n}", disposition=smb.OPEN, options=smb.DIRECTORY)
        while list_names(folder, info_class, flags=0).status == 0:
            pass
        list_names(folder, info_class, "nowhere", flags=0x10)  # SMB2_REOPEN
        query(folder, SECURITY, 0, additional=7)
        folder.close()
    folder = tree.create("", disposition=smb.OPEN, options=smb.DIRECTORY)
    list_names(folder, 37)
    folder.close()


def main():
    address = ("127.0.0.1", int(sys.argv[1]))
    tree, other = (Tree(Channel(Connection(address)), "acl") for _ in range(2))
    listings(tree)
    contents(tree, other)
    names(tree, other)
    facts(tree)


if __name__ == "__main__":
    main()
