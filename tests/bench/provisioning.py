"""Provisioning beside smbclient: the same tree of 2,000 files, made by a script of one smbclient and by provision, in turns."""
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TREE = os.path.join(HERE, "..", "lab", "big_tree.py")
NAMES = 2200
SHARE = "test"
WAYS = (("loopback", None), ("a network, 0.1 ms each way", "0.1"))


def script(work, kind, *arguments):
    path = os.path.join(work, kind + ".script")
    with open(path, "w") as out:
        subprocess.run([sys.executable, TREE, kind, *arguments], stdout=out, check=True)
    return path


class Share:
    """A private smbd, and what it takes to make the tree on it."""

    def __init__(self, bench, work):
        self.bench = bench
        self.dir = os.path.join(work, "tree-server")
        self.port = bench.lab("smbd-start", self.dir)
        self.workload = os.path.join(work, "tree")
        local = os.path.join(work, "local")
        os.mkdir(local)
        self.make, client = script(work, "make", local), script(work, "client")
        self.by_smbclient(self.port, self.make)
        capture = os.path.join(work, "tree.pcap")
        bench.lab("capture-start", "-b", capture, self.port)
        self.by_smbclient(self.port, client)
        bench.lab("capture-stop", capture)
        bench.Ran([bench.PROGRAMS["smbench"], "compile", "-q", capture, "-o", self.workload])

    def by_smbclient(self, port, commands):
        with open(commands) as commands:
            shell = ["sh", "-c", 'exec <"$0"; exec "$@"', commands.name]
            run = self.bench.Ran(shell + ["smbclient", "//127.0.0.1/" + SHARE, "-p", port, "-s", self.dir + "/client.conf",
                                          "-U", self.bench.USER], status=(0, 1))
        if b"NT_STATUS" in run.out:
            sys.exit(f"bench: smbclient: {run.out[:500].decode('utf-8', 'replace')}")
        return run

    def by_provision(self, port):
        return self.bench.Ran([self.bench.PROGRAMS["smbench"], "provision", self.workload, "//127.0.0.1", "-p", port, "-U",
                               self.bench.USER])

    def empty(self):
        root = os.path.join(self.dir, "share", SHARE)
        for name in os.listdir(root):
            shutil.rmtree(os.path.join(root, name))

    def stop(self):
        self.bench.lab("smbd-stop", self.dir)


def over(share, delay):
    """The port to connect to, and the relay that has to end afterwards."""
    if delay is None:
        return share.port, None
    relay = subprocess.Popen([sys.executable, os.path.join(HERE, "relay.py"), share.port, delay], stdin=subprocess.PIPE,
                             stdout=subprocess.PIPE, text=True)
    return relay.stdout.readline().strip(), relay


def bench(bench, work, count):
    table = bench.Table("Provisioning", ["2,000 files in 200 directories over", "smbclient names/s", "provision names/s", "ratio",
                                         "wanted"])
    share = Share(bench, work)
    try:
        for name, delay in WAYS:
            port, relay = over(share, delay)
            runs = {"smbclient": [], "provision": []}
            for i in range(count):
                bench.note(f"provision {name} {i + 1}/{count}")
                share.empty()
                runs["smbclient"].append(share.by_smbclient(port, share.make))
                share.empty()
                runs["provision"].append(share.by_provision(port))
            if relay:
                relay.communicate()
            wall = {what: bench.median(list_, lambda run: run.wall) for what, list_ in runs.items()}
            table.add(name, *(f"{NAMES / wall[what]:.0f}" for what in runs), f"{wall['smbclient'] / wall['provision']:.1f}",
                      ">= 10")
    finally:
        share.stop()
    return [table]
