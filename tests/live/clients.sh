#!/bin/bash
# Real clients: what smbclient did is replayed with no divergence, byte for byte; one altered status is one divergence.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

# recorded KIND DIALECT SIGNING: a capture in $work/NAME.pcap, its workload in $work/NAME.smb.
record() {
	"$lab/share-reset" -r "$work/server" &&
		"$lab/smbclient-session" "$work/server" "$1" "$2" "$3" "$work/$name.pcap" &&
		"$SMBENCH" compile "$work/$name.pcap" -o "$work/$name.smb"
}

# play WORKLOAD: on a fresh server, under a second capture. Leaves the exit status in `status`.
play() {
	"$lab/share-reset" -r "$work/server" && "$lab/smbclient-session" "$work/server" --prepare &&
		"$lab/capture-start" "$work/replay.pcap" "$port" || return 1
	rm -rf "$work/run"
	status=0
	replay "$1" --run "$work/run" --audit >"$work/audit" 2>"$work/replay.err" || status=$?
	"$lab/capture-stop" "$work/replay.pcap"
}

one_session() {
	local name=$1-$2-$3
	if ! record "$@" >"$work/record.log" 2>&1; then
		fail "$name: no workload" "$work/record.log"
		return
	fi
	if ! play "$work/$name.smb" >"$work/play.log" 2>&1; then
		fail "$name: no replay" "$work/play.log"
		return
	fi
	if ((status == 0)); then
		pass "$name: no divergence"
	else
		fail "$name: exit status $status" "$work/audit" "$work/replay.err"
	fi
	if python3 "$lab/judge.py" "$work/$name.pcap" "$work/replay.pcap" "$work/audit" "$work/$name.smb" \
		>"$work/judge.log"; then
		pass "$name: the second capture agrees"
	else
		fail "$name: the second capture differs" "$work/judge.log"
	fi
}

for kind in get put mget rename deltree; do
	one_session $kind SMB3_11 sign
	one_session $kind SMB2_02 plain
done

# One recorded status altered by hand: exactly that divergence.
name=rename-SMB2_02-plain
if python3 "$tests/live/alter_status.py" "$work/$name.smb" CLOSE 0xC0000128 >"$work/altered" 2>&1 &&
	play "$work/$name.smb" >"$work/play.log" 2>&1; then
	"$SMBENCH" compare --json "$work/$name.smb" "$work/run" >"$work/compare.json" 2>"$work/compare.err"
	compared=$?
	if ((status == 1 && compared == 1)); then
		pass "altered status: exit status 1"
	else
		fail "altered status: replay $status, compare $compared, not 1" "$work/replay.err" "$work/compare.err"
	fi
	if python3 "$tests/live/one_divergence.py" "$work/compare.json" "$work/altered" >"$work/one.log" 2>&1; then
		pass "altered status: exactly that divergence"
	else
		fail "altered status: not exactly that divergence" "$work/one.log" "$work/altered" "$work/compare.json"
	fi
else
	fail "altered status: no replay" "$work/altered" "$work/play.log"
fi
finish
