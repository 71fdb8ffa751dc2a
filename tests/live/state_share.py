#!/usr/bin/python3
"""A share with a bit of everything, and what is on it by an independent walk.

    state_share.py make DIR                   files with contents, times, streams and EAs, below DIR
    state_share.py settle DIR PORT SMBCLIENT...   gives them a creation time, some of them attributes and security
                                              descriptors, over SMB
    state_share.py walk DIR SMBCLIENT...      prints as JSON what stat, xattrs and smbclient's allinfo say

SMBCLIENT is a command line of smbclient without -c. Streams, EAs and descriptors are read as smbd keeps them: in xattrs.
"""
import json
import os
import random
import re
import struct
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "lab"))
import smb2client as smb  # noqa: E402
from bodies import FILE, PLAIN as ACES, SECURITY, change, descriptor  # noqa: E402
from samba.dcerpc import xattr  # noqa: E402
from samba.ndr import ndr_unpack  # noqa: E402
from smb2client import Channel, Connection, Tree  # noqa: E402

STREAM, EA = "user.DosStream.", "user."
OWN = ("user.DOSATTRIB", STREAM)  # what is no EA
EPOCH = 116444736000000000  # of Unix in FILETIME
NTACL = "security.NTACL"
SEEN, BLIND = "seen", "blind"
SIZES = (0, 1, 17, 4096, 9000, 65536, 70001, 300000)
BLIND_FILES = {"whole.bin": 100000, "part.bin": 100000, "cut.bin": 50000, "zeroed.bin": 50000, "copied.bin": 40000, "source.bin": 40000,
               "over.bin": 5000, "gone.txt": 600, "moved.txt": 700, "twice.bin": 20000, "other.bin": 20000, "tagged.txt": 300,
               "guarded.txt": 10, "Mixed Case.TXT": 90, "dir/inner/deep.txt": 800, "dir/inner/deeper.txt": 0, "way/file": 5,
               "\u00fcml\u00e4ut \u20ac/\u65e5\u672c.txt": 33}
MODES = {f"{SEEN}\\d0\\f0": "+r", f"{SEEN}\\d1\\f1.txt": "+h+s", f"{SEEN}\\d2\\f2": "+rhsa", f"{BLIND}\\guarded.txt": "+a",
         f"{BLIND}\\dir\\inner": "+h"}
GUARDED = {f"{BLIND}\\guarded.txt": 0, f"{SEEN}\\d3": smb.DIRECTORY, f"{SEEN}\\d3\\f0": 0}


def make(root):
    rng = random.Random(7)
    names = {f"{SEEN}/d{d}/f{f}{'.txt' if f % 2 else ''}": rng.choice(SIZES) for d in range(6) for f in range(6)}
    names |= {f"{BLIND}/{name}": size for name, size in BLIND_FILES.items()}
    for n, (name, size) in enumerate(names.items()):
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "wb") as f:
            f.write(rng.randbytes(size))
        if n % 5 == 0 or "tagged" in name:
            for stream, length in (("tag", 26), ("b\u00fcrger", n)):
                os.setxattr(path, f"{STREAM}{stream}:$DATA", rng.randbytes(length) + b"\0")
        if n % 4 == 0 or "tagged" in name:
            os.setxattr(path, f"{EA}colour", b"blue")
            os.setxattr(path, f"{EA}n{n}", rng.randbytes(1 + n * 20))
    for folder, _, files in os.walk(root, topdown=False):
        for name in [os.path.join(folder, f) for f in files] + [folder]:
            os.chmod(name, 0o777)
            ns = 1_500_000_000_123_456_700 + rng.randrange(10**8) * 10**9 + rng.randrange(10**7) * 100
            os.utime(name, ns=(ns + 10**9, ns))
    os.makedirs(os.path.join(root, "empty"))
    os.chmod(os.path.join(root, "empty"), 0o777)


def names_below(root):
    return [os.path.relpath(os.path.join(folder, name), root).replace("/", "\\") for folder, folders, files in os.walk(root)
            for name in sorted(folders + files)]


def settle(root, port, smbclient):
    """A creation time that nobody set is what smbd makes of others, and not always the same."""
    tree = Tree(Channel(Connection(("127.0.0.1", port))), "acl")
    for n, name in enumerate(names_below(root)):
        file = tree.create(name, disposition=smb.OPEN)
        change(file, FILE, 4, struct.pack("<QQQQII", EPOCH + (1_400_000_000 + n * 86400) * 10**7 + 1234567, 0, 0, 0, 0, 0))
        file.close()
    script = [f'setmode "{name}" {mode}' for name, mode in MODES.items()]
    subprocess.run([*smbclient, "-c", "; ".join(script)], check=True, stdout=subprocess.DEVNULL)
    for name, options in GUARDED.items():
        file = tree.create(name, disposition=smb.OPEN, options=options)
        change(file, SECURITY, 0, descriptor(ACES, False), 4)
        file.close()


def streams_of(path, names):
    return {name[len(STREAM):].removesuffix(":$DATA"): os.getxattr(path, name)[:-1].hex() for name in names
            if name.startswith(STREAM)}


def security_of(path, names):
    if NTACL not in names:
        return None
    return ndr_unpack(xattr.NTACL, os.getxattr(path, NTACL)).info.sd.as_sddl()


def all_info(smbclient, names):
    script = "; ".join(f'allinfo "{name}"' for name in names)
    out = subprocess.run([*smbclient, "-c", script], capture_output=True, text=True, check=True, env=os.environ | {"TZ": "UTC"}).stdout
    found = out.split("altname: ")[1:]
    if len(found) != len(names):
        sys.exit(f"allinfo says {len(found)} times, of {len(names)}: {out[-300:]}")
    for name, text in zip(names, found):
        yield name, {"attributes": int(re.search(r"attributes: \w* \((\w+)\)", text)[1], 16),
                     "creation": re.search(r"create_time: +(.*)", text)[1]}


def walk(root, smbclient):
    entries = {}
    for folder, folders, files in os.walk(root):
        for name in folders + files:
            path = os.path.join(folder, name)
            stat, xattrs = os.stat(path), os.listxattr(path)
            entries[os.path.relpath(path, root).replace("/", "\\")] = {
                "kind": "directory" if name in folders else "file", "size": stat.st_size if name in files else 0,
                "write": EPOCH + stat.st_mtime_ns // 100, "streams": streams_of(path, xattrs), "security": security_of(path, xattrs),
                "eas": {x[len(EA):].upper(): os.getxattr(path, x).hex() for x in xattrs if x.startswith(EA) and not x.startswith(OWN)}}
    names = list(entries)
    for i in range(0, len(names), 20):
        for name, info in all_info(smbclient, names[i:i + 20]):
            entries[name].update(info)
    print(json.dumps(entries, indent=1))


if __name__ == "__main__":
    {"make": lambda: make(sys.argv[2]), "settle": lambda: settle(sys.argv[2], int(sys.argv[3]), sys.argv[4:]),
     "walk": lambda: walk(sys.argv[2], sys.argv[3:])}[sys.argv[1]]()
