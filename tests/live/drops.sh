#!/bin/bash
# A connection that the server drops in the middle, unlike recorded: --on-drop, judged by a second capture.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

# record TEST NAME: a capture of smbtorture's TEST on a fresh server, compiled to NAME.smb.
record() {
	"$lab/share-reset" -r "$work/server" && "$lab/capture-start" "$work/$2.pcap" "$port" || return 1
	smbtorture //127.0.0.1/test -p "$port" -s "$work/server/client.conf" -U "$credentials" --seed=1 \
		--basedir="$work/server/client" "$1" >"$work/$2.log" 2>&1
	"$lab/capture-stop" "$work/$2.pcap" && "$SMBENCH" compile -q "$work/$2.pcap" -o "$work/$2.smb"
}

# pause NAME: makes what follows the first durable open come 6 s later; its event in `opened`.
pause() {
	opened=$("$SMBENCH" show "$work/$1.smb" | awk '/← CREATE open\..* DH[n2]Q/ { print $1; exit }')
	[[ $opened ]] && python3 -c 'import json, sys
file, after = sys.argv[1] + "/messages.jsonl", int(sys.argv[2])
events = [json.loads(line) for line in open(file)]
for event in events[after + 1:]:
    t = event.get("t", 0)
    event["t"] = [x + 6 * 10**9 for x in t] if isinstance(t, list) else t + 6 * 10**9
open(file, "w").writelines(json.dumps(event) + "\n" for event in events)' "$work/$1.smb" "$opened"
}

# The requests up to the pause are there, as --pcap shows.
is_open() {
	(($(tshark -r "$work/out.pcap" -d "tcp.port==$port,nbss" -Y 'smb2.cmd == 5 && smb2.flags.response == 1' 2>/dev/null | wc -l) >= creates))
}

# The smbd that serves the replay ends as it does when an administrator ends it.
drop() {
	local pid
	pid=$(smbstatus -s "$work/server/smb.conf" -b 2>/dev/null | awk '$2 == "smbtest" { print $1; exit }')
	[[ $pid ]] && kill -TERM "$pid"
}

# play NAME [OPTION ...]: replays under a second capture and drops the connection in the pause.
play() {
	local name=$1
	shift
	creates=$("$SMBENCH" show "$work/$name.smb" | awk -v last="$opened" '$1 <= last && /← CREATE/ { n++ } END { print n }')
	rm -rf "$work/second.pcap" "$work/out.pcap" "$work/run"
	"$lab/share-reset" -r "$work/server" && "$lab/capture-start" "$work/second.pcap" "$port" || return 1
	status=0
	replay "$work/$name.smb" --run "$work/run" --timeout=3 "$@" >"$work/out" 2>&1 &
	local replayed=$!
	ln -sf second.pcap "$work/out.pcap"
	if ! await 30 is_open || ! drop; then
		fail "$name: nothing to drop" "$work/out"
	fi
	wait "$replayed" || status=$?
	"$lab/capture-stop" "$work/second.pcap"
}

. "$lab/common.sh"

closes='smb2.cmd == 6 && smb2.flags.response == 1 && smb2.nt_status == 0'
for test in durable-open.open-lease durable-v2-open.open-lease durable-v2-open.open-oplock; do
	record "smb2.$test" "$test" && pause "$test" || fail "$test: no capture with a durable open" "$work/$test.log"
	recorded=$("$SMBENCH" show "$work/$test.smb" | grep -c '← CLOSE$')

	play "$test" --on-drop=reconnect
	equal "$test: reconnected, all the rest is as recorded" "$(grep -E '^(#|live)' "$work/out" | sed -E 's/^#[0-9]+ \(frame [0-9]+\) //')" \
		"connection 0: disconnect: connection: expected a request could be sent, got closed by the server"
	equal "$test: the open is reclaimed" "$(grep -o 'reconnected .*' "$work/out")" "reconnected 1 of 1 times, 1 of 1 opens reclaimed"
	equal "$test: every CLOSE succeeds" "$(count "$closes")" "$recorded"
	equal "$test: the lost session is named" "$(count 'smb2.cmd == 1 && smb2.flags.response == 0 && smb2.previous_sesid != 0')" 2
	"$SMBENCH" compare "$work/$test.smb" "$work/run" >"$work/compared" 2>&1
	if diff <(grep -E '^(#|live)' "$work/out") <(grep -E '^(#|live)' "$work/compared") >"$work/diff"; then
		pass "$test: compare agrees"
	else
		fail "$test: compare differs" "$work/diff"
	fi
done

play "$test" --on-drop=stop
equal "stop: nothing is sent behind the loss" "$(count 'smb2.cmd == 6 && smb2.flags.response == 0')" \
	"$("$SMBENCH" show "$work/$test.smb" | awk -v last="$opened" '$1 <= last && /→ CLOSE/ { n++ } END { print n + 0 }')"
equal "stop: one connection" "$(count 'tcp.flags.syn == 1 && tcp.flags.ack == 0')" 1
finish
