#!/usr/bin/env python3
"""A share with 2,000 files in 200 directories, streams, EAs, ACLs and attributes: scripts for smbclient that make it, that walk it
as the capture of a client, and that walk it as a judge; and the comparison of two such walks.

    big_tree.py make LOCAL          the script that makes the tree; LOCAL gets the files that it puts
    big_tree.py client              the script of the client that is captured
    big_tree.py judge               the script of an independent walk
    big_tree.py files ROOT          the same of the server's file system: sizes, contents that the client read, EAs, streams
    big_tree.py acls PORT SHARE     sets the ACLs, by the lab's own client, since smbcacls takes no port
"""
import hashlib
import os
import struct
import sys

DIRECTORIES, FILES = 200, 2000
LENGTHS = (0, 1, 100, 1000, 4096, 5000, 20000)


def directories():
    """20 in the root, each with 9 in it."""
    for i in range(20):
        yield f"project {i:02}"
        for k in range(9):
            yield f"project {i:02}\\part{k}"


def files():
    """Name, number, and what it has more than others."""
    folders = sorted(directories())
    for i in range(FILES):
        name = f"{folders[i % DIRECTORIES]}\\{'Ümläut ' if i % 50 == 7 else 'file'}{i:04}.{('txt', 'doc', 'bin')[i % 3]}"
        yield i, name


def length(i):
    return 300000 if i % 500 == 3 else LENGTHS[i % len(LENGTHS)]


def content(i):
    return hashlib.sha256(str(i).encode()).digest() * (length(i) // 32 + 1)


def has_stream(i):
    return i % 40 == 1


def has_ea(i):
    return i % 25 == 2


def mode(i):
    return {1: "+h", 2: "+rs", 3: "-a"}.get(i % 7)


def is_read(i):
    """The client gets it, contents and all."""
    return i % 20 == 1 or i % 500 == 3


def looked_at(i):
    return has_stream(i) or has_ea(i) or i % 100 == 0


def acls():
    """Names with an ACL, and its ACEs: files, and directories whose ACEs are inherited."""
    for i, folder in enumerate(sorted(directories())):
        if i % 25 == 3:
            yield folder, True, (ace(0, 3, OWNER, 0x1F01FF), ace(0, 3, EVERYONE, 0x1200A9))
    for i, name in files():
        if i % 50 == 5:
            yield name, False, (ace(1, 0, OTHER, 0x10116), ace(0, 0, OWNER, 0x1F01FF), ace(0, 0, EVERYONE, 0x120089))


def sid(*numbers):
    return struct.pack("<BB", 1, len(numbers) - 1) + numbers[0].to_bytes(6, "big") + struct.pack(f"<{len(numbers) - 1}I", *numbers[1:])


OWNER = sid(5, 21, 1001, 1002, 1003, 1000)
OTHER = sid(5, 21, 1001, 1002, 1003, 1001)
EVERYONE = sid(1, 0)


def ace(kind, flags, who, mask):
    return struct.pack("<BBHI", kind, flags, 8 + len(who), mask) + who


def set_acls(port, share):
    import smb2client as smb
    connection = smb.Connection(("127.0.0.1", int(port)))
    tree = smb.Tree(smb.Channel(connection), share)
    for name, _, aces in acls():
        acl = struct.pack("<BBHHH", 2, 0, 8 + len(b"".join(aces)), len(aces), 0) + b"".join(aces)
        info = struct.pack("<BBHIIII", 1, 0, 0x9004, 0, 0, 0, 20) + acl
        handle = tree.create(name, access=0x60000, disposition=smb.OPEN)
        body = struct.pack("<HBBIHHI16s", 33, 3, 0, len(info), 96, 0, 4, handle.handle) + info
        tree.call(smb.SET_INFO, body)
        handle.close()
    connection.close()


def quoted(name):
    return f'"{name}"'


def make(local):
    print("prompt")
    for folder in directories():
        print(f"mkdir {quoted(folder)}")
    for i, name in files():
        with open(f"{local}/{i}", "wb") as f:
            f.write(content(i)[:length(i)])
        print(f"put {local}/{i} {quoted(name)}")
        if has_stream(i):
            print(f"put {local}/2 {quoted(name + ':notes')}")
        if has_ea(i):
            print(f"setea {quoted(name)} COLOR blue{i}")
    for i, name in files():
        if mode(i):
            print(f"setmode {quoted(name)} {mode(i)}")
        print(f"utimes {quoted(name)} 2021:0{1 + i % 9}:03-04:05:06 2022:02:03-04:05:{i % 60:02} "
              f"2023:03:04-{i % 24:02}:06:07 -1")
    for folder in reversed(list(directories())):
        print(f"utimes {quoted(folder)} 2020:01:02-03:04:05 2020:01:02-03:04:05 2020:01:02-03:04:05 -1")


def client():
    print("prompt\nrecurse\nls")
    for i, name in files():
        if looked_at(i):
            print(f"allinfo {quoted(name)}")
        if has_ea(i):
            print(f"geteas {quoted(name)}")
        if is_read(i):
            print(f"get {quoted(name)} /dev/null")
        if has_stream(i):
            print(f"get {quoted(name + ':notes')} /dev/null")
    print("showacls\nrecurse")
    for name, _, _ in acls():
        print(f"ls {quoted(name)}")


def judge():
    print("prompt\nrecurse\nls\nrecurse")
    for folder in directories():
        print(f"allinfo {quoted(folder)}")
    for i, name in files():
        print(f"allinfo {quoted(name)}")
        if has_ea(i):
            print(f"geteas {quoted(name)}")
    print("showacls")
    for name, _, _ in acls():
        print(f"ls {quoted(name)}")


def walk_files(root):
    read = {name.replace("\\", "/") for i, name in files() if is_read(i)}
    for folder, folders, names in os.walk(root):
        folders.sort()
        for name in sorted(folders + names):
            path = os.path.join(folder, name)
            short = os.path.relpath(path, root)
            info = os.stat(path)
            line = [short, "directory" if os.path.isdir(path) else str(info.st_size), str(info.st_mtime_ns // 100)]
            if short in read:
                line.append(hashlib.sha256(open(path, "rb").read()).hexdigest())
            for attribute in sorted(os.listxattr(path)):
                if attribute.startswith("user.") and attribute != "user.DOSATTRIB":
                    line.append(f"{attribute}={os.getxattr(path, attribute).hex()}")
            print("\t".join(line))


if __name__ == "__main__":
    if sys.argv[1] == "make":
        make(sys.argv[2])
    elif sys.argv[1] == "files":
        walk_files(sys.argv[2])
    elif sys.argv[1] == "acls":
        set_acls(*sys.argv[2:])
    else:
        {"client": client, "judge": judge}[sys.argv[1]]()
