"""The scenes of tests/lab/scenes: what clients do in each, and what server they need."""
import os
import struct
from dataclasses import dataclass

import smb2client as smb
import wire
from smb2client import Channel, Connection, Tree

CREDENTIALS = "LAB/smbtest%Secret1x"
SEALED = ("--client-protection=encrypt",)
SIGNED = ("--client-protection=sign",)
FIXED_TIME = 1767323045  # of what a scene finds on the share, so that two preparations look alike


class SceneError(RuntimeError):
    pass


@dataclass
class Scene:
    name: str
    about: str
    play: object  # called with the server
    options: tuple  # of smbd-start; DIR is its folder
    prepare: object  # called with the folder of the shares, on each fresh server
    shows: tuple  # patterns that `smbench show` of the capture must hold
    replay_options: tuple
    racy: str  # what of it depends on the server's timing
    content: object  # what must be the same of both captures beyond what the judge compares; called with its connections


SCENES = []


def scene(about, options=(), prepare=None, shows=(), replay=(), racy="", content=None):
    """Makes a function a scene, named after it."""
    def add(function):
        SCENES.append(Scene(function.__name__.replace("_", "-"), about, function, tuple(options), prepare, tuple(shows),
                            tuple(replay), racy, content))
        return function
    return add


def client(server, dialect=0x311, share="test", seal=False, guid=None):
    """A client of its own, logged on: its tree."""
    return Tree(Channel(Connection(server.address, dialect, client_guid=guid), seal=seal), share)


def end(*trees):
    for tree in trees:
        tree.connection.close()


# ---- server-side copy

def copy(server, size, *options):
    (server.folder / "client/local").write_bytes(bytes(range(256)) * (size // 256))
    server.smbclient("put local source; scopy source copied; allinfo copied; del source; del copied", *options)


@scene("server-side copy by smbclient, two chunks, signed", shows=["SRV_REQUEST_RESUME_KEY", "SRV_COPYCHUNK"])
def copychunk_signed(server):
    copy(server, 1 << 21, *SIGNED)


@scene("server-side copy by smbclient, sealed", shows=["SRV_COPYCHUNK"])
def copychunk_sealed(server):
    copy(server, 48 << 10, *SEALED)  # tshark opens no large message


@scene("server-side copy of several chunks, smbtorture", shows=["SRV_COPYCHUNK"])
def copychunk_multi(server):
    server.smbtorture("smb2.ioctl.copy_chunk_multi")


@scene("server-side copy between two shares, smbtorture", shows=["SRV_COPYCHUNK"])
def copychunk_shares(server):
    server.smbtorture("smb2.ioctl.copy_chunk_across_shares")


@scene("server-side copy with a wrong resume key, smbtorture", shows=["SRV_COPYCHUNK"])
def copychunk_bad_key(server):
    server.smbtorture("smb2.ioctl.copy_chunk_bad_key")


# ---- byte-range locks

@scene("a lock waits until another client's is gone; the next waits and is cancelled by AsyncId",
       shows=["LOCK.*STATUS_PENDING", "CANCEL"])
def lock_wait_cancel(server):
    a, b = client(server), client(server)
    x, y = a.create("file"), b.create("file")
    x.lock(0, 10)
    waiting = y.send_lock(0, 10)
    b.connection.wait_interim(waiting)
    x.lock(0, 10, 4)
    b.connection.wait(waiting)
    waiting = x.send_lock(5, 10)
    interim = a.connection.wait_interim(waiting)
    a.cancel(waiting, interim.async_id)
    a.connection.wait(waiting, 0xC0000120)
    x.lock(5, 10, 2 | 16, 0xC0000055)
    y.close()
    x.lock(5, 10, 2 | 16)
    x.close()
    end(a, b)


@scene("a CANCEL that goes out before the interim answer of its LOCK", shows=["CANCEL"], replay=["--segments=recorded"])
def lock_cancel_early(server):
    a, b = client(server), client(server)
    x, y = a.create("file"), b.create("file")
    x.lock(0, 10)
    with b.connection.together():  # one segment: the server reads both before its interim is due
        waiting = y.send_lock(0, 10)
        b.cancel(waiting)
    b.connection.wait(waiting, 0xC0000120)
    end(a, b)


@scene("a waiting lock ends with its handle, another with its tree's end", shows=["STATUS_RANGE_NOT_LOCKED"])
def lock_close(server):
    a, b = client(server), client(server)
    x, y, z = a.create("file"), b.create("file"), b.create("file")
    x.lock(0, 10)
    waiting = y.send_lock(0, 10)
    b.connection.wait_interim(waiting)
    y.close()
    b.connection.wait(waiting, 0xC000007E)
    waiting = z.send_lock(3, 4)
    b.connection.wait_interim(waiting)
    b.call(smb.TREE_DISCONNECT, struct.pack("<HH", 4, 0))
    b.connection.wait(waiting, 0xC000007E)
    end(a, b)


@scene("five clients wait for parts of what one holds, sealed; each gets its part in turn", shows=["STATUS_PENDING"])
def lock_queue_sealed(server):
    holder, waiters = client(server, seal=True), [client(server, seal=True) for _ in range(5)]
    held, pending = holder.create("file"), []
    for i, tree in enumerate(waiters):
        held.lock(i, 1)
        handle = tree.create("file")
        pending.append((tree, handle, handle.send_lock(i, 1)))
        tree.connection.wait_interim(pending[-1][2])
    for i, (tree, handle, waiting) in reversed(list(enumerate(pending))):
        held.lock(i, 1, 4)
        tree.connection.wait(waiting)
        handle.close()
    end(holder, *waiters)


# ---- change notify

STORM = 300
# By inotify, the default, smbd sees a rename as a removal now and then; its own messages come in order.
OWN_NOTIFY = ["kernel change notify=no"]


def storm(tree, folder, count=STORM):
    """Renames in a folder, each answered before the next."""
    handle = tree.create(f"{folder}\\0", disposition=smb.CREATE_NEW)
    for i in range(1, count):
        handle.rename(f"{folder}\\{i}")
    handle.close()


def marked(tree, watcher):
    """Waits until the watcher's server process knows of all that `tree` did before: its changes come in order, and the
    last is one in another folder that it watches."""
    mark = watcher.create("mark", options=smb.DIRECTORY)
    waiting = mark.send_notify()
    watcher.connection.wait_interim(waiting)
    tree.create("mark\\end", options=smb.DELETE_ON_CLOSE).close()
    watcher.connection.wait(waiting)
    mark.close()


def watched(watcher, tree, folder, room=65536):
    """A watched folder, a first change seen."""
    watch = watcher.create(folder, options=smb.DIRECTORY)
    waiting = watch.send_notify(room, mask=1)
    watcher.connection.wait_interim(waiting)
    tree.create(f"{folder}\\first").close()
    watcher.connection.wait(waiting)
    return watch


@scene("300 renames, each seen by the watch of another client before the next", OWN_NOTIFY,
       shows=["CHANGE_NOTIFY.*STATUS_PENDING"])
def notify_each_rename(server):
    each_rename(server)


@scene("the same by way of inotify", replay=["--on-divergence=stop"],
       racy="smbd reports a rename as a removal when inotify gives its halves apart")
def notify_inotify(server):
    each_rename(server, whole=False)


def each_rename(server, whole=True):
    """`whole`: a rename is one change, so that nothing answers the next CHANGE_NOTIFY before the next rename."""
    a, b = client(server), client(server)
    watch = a.create("d", options=smb.DIRECTORY)
    handle = b.create("d\\0")
    waiting = watch.send_notify(mask=1)
    a.connection.wait_interim(waiting)
    for i in range(1, STORM):
        handle.rename(f"d\\{i}")
        a.connection.wait(waiting)
        waiting = watch.send_notify(mask=1)
        if whole:
            a.connection.wait_interim(waiting)
    end(a, b)


@scene("300 renames while no CHANGE_NOTIFY waits; one then brings them all", OWN_NOTIFY)
def notify_storm(server):
    a, b = client(server), client(server)
    watch = watched(a, b, "d")
    storm(b, "d")
    marked(b, a)
    found = smb.changes(a.connection.wait(watch.send_notify(mask=1)))
    if len(found) != 1 + 2 * (STORM - 1):
        raise SceneError(f"{len(found)} changes")
    end(a, b)


@scene("more renames than fit the buffer, then more than smbd keeps", OWN_NOTIFY, shows=["STATUS_NOTIFY_ENUM_DIR"])
def notify_overflow(server):
    a, b = client(server), client(server)
    for folder, count, room in (("d", 20, 100), ("e", 600, 65536)):
        watch = watched(a, b, folder, room)
        storm(b, folder, count)
        marked(b, a)
        a.connection.wait(watch.send_notify(room, mask=1), 0x10C)
    end(a, b)


@scene("four watches on two connections, renames between folders", OWN_NOTIFY, shows=["CHANGE_NOTIFY.*STATUS_PENDING"])
def notify_watchers(server):
    b, trees = client(server), [client(server) for _ in range(2)]
    for name in ("d", "d\\one", "d\\two"):
        b.create(name, options=smb.DIRECTORY).close()
    watches = [(t, t.create("d", options=smb.DIRECTORY), deep) for t in trees for deep in (True, False)]
    handle = b.create("d\\one\\file")
    for i in range(20):
        waiting = [(tree, watch.send_notify(recursive=deep, mask=1)) for tree, watch, deep in watches]
        for tree, message in waiting:
            tree.connection.wait_interim(message)
        handle.rename(f"d\\{('two', 'one')[i % 2]}\\file{i}")
        b.create(f"d\\seen{i}").close()
        for tree, message in waiting:
            tree.connection.wait(message)
        for tree, watch, deep in watches:
            if deep:
                marked(b, tree)
                tree.connection.wait(watch.send_notify(recursive=True, mask=1))
    end(b, *trees)


@scene("renames as fast as they go, under a watch that is always set anew", OWN_NOTIFY, replay=["--on-divergence=stop"],
       racy="how many changes one answer brings depends on how fast smbd's processes hear of them")
def notify_race(server):
    a, b = client(server), client(server)
    watch = a.create("d", options=smb.DIRECTORY)
    waiting = watch.send_notify(mask=1)
    a.connection.wait_interim(waiting)
    handle, seen = b.create("d\\0"), []
    renames = []
    for i in range(1, STORM):
        renames.append(handle.send_rename(f"d\\{i}"))
        if len(renames) == 20:
            b.connection.wait(renames.pop(0))
        while a.connection.has(waiting):
            seen += [name for _, name in smb.changes(a.connection.wait(waiting))]
            waiting = watch.send_notify(mask=1)
    for message in renames:
        b.connection.wait(message)
    while str(STORM - 1) not in seen:
        seen += [name for _, name in smb.changes(a.connection.wait(waiting))]
        waiting = watch.send_notify(mask=1)
    end(a, b)


# ---- snapshots

SNAPSHOTS = ["test/vfs objects=shadow_copy2 streams_xattr", "test/shadow:snapdir=.snapshots", "test/shadow:sort=desc",
             "test/shadow:mountpoint=DIR/share/test", "test/shadow:localtime=no"]


def with_snapshots(shares):
    """A file of three generations, another that is in one snapshot only."""
    root = shares / "test"
    for i, name in enumerate(("@GMT-2026.01.01-00.00.00", "@GMT-2026.01.02-00.00.00", ".")):
        folder = root / ".snapshots" / name if i < 2 else root
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "file").write_text(f"generation {i}\n")
        (folder / "folder").mkdir()
        if i == 1:
            (folder / "folder/gone").write_text("restored\n")
    settle(root)


def settle(root):
    """The same rights and times for all, of each preparation."""
    for folder, names, files in os.walk(root, topdown=False):
        for name in [*(os.path.join(folder, n) for n in names + files), folder]:
            if not os.path.islink(name):
                os.chmod(name, 0o777)
            os.utime(name, (FIXED_TIME, FIXED_TIME), follow_symlinks=False)


@scene("listing of snapshots, reads and lists in them by smbclient", SNAPSHOTS, with_snapshots,
       ["SRV_ENUMERATE_SNAPSHOTS.*bytes"])
def snapshots_smbclient(server):
    said = server.smbclient("allinfo file; get @GMT-2026.01.01-00.00.00\\file one; "
                            "get @GMT-2026.01.02-00.00.00\\file two; cd @GMT-2026.01.02-00.00.00\\folder; ls; get gone three")
    if "@GMT-2026.01.02" not in said or (server.folder / "client/three").read_text() != "restored\n":
        raise SceneError("no snapshots: " + said)


def enumerate_snapshots(server, seal):
    tree = client(server, seal=seal)
    root = tree.create("", access=smb.READ_ACCESS, disposition=smb.OPEN, options=smb.DIRECTORY)
    root.ioctl(0x144064, room=16)
    names = root.ioctl(0x144064).body[64 - 16:].decode("utf-16-le", "ignore")
    if "@GMT-2026.01.01" not in names:
        raise SceneError(f"no snapshots: {names}")
    for name, days, held in (("file", 0, b"generation 0\n"), ("folder\\gone", 1, b"restored\n")):
        stamp = struct.pack("<Q", (1767225600 + days * 86400 + 11644473600) * 10**7)
        old = tree.create(name, access=smb.READ_ACCESS, disposition=smb.OPEN, contexts=[(b"TWrp", stamp)])
        if old.read(100) != held:
            raise SceneError(f"the snapshot holds another {name}")
        old.close()
    for name in ("@GMT-2026.01.01-00.00.00\\file", "@GMT-1999.01.01-00.00.00\\file"):
        tree.connection.wait(tree.send_create(name, access=smb.READ_ACCESS, disposition=smb.OPEN), None)
    root.close()
    end(tree)


@scene("snapshots asked for with room for none, then all; @GMT names and TWrp contexts", SNAPSHOTS, with_snapshots,
       ["SRV_ENUMERATE_SNAPSHOTS"])
def snapshots_signed(server):
    enumerate_snapshots(server, False)


@scene("the same, sealed", SNAPSHOTS, with_snapshots, ["SRV_ENUMERATE_SNAPSHOTS"])
def snapshots_sealed(server):
    enumerate_snapshots(server, True)


# ---- links, reparse points, ids

def with_links(shares):
    root = shares / "test"
    (root / "folder").mkdir()
    (root / "folder/file").write_text("behind a link\n")
    for name, target in (("link", "folder/file"), ("linked", "folder"), ("loop", "loop"), ("dangling", "nowhere"),
                         ("outside", "/etc/hostname")):
        (root / name).symlink_to(target)
    settle(root)


def reparse_data(target):
    """A symbolic link's reparse buffer (MS-FSCC 2.1.2.4)."""
    name = smb.utf16(target)
    data = struct.pack("<HHHHI", 0, len(name), len(name), len(name), 1) + name * 2
    return struct.pack("<IHH", 0xA000000C, len(data), 0) + data


def links(server, seal):
    tree, statuses = client(server, seal=seal), []
    for name in ("link", "linked\\file", "loop", "dangling", "outside", "link\\below"):
        for options in (0, smb.OPEN_REPARSE_POINT):
            answer = tree.connection.wait(tree.send_create(name, access=smb.READ_ACCESS, disposition=smb.OPEN,
                                                           options=options), None)
            statuses.append(answer.status)
            if answer.status:
                continue
            handle = smb.Open(tree, answer)
            handle.ioctl(0x900A8, b"", None)  # FSCTL_GET_REPARSE_POINT
            handle.read(100)
            handle.close()
    if 0 not in statuses or len(set(statuses)) < 3:
        raise SceneError(f"links answer {statuses}")
    made = tree.create("made", disposition=smb.CREATE_NEW)
    made.ioctl(0x900A4, reparse_data("folder\\file"), None)  # FSCTL_SET_REPARSE_POINT
    made.ioctl(0x900A8, b"", None)
    made.ioctl(0x900AC, struct.pack("<IHH", 0xA000000C, 0, 0), None)  # FSCTL_DELETE_REPARSE_POINT
    made.close()
    end(tree)


@scene("opens of symbolic links, kept and dangling ones; FSCTL_GET/SET/DELETE_REPARSE_POINT", prepare=with_links,
       shows=["GET_REPARSE_POINT", "SET_REPARSE_POINT"])
def reparse_signed(server):
    links(server, False)


@scene("the same, sealed", prepare=with_links, shows=["SET_REPARSE_POINT"])
def reparse_sealed(server):
    links(server, True)


@scene("ids that the server gives: FSCTL_CREATE_OR_GET_OBJECT_ID, QFid, an open by file id", shows=["QFid"])
def object_ids(server):
    tree = client(server)
    handle = tree.create("file", contexts=[(b"QFid", b"")])
    handle.ioctl(0x900C0, b"", None)
    handle.ioctl(0x9009C, b"", None)
    handle.query_info(6)  # FileInternalInformation
    file_id = handle.query_info(6)[:8]
    tree.connection.wait(tree.send_create(file_id, access=smb.READ_ACCESS, disposition=smb.OPEN, options=0x2000), None)
    handle.close()
    end(tree)


@scene("FSCTL_DUPLICATE_EXTENTS_TO_FILE, whose source is a handle in the request's data",
       ["test/vfs objects=btrfs streams_xattr"], shows=["DUPLICATE_EXTENTS"])
def dup_extents(server):
    tree = client(server)
    source, target = tree.create("source"), tree.create("target")
    source.write(bytes(8192))
    target.set_info(20, struct.pack("<Q", 8192))
    good = target.ioctl(0x98344, struct.pack("<16sQQQ", source.handle, 0, 0, 8192), None)
    bad = target.ioctl(0x98344, struct.pack("<16sQQQ", bytes(16), 0, 0, 8192), None)
    if good.status == bad.status:
        raise SceneError(f"a wrong source gets the right one's status {good.status:#x}")
    end(tree)


# ---- durable handles, reconnected after RST

# The recording waits until the server has done with what the RST ended; a replay can only give it that time, and more.
SLOWLY = ["--speed=0.25"]

def crash(server, tree):
    """The client's connection breaks; what the server does then is done before anything else."""
    children = server.children()
    tree.connection.reset()
    server.await_end(children)


def back(server, tree, context, key=None, state=7, epoch=None):
    """The client comes again, with PreviousSessionId, and takes up its open."""
    conn = Connection(server.address, tree.connection.dialect, client_guid=tree.connection.guid)
    tree = Tree(Channel(conn, seal=tree.channel.seals, previous=tree.channel.session_id), "test")
    contexts = [context] + ([smb.lease(key, state, epoch)] if key else [])
    return tree, tree.create("file", disposition=smb.OPEN, oplock=smb.OPLOCK_LEASE if key else smb.OPLOCK_BATCH,
                             contexts=contexts)


def durable(server, dialect, version, leased, seal=False):
    tree, key, guid = client(server, dialect, seal=seal), os.urandom(16) if leased else None, os.urandom(16)
    epoch = 1 if dialect >= 0x300 else None
    contexts = [smb.durable_v2(guid) if version == 2 else smb.durable()]
    if leased:
        contexts.append(smb.lease(key, 7, epoch))
    handle = tree.create("file", oplock=smb.OPLOCK_LEASE if leased else smb.OPLOCK_BATCH, contexts=contexts)
    handle.write(b"before the crash")
    for _ in range(2):
        crash(server, tree)
        context = smb.durable_reconnect(handle.handle)
        if version == 2:
            context = smb.durable_v2_reconnect(handle.handle, guid)
        tree, handle = back(server, tree, context, key, epoch=epoch)
        if handle.read(16) != b"before the crash":
            raise SceneError("another file")
        handle.write(b"afterwards", 16)
    handle.close()
    end(tree)


@scene("RST, then a durable handle v1 taken up again: batch oplock, SMB 2.1, twice", shows=["DHnC", "RST"], replay=SLOWLY)
def durable_v1_oplock(server):
    durable(server, 0x210, 1, False)


@scene("RST, then a durable handle v1 taken up again: lease, SMB 2.1, twice", shows=["DHnC", "RST"], replay=SLOWLY)
def durable_v1_lease(server):
    durable(server, 0x210, 1, True)


@scene("RST, then a durable handle v2 taken up again: lease v2, SMB 3.1.1, twice", shows=["DH2C", "RST"], replay=SLOWLY)
def durable_v2_lease(server):
    durable(server, 0x311, 2, True)


@scene("RST, then a durable handle v2 taken up again: lease v2, SMB 3.0.2", shows=["DH2C", "RST"], replay=SLOWLY)
def durable_v2_302(server):
    durable(server, 0x302, 2, True)


@scene("RST, then a durable handle v2 taken up again: sealed", shows=["DH2C", "RST"], replay=SLOWLY)
def durable_v2_sealed(server):
    durable(server, 0x311, 2, True, seal=True)


@scene("RST, another client's open meanwhile: the durable handle is gone",
       shows=["DH2C", "OBJECT_NAME_NOT_FOUND", "RST"], replay=SLOWLY)
def durable_lost(server):
    tree, other, key, guid = client(server), client(server), os.urandom(16), os.urandom(16)
    handle = tree.create("file", oplock=smb.OPLOCK_LEASE, contexts=[smb.durable_v2(guid), smb.lease(key, 7, 1)])
    crash(server, tree)
    other.create("file").close()
    conn = Connection(server.address, client_guid=tree.connection.guid)
    tree = Tree(Channel(conn, previous=tree.channel.session_id), "test")
    tree.wait_create("file", 0xC0000034, disposition=smb.OPEN, oplock=smb.OPLOCK_LEASE,
                     contexts=[smb.durable_v2_reconnect(handle.handle, guid), smb.lease(key, 7, 1)])
    end(tree, other)


# ---- channels

BOUND = ["--bind-source=127.0.0.1,127.0.0.2"]

def two_channels(server, seal):
    """Two connections of one client, one session over both."""
    first = client(server, seal=seal)
    conn = Connection(server.address, client_guid=first.connection.guid, source="127.0.0.2")
    return first, first.over(Channel(conn, seal=seal, bind_to=first.channel))


def break_on_second(server, seal, leased):
    first, second = two_channels(server, seal)
    other = client(server, seal=seal)
    contexts = [smb.lease(os.urandom(16), 7, 1)] if leased else ()
    handle = first.create("file", oplock=smb.OPLOCK_LEASE if leased else smb.OPLOCK_BATCH, contexts=contexts)
    handle.over(second).write(b"over the second")
    first.connection.half_close()
    waiting = other.send_create("file")
    other.connection.wait_interim(waiting)
    second.acknowledge(second.connection.wait_break())
    other.connection.wait(waiting)
    handle.over(second).read(15)
    handle.over(second).close()
    end(second, other)


@scene("two channels, the first ends; a lease break comes on the second, acknowledged there",
       shows=["OPLOCK_BREAK"], replay=BOUND)
def channels_lease(server):
    break_on_second(server, False, True)


@scene("two channels, the first ends; a lease break on the second, sealed", shows=["OPLOCK_BREAK"], replay=BOUND)
def channels_lease_sealed(server):
    break_on_second(server, True, True)


@scene("two channels, the first ends; an oplock break on the second", shows=["OPLOCK_BREAK"], replay=BOUND)
def channels_oplock(server):
    break_on_second(server, False, False)


@scene("two channels, requests in turn on both; the break comes on the first, its acknowledgement goes over the second",
       shows=["OPLOCK_BREAK"], replay=BOUND)
def channels_crossed(server):
    first, second = two_channels(server, False)
    other = client(server)
    handle = second.create("file", oplock=smb.OPLOCK_LEASE, contexts=[smb.lease(os.urandom(16), 7, 1)])
    for i in range(20):
        handle.over((first, second)[i % 2]).write(b"%d" % i, i)
    waiting = other.send_create("file")
    other.connection.wait_interim(waiting)
    second.acknowledge(first.connection.wait_break())
    other.connection.wait(waiting)
    handle.close()
    # In this order: smbd repeats on the second what it sent on the first shortly before that ended.
    second.connection.half_close()
    end(first, other)


# ---- RPC over pipes

def rpc(server, *options):
    said = server.rpcclient("enumdomusers; queryuser smbtest; querydispinfo; enumdomgroups; netshareenum; "
                            "lookupnames smbtest; lookupsids S-1-5-32-544; lsaquery; srvinfo", *options)
    if said.count("smbtest") < 3 or "netname: test2" not in said:
        raise SceneError("rpcclient: " + said[-300:])


def rpc_results(connections):
    """Of each DCE/RPC answer its kind, its call, and the last word of its data, which is the function's return code."""
    out = []
    for pdu in (p for c in connections for m in c.messages if not m.from_client for p in wire.pdus(m.data)):
        at = size = 0
        if pdu.command == smb.IOCTL and len(pdu.body) >= 40:
            at, size = struct.unpack_from("<II", pdu.body, 32)
        elif pdu.command == smb.READ and len(pdu.body) >= 8:
            at, size = struct.unpack_from("<BxI", pdu.body, 2)
        data = pdu.data[at:at + size]
        if data[:2] == b"\5\0":
            out.append((data[2], data[12:16], data[-4:] if data[2] == 2 else b""))
    if len(out) < 20 or any(kind == 3 for kind, _, _ in out):
        raise SceneError(f"{len(out)} RPC answers, {sum(kind == 3 for kind, _, _ in out)} of them faults")
    return out


@scene("samr, srvsvc and lsa by rpcclient, signed", shows=["IOCTL PIPE_TRANSCEIVE"], content=rpc_results)
def rpc_signed(server):
    rpc(server, *SIGNED)


@scene("samr, srvsvc and lsa by rpcclient, sealed", shows=["IOCTL PIPE_TRANSCEIVE"], content=rpc_results)
def rpc_sealed(server):
    rpc(server, *SEALED)
