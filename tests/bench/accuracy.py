"""How exactly messages go out: a paced replay beside a plain timer loop and tcpreplay, and barriers.

What a program says of itself stands beside what a capture of its traffic says: there a message's lateness counts
from the least late one, since a capture does not know when a program was to begin.
"""
import json
import os
import statistics
import struct
import subprocess

import make_workload

CONNS = 10
RATE = 2000  # messages in a second, of all connections
BARRIERS = 1000
ECHO = 13
START_NS = 3_000_000_000  # when the logons are over
LOGON_NS = 200_000_000  # from one to the next
ANSWER_NS = 100_000
BARRIER_NS = 10_000_000


# ---- workloads ----

class Clients:
    """A number of logged-on connections, as a workload that begins, and ECHOs of them."""

    def __init__(self, session, path, conns):
        self.out = make_workload.Writer(path, session.meta)
        self.session, self.conns = session, conns
        # A connection without a tree is idle to smbd, which ends it after a minute.
        tree = [i for i, e in enumerate(session.events) if e.get("cmd") == "TREE_CONNECT"][:2]
        self.out.meta["connections"] = session.meta["connections"] * conns
        first_id = make_workload.get(session.bytes_of(session.events[tree[0]]), make_workload.MESSAGE_ID, "<Q") + 1
        reads = [e for e in session.events if e.get("cmd") == "READ"]
        pair = make_workload.answered_at_once(session, [e for e in reads if e["ev"] == "send"],
                                              [e for e in reads if e["ev"] == "recv"])
        self.exchanges = []
        for conn in range(conns):
            for n, event in enumerate(session.events[:tree[1] + 1]):
                pieces = [session.bytes_of(event)] if "data" in event else []
                timed = dict(make_workload.renumber(event, conn), t=conn * LOGON_NS + n * 1_000_000)
                self.out.add(timed, *pieces)
            exchange = make_workload.Exchange(session, "echo", first_id, *pair)
            exchange.request = make_workload.renumber(exchange.request, conn)
            exchange.answer = make_workload.renumber(exchange.answer, conn)
            self.exchanges.append(exchange)
        self.sent = [0] * conns

    def send(self, conn, t, **keys):
        self.exchanges[conn].request.update(t=t, **keys)
        self.exchanges[conn].send(self.out, self.sent[conn])

    def receive(self, conn, t):
        self.exchanges[conn].answer["t"] = t
        self.exchanges[conn].receive(self.out, self.sent[conn], None)
        self.sent[conn] += 1

    def close(self, t):
        for conn in range(self.conns):
            for event in self.session.events:
                if event["ev"] == "fin":
                    self.out.add(dict(make_workload.renumber(event, conn), t=t))
        self.out.close()


def planned(rate, seconds):
    """When the k-th message is due, in ns from the first."""
    return [i * 1_000_000_000 // rate for i in range(rate * seconds)]


def paced_workload(session, path, rate, seconds):
    clients = Clients(session, path, CONNS)
    for i, t in enumerate(planned(rate, seconds)):
        clients.send(i % CONNS, START_NS + t)
        clients.receive(i % CONNS, START_NS + t + min(ANSWER_NS, 500_000_000 // rate))
    clients.close(START_NS + (seconds + 1) * 1_000_000_000)
    return path


def barrier_workload(session, path, count):
    clients = Clients(session, path, 2)
    for i in range(count):
        t = START_NS + i * BARRIER_NS
        for conn in 0, 1:
            clients.send(conn, t, barrier=f"b{i}")
        for conn in 0, 1:
            clients.receive(conn, t + ANSWER_NS)
    clients.close(START_NS + count * BARRIER_NS)
    return path


# ---- captures ----

def packets(path):
    """Time in ns and bytes of each packet of an Ethernet capture."""
    data = open(path, "rb").read()
    unit = {0xa1b2c3d4: 1000, 0xa1b23c4d: 1}[struct.unpack_from("<I", data)[0]]
    at = 24
    while at < len(data):
        seconds, fraction, n, _ = struct.unpack_from("<IIII", data, at)
        yield seconds * 1_000_000_000 + fraction * unit, data[at + 16:at + 16 + n]
        at += 16 + n


def echo_times(path, port):
    """When ECHO requests went to the port: a list for each connection, in the order of their first packets. What TCP
    sends again does not count."""
    conns, behind = {}, {}
    for t, packet in packets(path):
        source, target = struct.unpack_from(">HH", packet, 34)
        if packet[23] != 6 or target != int(port):
            continue
        times = conns.setdefault(source, [])
        sequence = struct.unpack_from(">I", packet, 38)[0]
        payload = packet[34 + (packet[46] >> 4) * 4:]
        if not payload or (sequence - behind.get(source, sequence)) & 0x80000000:
            continue
        behind[source] = sequence + len(payload)
        if payload[4:8] == b"\xfeSMB" and struct.unpack_from("<H", payload, 16)[0] == ECHO:
            times.append(t)
    return [times for times in conns.values() if times]


def in_turn(conns):
    """Of connections that send in turn: all their messages in order."""
    return [times[k] for k in range(min(map(len, conns))) for times in conns]


def lateness(times, due):
    """Median, 99th percentile and most, in us behind the least late; drift in us over a minute."""
    if len(times) != len(due):
        raise SystemExit(f"bench: {len(times)} messages captured of {len(due)}")
    late = [t - d for t, d in zip(times, due)]
    least = min(late)
    late = [(t - least) / 1000 for t in late]
    slope = statistics.linear_regression([d / 60e9 for d in due], late).slope
    late.sort()
    return late[len(late) // 2], late[len(late) * 99 // 100], late[-1], slope


# ---- runs ----

class Accuracy:
    """What all runs have in common: `tools` are the functions and programs of bench."""

    def __init__(self, tools, server, work, cpus):
        self.tools, self.server, self.work = tools, server, work
        self.cpu, self.other_cpu = cpus[0], cpus[-1]  # what is measured, and server and capture
        self.both_cpus = f"{self.cpu},{self.other_cpu}"
        self.capture = os.path.join(work, "accuracy.pcap")

    def captured(self, port, command, cpu=None):
        self.tools.lab("capture-start", "-b", self.capture, str(port), prefix=self.tools.on_cpu(self.other_cpu))
        ran = self.tools.Ran(command, cpu=self.cpu if cpu is None else cpu)
        self.tools.lab("capture-stop", self.capture)
        return ran.out

    def replay(self, workload, *options, cpu=None):
        out = self.captured(self.server.port, [self.tools.PROGRAMS["smbench"], "replay", "--json", "--order=connection",
                                               *options, "-U", self.tools.USER, "-p", self.server.port, workload,
                                               "//127.0.0.1"], cpu)
        return json.loads(out)["totals"], echo_times(self.capture, self.server.port)

    def paced(self, workload, due, *options):
        totals, conns = self.replay(workload, *options)
        said = totals["lateness"]
        if totals["divergences"]:
            raise SystemExit(f"bench: {totals['divergences']} divergences")
        return [said[key] / 1000 for key in ("p50_ns", "p99_ns", "max_ns")], lateness(in_turn(conns), due)

    def loop(self, conns, rate, seconds, spin_ns, at_once):
        port = self.tools.free_port()
        numbers = map(str, (conns, rate, seconds, spin_ns, at_once, self.other_cpu))
        out = self.captured(port, [self.tools.PROGRAMS["timer_loop"], port, *numbers])
        return [int(x) / 1000 for x in out.split()], echo_times(self.capture, port)

    def tcpreplay(self, due, timer):
        """In a network namespace of its own, on a link that leads nowhere."""
        source = os.path.join(self.work, "tcpreplay.pcap")
        with open(source, "wb") as out:
            out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
            for t in due:
                packet = udp_packet()
                out.write(struct.pack("<IIII", 1_700_000_000 + t // 1_000_000_000, t % 1_000_000_000 // 1000,
                                      len(packet), len(packet)) + packet)
        script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "tcpreplay-lone")
        subprocess.run(["unshare", "-n", script, source, self.capture, timer, " ".join(self.tools.on_cpu(self.cpu)),
                        " ".join(self.tools.on_cpu(self.other_cpu))], check=True, stdout=subprocess.DEVNULL)
        times = [t for t, packet in packets(self.capture) if packet[12:14] == b"\x08\x00" and packet[23] == 17]
        return lateness(times, due)


def udp_packet():
    """As long as an ECHO over TCP is."""
    payload = bytes(92)
    udp = struct.pack(">HHHH", 4450, 4450, 8 + len(payload), 0) + payload
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 0, 0, 64, 17, 0, bytes([127, 9, 9, 1]),
                       bytes([127, 9, 9, 2]))
    total = sum(struct.unpack(">10H", head))
    total = (total & 0xffff) + (total >> 16)
    head = head[:10] + struct.pack(">H", ~((total & 0xffff) + (total >> 16)) & 0xffff) + head[12:]
    return bytes.fromhex("020000000002" "020000000001" "0800") + head + udp


def figures(numbers):
    return [f"{x:.1f}" for x in numbers]


def pace_table(tools, accuracy, rate, seconds):
    due = planned(rate, seconds)
    session = make_workload.Session(accuracy.server.session)
    workload = paced_workload(session, os.path.join(accuracy.work, "paced"), rate, seconds)
    table = tools.Table(f"Pace: {CONNS} connections, {rate} messages a second, {seconds} s",
                        ["us behind their time", "says 50 %", "99 %", "most", "captured 50 %", "99 %", "most",
                         "drift us/min", "wanted"])
    for spin in "50us", "200us":
        tools.note(f"replay --spin={spin}")
        said, seen = accuracy.paced(workload, due, f"--spin={spin}")
        table.add(f"replay --spin={spin}", *figures(said), *figures(seen), "99 % < 100" if spin == "200us" else "")
    for spin in 0, 50_000, 200_000:
        tools.note(f"timer loop, {spin} ns awake")
        said, conns = accuracy.loop(CONNS, rate, seconds, spin, 1)
        table.add(f"timer loop, {spin // 1000} us awake", *figures(said), *figures(lateness(in_turn(conns), due)), "")
    tools.note("tcpreplay")
    table.add("tcpreplay", "", "", "", *figures(accuracy.tcpreplay(due, "gtod")), "")
    table.add("tcpreplay --timer=nano", "", "", "", *figures(accuracy.tcpreplay(due, "nano")), "")
    return table


def barrier_table(tools, accuracy, count):
    workload = barrier_workload(make_workload.Session(accuracy.server.session), os.path.join(accuracy.work, "barriers"),
                                count)
    table = tools.Table(f"Barriers: two messages on two connections, {count} times",
                        ["us apart", "50 %", "99 %", "most", "wanted"])
    for cpu, how, wanted in (accuracy.both_cpus, "two threads", "50 % < 10"), (accuracy.cpu, "on one CPU", ""):
        tools.note(f"barriers, {how}")
        totals, conns = accuracy.replay(workload, cpu=cpu)
        said = sorted(t["actual_ns"] / 1000 for t in totals["timings"] if not t["missed"])
        seen = sorted(abs(a - b) / 1000 for a, b in zip(*conns))
        for name, values in ("by itself", said), ("captured", seen):
            if len(values) != count:
                raise SystemExit(f"bench: {len(values)} barriers of {count}, {name}")
            table.add(f"replay, {how}, {name}",
                      *figures((values[count // 2], values[count * 99 // 100], values[-1])), wanted)
    tools.note("two writes")
    _, conns = accuracy.loop(2, 200, count // 100, 200_000, 2)
    values = sorted(abs(a - b) / 1000 for a, b in zip(*conns))
    table.add("two writes in a loop, captured",
              *figures((values[count // 2], values[count * 99 // 100], values[-1])), "")
    return table


def bench(tools, server, work, cpus, seconds):
    accuracy = Accuracy(tools, server, work, cpus)
    return [pace_table(tools, accuracy, RATE, seconds), barrier_table(tools, accuracy, BARRIERS)]
