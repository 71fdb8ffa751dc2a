#!/bin/bash
# What takes three messages: found among groups and by random orders, and minimised. What is searched for is legal, and comes of one
# order alone: examples/lock-three.smb.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server
example=$tests/../examples/lock-three.smb
until='third.status == STATUS_LOCK_NOT_GRANTED and second.status == STATUS_SUCCESS'
search() {
	timeout -k 5 170 "$SMBENCH" race "$@" //127.0.0.1/test -p "$port" -U "$credentials"
}

# expect STATUS WHAT PATTERN...: of the search before; each pattern is in what it printed.
expect() {
	local name=$2 wanted=$1 pattern
	shift 2
	for pattern; do
		if ((status != wanted)) || ! grep -qE -- "$pattern" "$work/out"; then
			fail "$name: exit status $status; wanted: $pattern" "$work/out" "$work/err"
			return
		fi
	done
	pass "$name"
}

search "$example" --group lets-go:second --until "$until" >"$work/out" 2>&1
status=$?
expect 2 "a group has three" "--group: 'lets-go:second' are no three or four events"

search "$example" --schedule base --tries 5 --until "$until" >"$work/out" 2>"$work/err"
status=$?
expect 0 "not in recorded order" '^hits 0 of 5 tries'

search "$example" --schedule order:39:35:37 --tries 5 --until "$until" >"$work/out" 2>"$work/err"
status=$?
expect 1 "in the one order of three" '^hits 5 of 5 tries'

# What no expression asks for is no hit: all orders are learned first.
search "$example" --group lets-go:second:third --tries 10 >"$work/out" 2>"$work/err"
status=$?
expect 0 "outcomes of orders are learned" '6 orders, one request behind the answer to another: [3-6] outcomes' 'no hit in 10 tries'

search "$example" --group lets-go:second:third --until "$until" --json >"$work/out" 2>"$work/err"
status=$?
expect 1 "a group is searched" '"groups":1,' '"events":\[35,37,39\]' '"best":"order:39:35:37","best_rate":\{"tries":60,"hits":(5[0-9]|60),'
finish
