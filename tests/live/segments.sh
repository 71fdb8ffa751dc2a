#!/bin/bash
# What is on the wire below SMB: the bounds of TCP segments (--segments=recorded), where connections come from (--bind-source)
# and go to. The judge is a second capture of the replay.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

# fresh: the shares as smbclient-session finds them.
fresh() {
	"$lab/share-reset" -r "$work/server" && "$lab/smbclient-session" "$work/server" --prepare || fail "no fresh server"
}

# captured FILE COMMAND...: under a capture; its exit status in `status`, output in $work/out.
# Thousands of small packets at once are more than a ring of whole frames holds: packed buffers.
captured() {
	local file=$1
	shift
	"$lab/capture-start" -b "$file" "$port" || return 1
	run "$@"
	"$lab/capture-stop" "$file"
}

# again NAME [OPTION...]: compiles $work/NAME.pcap and replays it under a second capture.
again() {
	local name=$1
	shift
	"$SMBENCH" compile -q -f -p "$port" --password "$credentials" "$work/$name.pcap" -o "$work/$name.smb" ||
		return 1
	fresh
	captured "$work/second.pcap" "$SMBENCH" replay "$work/$name.smb" //127.0.0.1 -p "$port" -U "$credentials" --timeout 2 \
		--pcap "$work/out.pcap" "$@"
}

# same NAME WHAT [kept]: the same segments as recorded, with tcpdump and in --pcap.
same() {
	local said how=${3-segments}
	if ! said=$(python3 "$tests/live/same_wire.py" "$how" "$work/$1.pcap" "$work/second.pcap" 2>"$work/diff"); then
		fail "$2: other segments" "$work/diff" "$work/out"
	elif ! python3 "$tests/live/same_wire.py" "$how" "$work/$1.pcap" "$work/out.pcap" >/dev/null 2>"$work/diff"; then
		fail "$2: other segments in --pcap" "$work/diff"
	elif ((status != 0)) || ! grep -q '^0 divergences' "$work/out" || grep -q 'in one write' "$work/out"; then
		fail "$2: exit status $status" "$work/out"
	else
		pass "$2: the segments of the recording ($said)"
	fi
}

# A client that cuts and joins.
captured "$work/cuts.pcap" python3 "$tests/live/wire_client.py" "$port" cuts
((status == 0)) || fail "the client that cuts" "$work/out"
again cuts --segments=recorded --pace=none
same cuts "cut and joined by hand"
again cuts --segments=recorded --order=none --pace=none
same cuts "cut and joined by hand, without an order"
again cuts
if ((status == 0)) && ! python3 "$tests/live/same_wire.py" segments "$work/cuts.pcap" "$work/second.pcap" >/dev/null 2>&1; then
	pass "a message is a write without --segments"
else
	fail "the same segments without --segments" "$work/out"
fi

# Whole sessions through a proxy that cuts: cuts in tokens, names, seals, and more of them than the socket takes at a time.
# through_proxy NAME ENCRYPT COMMAND
through_proxy() {
	local listen pid
	coproc proxy { exec python3 "$tests/live/wire_client.py" proxy "$port"; }
	# shellcheck disable=SC2154
	read -r listen <&"${proxy[0]}"
	# shellcheck disable=SC2154
	pid=$proxy_PID
	fresh
	captured "$work/$1.pcap" smbclient //127.0.0.1/test -p "$listen" -s "$work/server/client.conf" -U "$credentials" \
		--option="client smb encrypt=$2" -c "$3"
	((status == 0)) || fail "smbclient through the proxy" "$work/out"
	wait "$pid"
}
python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(1).randbytes(3000000))' >"$work/large"
for encrypt in off required; do
	through_proxy session "$encrypt" "del two.txt"
	again session --segments=recorded --pace=none
	same session "a session cut by a proxy, sealing $encrypt"
	through_proxy large "$encrypt" "put $work/large large"
	again large --segments=recorded --pace=none
	same large "a large file cut by a proxy, sealing $encrypt" kept
done

for name in smbtorture-compound.related1 smbtorture-lock.async smbtorture-oplock.exclusive2; do
	cp "$tests/captures/$name.pcap" "$work/$name.pcap"
	recorded=$(python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import wire
print(wire.connections(sys.argv[2])[0].server[1])' "$lab" "$work/$name.pcap")
	"$SMBENCH" compile -q -f -p "$recorded" "$work/$name.pcap" -o "$work/$name.smb"
	fresh
	captured "$work/second.pcap" "$SMBENCH" replay "$work/$name.smb" //127.0.0.1 -p "$port" -U "$credentials" \
		--segments=recorded --pace=none --pcap "$work/out.pcap"
	same "$name" "$name"
done

# clients CAPTURE: the addresses that its connections come from.
clients() {
	python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import wire
print(*(".".join(map(str, c.client[0])) for c in wire.connections(sys.argv[2])))' "$lab" "$1"
}

# Two connections, recorded from two clients.
name=smbtorture-oplock.exclusive2
two=$work/two.smb
cp -r "$work/$name.smb" "$two"
python3 - "$two/workload.json" <<'EOF'
import json
import sys

with open(sys.argv[1]) as file:
    meta = json.load(file)
for number, conn in enumerate(meta["connections"]):
    conn["client"] = f"10.0.0.{number + 1}:50000"
with open(sys.argv[1], "w") as file:
    json.dump(meta, file)
EOF
# from WORKLOAD EXPECTED [OPTION...]
from() {
	fresh
	captured "$work/second.pcap" "$SMBENCH" replay "$1" //127.0.0.1 -p "$port" -U "$credentials" --pace=none "${@:3}"
	if ((status == 0)) && [[ $(clients "$work/second.pcap") == "$2" ]]; then
		pass "${*:3}: connections come from $2"
	else
		fail "${*:3}: exit status $status, from $(clients "$work/second.pcap")" "$work/out"
	fi
}
from "$two" '127.0.0.2 127.0.0.3' --bind-source 127.0.0.2,127.0.0.3
from "$two" '127.0.0.3 127.0.0.2' --bind-source=127.0.0.3 --bind-source=127.0.0.2
from "$two" '127.0.0.4 127.0.0.4' --bind-source 127.0.0.4
from "$work/$name.smb" '127.0.0.2 127.0.0.2' --bind-source 127.0.0.2,127.0.0.3
play() {
	run "$SMBENCH" replay "$two" "$@" -p "$port" -U "$credentials" --pace=none
}
play //127.0.0.1 --bind-source 192.0.2.1
expect "a source that is another machine's" 3 '192\.0\.2\.1: no address of this machine'
play //127.0.0.1 --bind-source ::1
expect "a source of the other IP version" 3 '::1: 127\.0\.0\.1 has no address of that IP version'
play //127.0.0.1 --bind-source somewhere
expect "a source that is no address" 2 "'somewhere' is no IP address"
play //127.0.0.1 --segments=bytes
expect "segments that are none" 2 'bytes'

# A name of several addresses, of which only the last listens. /etc/hosts is another one for this process alone.
printf '127.0.0.9 several\n127.0.0.8 several\n127.0.0.1 several\n' >"$work/hosts"
# shellcheck disable=SC2016
if unshare -m true 2>/dev/null; then
	fresh
	run unshare -m bash -c 'mount --bind "$1" /etc/hosts && shift && exec "$@"' - "$work/hosts" "$SMBENCH" replay \
		"$two" //several -p "$port" -U "$credentials" --pace=none
	expect "all addresses of a name are tried" 0 '^127\.0\.0\.1:[0-9]+: '
else
	skip "all addresses of a name are tried: no mount namespaces here"
fi
finish
