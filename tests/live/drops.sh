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

# opens NAME: the event of the first durable open in `opened`, that of the request behind it in `next`.
opens() {
	opened=$("$SMBENCH" show "$work/$1.smb" | awk '/← CREATE open\..* DH[n2]Q/ { print $1; exit }')
	next=$("$SMBENCH" show "$work/$1.smb" | awk -v last="$opened" '$1 > last && /→/ { print $1; exit }')
	[[ $opened && $next ]]
}

# The replay waits at its gate for leave to send what follows the open.
is_open() {
	grep -qsE "^ *$next +[0-9.]+ " "$work/out"
}

# The smbd that serves the replay ends as it does when an administrator ends it.
drop() {
	local pid
	pid=$(smbstatus -s "$work/server/smb.conf" -b 2>/dev/null | awk '$2 == "smbtest" { print $1; exit }')
	# And the replay has noticed: its socket does not wait to be closed any more.
	gone() {
		! alive "$pid" && ! grep -q ":$(printf %04X "$port") 08 " /proc/net/tcp
	}
	[[ $pid ]] && kill -TERM "$pid" && await 30 gone
}

# play NAME [OPTION ...]: replays under a second capture and drops the connection behind the open.
play() {
	local name=$1 replayed gate
	shift
	rm -rf "$work/second.pcap" "$work/run" "$work/gate" "$work/out"
	mkfifo "$work/gate"
	"$lab/share-reset" -r "$work/server" && "$lab/capture-start" "$work/second.pcap" "$port" || return 1
	status=0
	# For reading, too: a replay that stops at the drop reads no more.
	exec {gate}<>"$work/gate"
	replay "$work/$name.smb" --run "$work/run" --timeout=3 --step "$@" <"$work/gate" >"$work/out" 2>&1 &
	replayed=$!
	echo "until $next" >&$gate
	if ! await 30 is_open || ! drop; then
		fail "$name: nothing to drop" "$work/out"
	fi
	echo continue >&$gate
	exec {gate}>&-
	wait "$replayed" || status=$?
	"$lab/capture-stop" "$work/second.pcap"
}

. "$lab/common.sh"

closes='smb2.cmd == 6 && smb2.flags.response == 1 && smb2.nt_status == 0'
for test in durable-open.open-lease durable-v2-open.open-lease durable-v2-open.open-oplock; do
	record "smb2.$test" "$test" && opens "$test" || fail "$test: no capture with a durable open" "$work/$test.log"
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
