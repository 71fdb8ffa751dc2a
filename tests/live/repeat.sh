#!/bin/bash
# replay --repeat, --seed, --try, --same-names, --reset: each try finds the share as the first one found it, and what comes of
# all is counted.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server
share=$work/server/share/test

# play WORKLOAD [OPTION ...]
play() {
	run "$SMBENCH" replay "$1" //127.0.0.1/test -p "$port" -U "$credentials" --pace=none "${@:2}"
}

empty() {
	"$lab/share-reset" -r "$work/server"
}

# What a try makes, and what it finds.
cat >"$work/makes.smb" <<'END'
{"ev":"logon","c":0}
{"ev":"send","c":0,"fields":{"command":"CREATE","body.name":"there.txt","body.create_disposition":1,
  "body.desired_access":"0x120089"},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":0,"fields":{"command":"CREATE","body.name":"directory","body.create_disposition":2,"body.create_options":1},
 "expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":0,"fields":{"command":"CREATE","body.name":"directory\\made.txt","body.create_disposition":2,
  "body.desired_access":"0x13019f"},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":0,"fields":{"command":"SET_INFO","body.file_info_class":10,
  "body.buffer":"00000000000000000000000000000000100000006d006f007600650064002e0074007800"},
 "expect":{"status":"STATUS_SUCCESS"}}
END
empty
touch "$share/there.txt"
play "$work/makes.smb" --repeat 8 --seed 5
expect "fresh names: no try meets another one's files" 0 '^0 differ: 0\.0 % \(95 % confidence: 0\.0 to 32\.4 %\)$'
made=("$share"/dir??????) moved=("$share"/moved??????.tx)
if ((${#made[@]} == 8 && ${#moved[@]} == 8)) && [[ $(find "$share" -name made.txt | wc -l) == 0 ]]; then
	pass "what is made and where a rename leads is fresh in each, keeping length and extension"
else
	fail "$(find "$share")"
fi
play "$work/makes.smb" --seed 5 --try 3
expect "--try: the same names as in that try" 1 'CREATE response status: expected STATUS_SUCCESS, got STATUS_OBJECT_NAME_COLLISION'
play "$work/makes.smb" --seed 5 --try 9 --run "$work/run"
expect "--try: others than in those" 0
run "$SMBENCH" compare "$work/makes.smb" "$work/run"
expect "compare knows the names of a try" 0
play "$work/makes.smb" --repeat 3
expect "without --seed names are others each time" 0 'names and keys by --seed=[0-9]+'

empty
touch "$share/there.txt"
play "$work/makes.smb" --repeat 4 --same-names --run "$work/runs"
expect "--same-names: all but the first differ" 1 '^3 differ: 75\.0 %'
expect "which answers varied" 1 '^ +3 +75\.0 %.* STATUS_OBJECT_NAME_COLLISION$'
expect "and what was recorded" 1 '^ +1 +25\.0 %.* STATUS_SUCCESS \(recorded\)$'
expect "outcomes" 1 'first in try 2:$'
if [[ $(cd "$work/runs" && echo *) == "000002 000003 000004" ]]; then
	pass "--run keeps the runs that differ"
else
	fail "--run keeps $(ls "$work/runs")"
fi
"$SMBENCH" compare "$work/makes.smb" "$work/runs/000003" >"$work/out" 2>&1
status=$?
expect "which compare reads" 1 'got STATUS_OBJECT_NAME_COLLISION'

empty
touch "$share/there.txt"
play "$work/makes.smb" --repeat 4 --same-names --json
if ((status == 1)) && python3 -c 'import json, sys
t = json.load(open(sys.argv[1]))
assert (t["tries"], t["hits"], t["rate"], t["first_hit"], t["same_names"]) == (4, 3, 0.75, 2, True), t
assert {s["status"]: s["tries"] for s in t["answers"][0]["statuses"]} == {"STATUS_SUCCESS": 1, "STATUS_OBJECT_NAME_COLLISION": 3}, t
assert sum(o["tries"] for o in t["outcomes"]) == 4, t
assert [o["tries"] for o in t["outcomes"] if not o["differences"]] == [1], t' "$work/out" 2>"$work/err"; then
	pass "--json"
else
	fail "--json: exit status $status" "$work/out" "$work/err"
fi

empty
touch "$share/there.txt"
play "$work/makes.smb" --repeat 4 --same-names --hit 'CREATE#2.status == STATUS_SUCCESS'
expect "--hit: what is sought, whatever differs" 1 '^1 hit: 25\.0 %'
play "$work/makes.smb" --repeat 2 --hit 'CREATE#2.status == STATUS_SHARING_VIOLATION'
expect "--hit: never" 0 '^0 hit'
play "$work/makes.smb" --repeat 2 --hit 'CREATE#2.status ='
expect "--hit that is no expression" 2

# shellcheck disable=SC2016 # the shell that --reset starts expands it
play "$work/makes.smb" --repeat 3 --same-names --reset "rm -rf '$share'/directory '$share'/moved.tx; echo \$SMBENCH_TRY >>'$work/tries'"
expect "--reset brings the state back; the first try has none" 1 '^1 differ'
if [[ $(<"$work/tries") == $'2\n3' ]]; then
	pass "--reset knows the try"
else
	fail "--reset" "$work/tries"
fi
play "$work/makes.smb" --repeat 3 --same-names --reset 'exit 3'
expect "--reset that fails" 2 "before try 2: 'exit 3' failed"

# A lease, its break and its acknowledgment: keys of their own, on the wire.
"$SMBENCH" compile -q "$tests/captures/smbtorture-lease.upgrade2.pcap" -o "$work/lease"
empty
play "$work/lease" --repeat 5
expect "leases: fresh keys throughout" 0 '^0 differ'
for n in 1 2; do
	play "$work/lease" --seed 1 --try $n --pcap "$work/$n.pcap" --audit
	expect "leases: every change is declared, try $n" 0 $'\tkey\t'
	grep -q UNDECLARED "$work/out" && fail "undeclared changes" "$work/out"
	tshark -r "$work/$n.pcap" -d "tcp.port==$port,nbss" -T fields -e smb2.lease.lease_key -e smb2.client_guid \
		2>/dev/null | tr '\t,' '\n\n' | grep . | sort -u >"$work/$n.keys"
done
if [[ -s $work/1.keys && $(wc -l <"$work/1.keys") == $(wc -l <"$work/2.keys") ]] &&
	[[ -z $(comm -12 "$work/1.keys" "$work/2.keys") ]]; then
	pass "two tries have no key in common"
else
	fail "keys" "$work/1.keys" "$work/2.keys"
fi

# clash NAME OPTION ...
clash() {
	play "$work/makes.smb" "${@:2}"
	expect "$1" 2
}
clash "--repeat 0" --repeat 0
clash "--repeat and --try" --repeat 2 --try 2
clash "--repeat and --pcap" --repeat 2 --pcap "$work/x.pcap"
clash "--reset alone" --reset true
clash "--hit alone" --hit 'CREATE#2.status == 0'
clash "--hit and --run" --repeat 2 --hit 'CREATE#2.status == 0' --run "$work/x"
clash "--seed alone" --seed 1
finish
