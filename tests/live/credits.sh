#!/bin/bash
# A server that grants fewer credits than the recorded one: replay waits for them, or does not.
set -u
. "$(dirname "$0")/lib.sh"
make_work

# record NAME PROTOCOL: a large file is written, with all the credits that a client can wish for.
record() {
	"$lab/capture-start" "$work/$1.pcap" "$port" || fail "no capture"
	smbclient //127.0.0.1/test -p "$port" -s "$work/server/client.conf" -m "$2" -U "$credentials" \
		-c "put $work/file $1" >"$work/out" 2>&1 || fail "smbclient" "$work/out"
	"$lab/capture-stop" "$work/$1.pcap"
	"$SMBENCH" compile -q "$work/$1.pcap" -o "$work/$1.smb" || fail "compile"
}

head -c 3145728 /dev/zero >"$work/file"
start_server
record big SMB2_02     # many requests at once, of one credit
record charged SMB3_02 # requests of 16 credits and more
"$lab/smbd-stop" "$work/server"
# How many are outstanding at once depends on who is faster; here it is all of them.
python3 "$tests/live/burst.py" "$work/big.smb" >"$work/out" || fail "burst" "$work/out"
"$SMBENCH" check "$work/big.smb" >"$work/out" || fail "check" "$work/out"
outstanding=$(sed -n 's/.*outstanding at most \([0-9]*\)$/\1/p' "$work/out")
if ((outstanding > 16)); then
	pass "check: $outstanding requests outstanding at once"
else
	fail "check: too few requests outstanding for this test" "$work/out"
fi
grep -q ': credits: ' "$work/out" && fail "check: requests outside the recorded window" "$work/out"

# verdict NAME STATUS JSON-CONDITION: of the replay that is in $work/out, t its totals, c what it says of credits.
verdict() {
	if ((status != $2)); then
		fail "$1: exit status $status, not $2" "$work/out"
	elif python3 -c 'import json, sys
t = json.load(open(sys.argv[1]))["totals"]
c = t["fewer_credits"]
sys.exit(not eval("(" + sys.argv[2] + ")"))' "$work/out" "$3"; then
		pass "$1"
	else
		fail "$1: not $3" "$work/out"
	fi
}

# play WORKLOAD [OPTION ...]
play() {
	status=0
	"$lab/share-reset" -r "$work/server" || fail "no fresh share"
	replay "$work/$1.smb" "${@:2}" --pace=none >"$work/out" 2>&1 || status=$?
}

start_server
for order in total connection none; do
	play big --json --order=$order
	verdict "as many credits as recorded, order $order" 0 'c == [] and t["divergences"] == 0'
done
"$lab/smbd-stop" "$work/server"

start_server 'smb2 max credits=8'
for order in total connection none; do
	play big --json --order=$order
	verdict "8 credits, order $order" 0 't["divergences"] == 0 and t["met"] == t["expected"] and len(c) == 1 and
c[0]["granted"] <= 8 < c[0]["recorded"] and c[0]["held"] > 0 and c[0]["held_ns"] > 0 and c[0]["uncovered"] == 0'
done
play big
if ((status == 0)) && grep -qE '^connection 0: fewer credits than recorded, first in the answer #[0-9]+ \(frame [0-9]+\): [0-9]+, recorded [0-9]+; .* waited for credits' "$work/out"; then
	pass "the text names the first difference"
else
	fail "the text does not name the first difference" "$work/out"
fi
play big --json --credits=force
verdict "8 credits, forced: nothing waits" 1 't["by_kind"]["credits"] == c[0]["uncovered"] > 0 and c[0]["held"] == 0'

# 16 credits at once are never granted by this server: what is sent all the same ends the connection.
for how in wait force; do
	play charged --json --credits=$how
	verdict "16 of 8 credits, $how: the server closes the connection" 1 't["by_kind"]["credits"] > 0 and
t["by_kind"]["disconnect"] == 1 and t["met"] < t["expected"] and t["duration_ns"] < 5e9'
done
status=0
replay "$work/big.smb" --credits=never >"$work/out" 2>&1 || status=$?
((status == 2)) && pass "a word that is none" || fail "a word that is none" "$work/out"
finish
