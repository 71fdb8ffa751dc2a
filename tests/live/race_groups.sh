#!/bin/bash
# What takes three messages: found among groups and by random orders, minimised, and played again; a cut, too. What is searched for
# is legal, and comes of one order of three alone: examples/lock-three.smb.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server
limit=120
example=$tests/../examples/lock-three.smb
until='third.status == STATUS_LOCK_NOT_GRANTED and second.status == STATUS_SUCCESS'

# search WORKLOAD OPTION...: what it takes does not depend on who else wants the processors.
search() {
	run "$SMBENCH" race "$@" --busy 0 --timeout 10 //127.0.0.1/test -p "$port" -U "$credentials"
}

# plays_again NAME: what was written, as an ordinary workload, and not by chance.
plays_again() {
	search "$work/found" --schedule base --tries 10 --until "$until"
	expect "$1" 1 '^hits (8|9|10) of 10 tries'
}

search "$example" --group lets-go:second --until "$until"
expect "a group has three" 2 "--group: 'lets-go:second' are no three or four events"
search "$example" --schedule base --tries 5 --until "$until"
expect "not in recorded order" 0 '^hits 0 of 5 tries'
search "$example" --schedule order:39:35:37 --tries 5 --until "$until"
expect "in the one order of three" 1 '^hits [45] of 5 tries'

# What no expression asks for is no hit: all orders are learned first.
search "$example" --group lets-go:second:third --tries 10
expect "outcomes of orders are learned" 0 '6 orders, one request behind the answer to another: [3-6] outcomes' 'no hit in 10 tries'

search "$example" --group lets-go:second:third --until "$until" --least-rate 50 -o "$work/found"
expect "a group is searched and minimised" 1 '^group: as asked for' 'with --schedule order:39:35:37 ' \
	'found: 19 messages on 3 connections, one behind the answer to the other: .*; in order 0 of 10$' "--until '$until'"
plays_again "the group that was written"

# A random order that hits, and not by chance: most do not, so what is searched is which seed.
for ((seed = 31; seed <= 400; seed++)); do
	search "$example" --schedule "pct:$seed:3" --tries 3 --until "$until"
	if ((status != 0)) && ! grep -q '^hits [12] of 3' "$work/out"; then
		break
	fi
done
expect "a random order hits" 1 '^hits 3 of 3 tries'
search "$example" --schedule "pct:$seed:3" --tries 3 --until "$until" --least-rate 50 -f -o "$work/found"
expect "a random order is minimised" 1 'found: 19 messages on 3 connections, in another order: .*; in order 0 of 10$' \
	'^  needs: .*lets-go behind (the answer to )?third' "--until '$until'"
plays_again "the order that was written"

# A message that is cut: the rest of the first CREATE comes behind the second one, which so makes the file.
cat >"$work/same.smb" <<'SMB'
{"ev":"logon","c":0}
{"ev":"logon","c":1}
{"ev":"send","c":0,"label":"a","fields":{"command":"CREATE","body.name":"same","body.create_disposition":3,"body.desired_access":"0x13019f","body.share_access":7}}
{"ev":"send","c":1,"label":"b","fields":{"command":"CREATE","body.name":"same","body.create_disposition":3,"body.desired_access":"0x13019f","body.share_access":7}}
{"ev":"send","c":1,"fields":{"command":"ECHO"}}
SMB
until='a.body.create_action == 1 and b.body.create_action == 2'
search "$work/same.smb" --schedule cut:18:68:20:200000000 --tries 2 --until "$until" --least-rate 50 -f -o "$work/found"
expect "a cut is minimised" 1 'found: 10 messages on 2 connections, the first cut at byte 68, its rest 200000\.0 us behind the second: ' \
	"--until '$until'"
plays_again "the cut that was written"
finish
