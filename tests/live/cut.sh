#!/bin/bash
# Parts of workloads, cut out with what they depend on, play by themselves.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

# part NAME CAPTURE [OPTION ...]: cut, check, and play on a fresh share: no divergence. Fewer messages than there were, where
# `smaller` is set.
part() {
	local name=$1 capture=$2 kept all
	shift 2
	"$SMBENCH" compile -qf "$capture" -o "$work/whole.smb" >"$work/out" 2>&1 || fail "$name: compile" "$work/out"
	if ! "$SMBENCH" cut -f "$work/whole.smb" "$@" -o "$work/part.smb" >"$work/said" 2>&1; then
		fail "$name: cut" "$work/said"
		return
	fi
	if ! "$SMBENCH" check "$work/part.smb" >"$work/out" 2>&1 || grep -q ': credits: ' "$work/out"; then
		fail "$name: check" "$work/said" "$work/out"
		return
	fi
	read -r kept all < <(sed -n 's/.*: kept \([0-9]*\) of \([0-9]*\) messages.*/\1 \2/p' "$work/said")
	if ((kept >= all + 1 - ${smaller:-0})); then
		fail "$name: all is kept" "$work/said"
		return
	fi
	"$lab/share-reset" -r "$work/server" || fail "no fresh share"
	[[ $capture != *smbclient* ]] || "$lab/smbclient-session" "$work/server" --prepare || fail "no files on the share"
	if replay "$work/part.smb" --pace=none >"$work/out" 2>&1; then
		pass "$name: $kept of $all messages"
	else
		fail "$name" "$work/said" "$work/out"
	fi
}

captures=$tests/captures
smaller=0 part "the last third of lock.async" "$captures/smbtorture-lock.async.pcap" -n 35-
smaller=1
part "a lock that waits, with what it waits for" "$captures/smbtorture-lock.async.pcap" -n 21
part "the middle of lock.async" "$captures/smbtorture-lock.async.pcap" -n 23-25
part "a listing, with what is listed" "$captures/smbtorture-lock.async.pcap" -n 34-35
part "the end of lease.upgrade2" "$captures/smbtorture-lease.upgrade2.pcap" -n 67-76
part "a notify that a close ends" "$captures/smbtorture-notify.close.pcap" -n 21
part "a file of a session" "$captures/smbclient-311-signed.pcap" -n 141-144
part "times" "$captures/smbtorture-lock.async.pcap" --from 0.0175 --to 0.0192

bugs=$SMBENCH_CAPTURES/bugs
if [[ -d $bugs ]]; then
	for range in 44-47 30-33 66-; do
		part "b15732, messages $range" "$bugs/b15732_overwrite_share.old-4.17.12.pcap" -n $range
	done
	part "b15732, one connection" "$bugs/b15732_overwrite_share.old-4.17.12.pcap" --conn 1
	part "b15697, the first part" "$bugs/b15697_compound.old-4.17.12.pcap" -n 18-26
	part "b15697, the last part" "$bugs/b15697_compound.old-4.17.12.pcap" -n 37-
	part "b15651, a durable reconnect" "$bugs/b15651_two_rh.old-4.17.12.pcap" -n 35-53
	part "b15624, three connections" "$bugs/b15624_failed_reconnect.old-4.17.12.pcap" -n 25-38
else
	skip "captures of bugs: none in $SMBENCH_CAPTURES"
fi

# Credits: a client gathers them with requests that are left out, and then writes 1 MB at once, for 16 of them: those that
# are kept ask for more.
head -c 1048576 /dev/zero >"$work/file"
"$lab/share-reset" -r "$work/server"
"$lab/capture-start" "$work/put.pcap" "$port" || fail "no capture"
smbclient //127.0.0.1/test -p "$port" -s "$work/server/client.conf" -m SMB3_02 -U "$credentials" -c "put $work/file big" \
	>"$work/out" 2>&1 || fail "smbclient" "$work/out"
"$lab/capture-stop" "$work/put.pcap"
"$SMBENCH" compile -q "$work/put.pcap" -o "$work/put.smb"
if python3 "$tests/live/gather.py" "$work/put.smb" >"$work/out" 2>&1 &&
	write=$("$SMBENCH" show "$work/put.smb" | awk '/→ WRITE/ { print $1; exit }') &&
	"$SMBENCH" cut "$work/put.smb" -n "$write" -o "$work/write.smb" >"$work/said" &&
	grep -qE 'edited to ask for [0-9]+ more credits' "$work/said" &&
	"$SMBENCH" check "$work/write.smb" >"$work/out" && ! grep -q ': credits: ' "$work/out" &&
	"$lab/share-reset" -r "$work/server" &&
	replay "$work/write.smb" --pace=none >"$work/out" 2>&1; then
	pass "a request of 16 credits, without those that it got them from"
else
	fail "a request of 16 credits" "$work/said" "$work/out"
fi

# A server that grants little takes no ids far above those in use: what is kept is numbered anew.
"$lab/smbd-stop" "$work/server"
start_server 'smb2 max credits=16'
part "late messages on a server that grants little" "$captures/smbclient-202.pcap" -n 146-149
finish
