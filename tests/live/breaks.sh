#!/bin/bash
# Breaks that a live server sends and the capture has not, and the other way round: what goes out is judged by a second
# capture.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server
timeout=(--timeout=1 --pace=none)

# record TEST NAME: a capture of smbtorture's TEST on a fresh server, compiled to NAME.smb.
record() {
	"$lab/share-reset" -r "$work/server" && "$lab/capture-start" "$work/$2.pcap" "$port" || return 1
	smbtorture //127.0.0.1/test -p "$port" -s "$work/server/client.conf" -U "$credentials" --seed=1 \
		--basedir="$work/server/client" "$1" >"$work/$2.log" 2>&1
	"$lab/capture-stop" "$work/$2.pcap" && "$SMBENCH" compile -q "$work/$2.pcap" -o "$work/$2.smb"
}

# play NAME [OPTION ...]: under a second capture; leaves the exit status in `status`.
play() {
	local name=$1
	shift
	rm -rf "$work/second.pcap" "$work/run"
	"$lab/share-reset" -r "$work/server" && "$lab/capture-start" "$work/second.pcap" "$port" || return 1
	status=0
	replay "$work/$name.smb" --run "$work/run" "${timeout[@]}" "$@" >"$work/out" 2>&1 || status=$?
	"$lab/capture-stop" "$work/second.pcap"
}

acks='smb2.cmd == 18 && smb2.flags.response == 0'
refused='smb2.cmd == 18 && smb2.flags.response == 1 && smb2.nt_status != 0'

# compared NAME: compare says of the run what replay said; not in what order answers came that had been given up.
compared() {
	"$SMBENCH" compare "$work/$2.smb" "$work/run" >"$work/compared" 2>&1
	local filter='/: order: /d; s/no answer within [0-9.]+ s/no answer/'
	if diff <(grep -E '^(#|live)' "$work/out" | sed -E "$filter" | sort) \
		<(grep -E '^(#|live)' "$work/compared" | sed -E "$filter" | sort) >"$work/diff"; then
		pass "$1: compare agrees"
	else
		fail "$1: compare differs" "$work/diff"
	fi
}

record smb2.lease.breaking3 lease || fail "no capture" "$work/lease.log"
record smb2.oplock.batch1 batch || fail "no capture" "$work/batch.log"
for kind in lease batch; do
	play $kind
	equal "$kind: as recorded" "$status" 0
	recorded=$(count "$acks")
	((recorded > 0)) || fail "$kind: no acknowledgment was recorded" "$work/$kind.log"
	cp -r "$work/$kind.smb" "$work/bare.smb"
	python3 "$tests/live/without_breaks.py" "$work/bare.smb" || fail "$kind: no breaks in it"

	play bare --audit
	sent=$(count "$acks")
	equal "$kind: unrecorded breaks are acknowledged" "$((sent > 0 && sent <= recorded))" 1
	equal "$kind: the server takes the acknowledgments" "$(count "$refused")" 0
	equal "$kind: the audit names them" "$(grep -c 'extra break acknowledgment' "$work/out")" "$sent"
	equal "$kind: they are said" "$(sed -n 's/ messages sent that were not recorded$//p' "$work/out")" "$sent"
	equal "$kind: every request is answered" "$(grep -Ec 'missing:|extra: OPLOCK_BREAK response' "$work/out")" 0
	compared "$kind, acknowledged" bare

	play bare --on-break=ignore
	equal "$kind: unrecorded breaks are ignored" "$(count "$acks")" 0
	if grep -q 'missing: CREATE response' "$work/out"; then
		pass "$kind: the server waits"
	else
		fail "$kind: the server does not wait" "$work/out"
	fi

	play bare
	closes=$(count 'smb2.cmd == 6 && smb2.flags.response == 0')
	play bare --on-break=close
	equal "$kind: unrecorded breaks close" "$(count "$acks") $(($(count 'smb2.cmd == 6 && smb2.flags.response == 0') > closes))" "0 1"
	rm -rf "$work/bare.smb"
done

"$lab/smbd-stop" "$work/server"
rm -rf "$work/server"
start_server 'smb2 leases=no' test/oplocks=no
for kind in lease batch; do
	play $kind
	equal "$kind: acknowledgments of breaks that do not come are held back" "$(count "$acks")" 0
	if grep -q ' acknowledgments held back' "$work/out"; then
		pass "$kind: that is said"
	else
		fail "$kind: that is not said" "$work/out"
	fi
	compared "$kind, held back" $kind
	play $kind --without-break=send
	equal "$kind: or sent" "$(($(count "$acks") > 0))" 1
done
finish
