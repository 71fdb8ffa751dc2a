#!/bin/bash
# Mapping: captures of one share, played in a deeper directory of another by another user. No divergence, as the names that
# answers hold are expected as mapped; a second capture has the names that the rules give, and nothing malformed; audit and
# second capture agree byte for byte.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server "enable core files=no" "kernel change notify=no"
user2=${credentials/smbtest/smbtest2}
secrets=(--password "$credentials" --password "$user2")
deep='old things/of the year 2026'
cat >"$work/deep.json" <<-EOF2
	{"principals": {"*": {"user": "LAB/smbtest2", "password": "${credentials#*%}"}},
	 "shares": {"test": "test2"},
	 "paths": [{"share": "test", "from": "(.*)", "to": "$deep/\$1"}]}
EOF2
cat >"$work/rules.json" <<-EOF2
	{"principals": {"smbtest": {"user": "LAB/smbtest2", "password": "${credentials#*%}"}},
	 "shares": {"TEST": "test2"},
	 "sids": {"S-1-5-21-7-7-7": "S-1-5-21-1001-1002-1003-77"},
	 "paths": [{"share": "test", "from": "dir/inner(/.*)?", "to": "a deeper place/for inner things\$1"},
		{"share": "Test", "from": "DIR/(.*)", "to": "a deeper place\\\\\$1"},
		{"share": "other", "from": ".*", "to": "nowhere"}]}
EOF2

# What the recording finds on the share, in the directory that stands for its root.
prepare() {
	"$lab/share-reset" -r "$work/server" >"$work/log" 2>&1 || fail "no fresh server" "$work/log"
	[[ $1 != smbclient-* && $1 != sealed-3* ]] || "$lab/smbclient-session" "$work/server" --prepare
	mkdir -p "$work/server/share/test2/$deep"
	cp -a "$work/server/share/test/." "$work/server/share/test2/$deep/"
	chmod -R a+rwX "$work/server/share/test2"
}

# mapped NAME CAPTURE MAP [OPTION ...]: compiled and played under a second capture.
mapped() {
	local name=$1 capture=$2 map=$3 keys=()
	shift 3
	rm -rf "$work/run"
	run "$SMBENCH" compile -f "${secrets[@]}" "$capture" -o "$work/smb"
	((status == 0)) || fail "$name: compile" "$work/out"
	"$SMBENCH" keys "${secrets[@]}" "$capture" >"$work/keys" 2>"$work/log"
	: >"$work/keylog"
	"$lab/capture-start" "$work/second.pcap" "$port"
	run "$SMBENCH" replay "$work/smb" //127.0.0.1 -p "$port" --map "$map" --audit --keylog "$work/keylog" --pace=none \
		--timeout=5 --run "$work/run" "$@"
	cp "$work/out" "$work/audit"
	"$lab/capture-stop" "$work/second.pcap" 2>"$work/log" || fail "$name: no second capture" "$work/log"
	expect "$name: played" 0 '^0 divergences'
	[[ ! -s $work/keys || ! -s $work/keylog ]] || keys=("$work/keys" "$work/keylog")
	run python3 "$tests/live/mapped_names.py" "$capture" "$work/second.pcap" "$map" ${keys[@]+"${keys[@]}"}
	expect "$name: $(tail -n 1 "$work/out")" 0
	run python3 "$tests/live/audit_agrees.py" "$capture" "$work/second.pcap" "$work/audit" "$work/smb" \
		${keys[@]+"${keys[@]}"}
	expect "$name: audit and second capture, $(tail -n 1 "$work/out")" 0
}

for capture in smbclient-311-signed smbclient-202 smbclient-210-rename smbclient-302-get \
	smbtorture-compound.related1 smbtorture-lease.upgrade2 smbtorture-notify.close smbtorture-oplock.exclusive2; do
	prepare "$capture"
	mapped "$capture" "$tests/captures/$capture.pcap" "$work/deep.json"
done

# Names wherever they stand.
prepare none
"$lab/capture-start" "$work/first.pcap" "$port"
run "$tests/live/mapping_session.py" "$port"
"$lab/capture-stop" "$work/first.pcap" 2>"$work/log"
expect "a client that names things everywhere" 0
prepare none
mapped "names everywhere" "$work/first.pcap" "$work/rules.json"
for what in name sid server layout padding; do
	cut -f 7 "$work/audit" | grep -qx "$what" || fail "no $what in the audit" "$work/audit"
done
for path in "a deeper place/for inner things/another" "a deeper place/linked" "elsewhere"; do
	[[ -e $work/server/share/test2/$path ]] || fail "$path was not made on the other share"
done
[[ ! -e $work/server/share/test/dir ]] || fail "the recorded share was touched"

run "$SMBENCH" compare "$work/smb" "$work/run" --map "$work/rules.json"
expect "compare --map" 0 '^0 divergences'
run "$SMBENCH" compare "$work/smb" "$work/run"
expect "compare without the map" 1 'QUERY_DIRECTORY response entry "inner": expected present, got absent'

# The audit misses a name.
sed '0,/\tname\t/{/\tname\t/d}' "$work/audit" >"$work/short"
run python3 "$tests/live/audit_agrees.py" "$work/first.pcap" "$work/second.pcap" "$work/short" "$work/smb"
expect "an audit without one of its names" 1 'is not the recorded one|is not what the audit says'

# Without a server, and without the target.
run "$SMBENCH" replay --dry-run --map "$work/rules.json" "$work/smb" //new
expect "--dry-run" 0 '^  CREATE +[0-9]+$' 'LAB/smbtest  ->  LAB/smbtest2  \(2 sessions\)' \
	'server +127\.0\.0\.1  ->  new ' 'share +test  ->  test2 ' \
	'path +test: dir\\inner\\file  ->  a deeper place\\for inner things\\file  \(1 message\)' \
	'path +test: dir\\linked  ->  a deeper place\\linked ' 'pattern +test: inner  ->  for inner things ' \
	'target +test: inner\\another  ->  for inner things\\another ' \
	'SID +S-1-5-21-7-7-7-513  ->  S-1-5-21-1001-1002-1003-77-513 ' '^not touched by any rule: '
! grep -q elsewhere "$work/out" || fail "--dry-run lists what no rule touches" "$work/out"
run "$SMBENCH" replay --dry-run --verbose --map "$work/rules.json" "$work/smb" //new
expect "--dry-run --verbose" 0 'path +test: elsewhere  \(1 message\)$'
run "$SMBENCH" replay --dry-run "$work/smb"
expect "--dry-run without map and target" 0 'LAB/smbtest  ->  nobody' 'not touched by any rule: '
run "$SMBENCH" replay --dry-run --json --map "$work/rules.json" "$work/smb" //new
if ((status == 0)) && python3 -c 'import json, sys
names = json.load(open(sys.argv[1]))["names"]
sys.exit({"kind": "path", "share": "test", "recorded": "dir", "live": "a deeper place", "messages": 2} not in names)' \
	"$work/out"; then
	pass "--dry-run --json"
else
	fail "--dry-run --json: exit status $status" "$work/out"
fi

# Names under seals.
sed -i '/^\[test2\]/a\	server smb encrypt = required' "$work/server/smb.conf"
prepare sealed-311-share
mapped sealed-311-share "$tests/captures/sealed-311-share.pcap" "$work/deep.json"

# A name that no request can hold.
"$SMBENCH" compile -f "$work/first.pcap" -o "$work/named" >"$work/log" 2>&1
printf '{"paths": [{"from": "(dir)", "to": "%s$1"}]}\n' "$(printf '%040000d' 0)" >"$work/long.json"
run "$SMBENCH" replay --dry-run --map "$work/long.json" "$work/named"
expect "--dry-run of a name that is too long" 2 'event [0-9]+: name_length cannot hold'
finish
