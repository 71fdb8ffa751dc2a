#!/bin/bash
# The captures that the project ships replay with no divergence, at every pace; replay's own capture of it is
# what went over the wire.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

# fresh NAME: the shares as the capture found them.
fresh() {
	"$lab/share-reset" -r "$work/server" || return 1
	[[ $1 != smbclient-* ]] || "$lab/smbclient-session" "$work/server" --prepare
}

# played NAME [OPTION ...]: exit status 0. smbd sends an interim answer to a CREATE that waits for an oplock break for
# more than half a millisecond, which a busy machine can make of it, so a capture with a break has a second try.
played() {
	local name=$1 status try
	shift
	for try in 1 2; do
		status=0
		fresh "$name" >"$work/fresh.log" 2>&1 || fail "$name: no fresh server" "$work/fresh.log"
		replay "$work/$name.smb" "$@" >"$work/out" 2>"$work/err" || status=$?
		((status == 1)) && [[ $name == *oplock* && $(grep -c ': interim: ' "$work/out") == 1 ]] || break
	done
	if ((status == 0)); then
		pass "$name $*"
	else
		fail "$name $*: exit status $status" "$work/out" "$work/err"
	fi
}

for capture in "$tests"/captures/*.pcap; do
	name=${capture##*/}
	name=${name%.pcap}
	[[ $name != sealed-* ]] || continue # other servers': live/sealed.sh
	[[ $name != bodies ]] || continue # an administrator's, on a server with quotas: for decoding
	if ! "$SMBENCH" compile "$capture" -o "$work/$name.smb" >"$work/out" 2>&1; then
		fail "$name: compile" "$work/out"
		continue
	fi
	played "$name"
	if "$SMBENCH" check "$work/$name.smb" >"$work/out" 2>&1; then
		pass "$name: check"
	else
		fail "$name: check" "$work/out"
	fi
done
for name in smbclient-311-signed smbtorture-lock.async; do
	played $name --pace=none
	played $name --speed=10
done
played smbclient-311-signed --order=connection

name=smbtorture-oplock.exclusive2
fresh $name
"$lab/capture-start" "$work/wire.pcap" "$port"
replay "$work/$name.smb" --pcap "$work/own.pcap" --run "$work/run" >"$work/out" 2>&1
"$lab/capture-stop" "$work/wire.pcap"
if python3 "$tests/live/same_messages.py" "$work/wire.pcap" "$work/own.pcap" >"$work/out" 2>&1; then
	pass "replay --pcap holds what went over the wire"
else
	fail "replay --pcap is not what went over the wire" "$work/out"
fi
seen=$(tshark -r "$work/own.pcap" -d "tcp.port==$port,nbss" -T fields -e smb2.cmd 2>/dev/null | tr ',' '\n' | grep -c .)
sent=$(tshark -r "$tests/captures/$name.pcap" -T fields -e smb2.cmd 2>/dev/null | tr ',' '\n' | grep -c .)
if ((seen == sent)); then
	pass "tshark reads replay --pcap: $seen PDUs"
else
	fail "tshark reads $seen PDUs in replay --pcap, $sent in the capture"
fi
"$SMBENCH" compare "$work/$name.smb" "$work/run" >"$work/out" 2>&1
status=$?
if ((status == 0)); then
	pass "compare with the kept run"
else
	fail "compare with the kept run: exit status $status" "$work/out"
fi
finish
