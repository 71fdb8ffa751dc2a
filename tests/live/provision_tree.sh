#!/bin/bash
# A share with 2,000 files in 200 directories, with streams, EAs and ACLs, walked by a client on one smbd: an empty share of another
# is provisioned from that capture, is the same to an independent walk, and the replay finds no difference. The same deeper down in
# another share, under longer names and for another user; the audit has exactly what the second capture has otherwise.
set -u
. "$(dirname "$0")/lib.sh"
make_work
limit=120
tree=$lab/big_tree.py
options=()
for share in test test2; do
	options+=("$share/vfs objects=acl_xattr streams_xattr" "$share/acl_xattr:ignore system acls=yes")
done
secret=${credentials#*%}

stop_first() {
	[[ ! -e $work/first/smb.conf ]] || "$lab/smbd-stop" "$work/first"
}
trap 'stop_first; clean_up' EXIT

# client SERVER SCRIPT OUTPUT
client() {
	smbclient //127.0.0.1/test -p "$port" -s "$work/$1/client.conf" -U "$credentials" <"$2" >"$3" 2>&1
}

# walk SERVER NAME: what smbclient and the file system say; not times that looking changes, nor the share's root and its disk.
walk() {
	client "$1" "$work/judge.script" "$work/walk"
	grep -vE '^(access|change)_time:|blocks of size|^  \.\.? ' "$work/walk" >"$work/$2.client"
	python3 "$tree" files "$work/$1/share/test" >"$work/$2.files"
}

# same NAME KIND
same() {
	if [[ $(wc -l <"$work/was.$2") -gt 2000 ]] && diff "$work/was.$2" "$work/is.$2" >"$work/diff"; then
		pass "$1"
	else
		fail "$1" "$work/diff"
	fi
}

# One server has the tree, and a client walks it.
if ! port=$("$lab/smbd-start" "$work/first" 0 "${options[@]}" 2>"$work/server.err"); then
	fail "no first smbd" "$work/server.err"
	finish
fi
mkdir "$work/local"
python3 "$tree" make "$work/local" >"$work/make.script"
python3 "$tree" client >"$work/client.script"
python3 "$tree" judge >"$work/judge.script"
client first "$work/make.script" "$work/out"
if grep NT_STATUS "$work/out" >"$work/log" || ! /usr/bin/python3 "$tree" acls "$port" test >"$work/log" 2>&1; then
	fail "no tree" "$work/log"
	finish
fi
"$lab/capture-start" -b "$work/tree.pcap" "$port"
client first "$work/client.script" "$work/out"
"$lab/capture-stop" "$work/tree.pcap" 2>"$work/log" || fail "no capture" "$work/log"
! grep NT_STATUS "$work/out" >"$work/log" || fail "the client" "$work/log"
walk first was
stop_first
rm -r "$work/first"

run "$SMBENCH" compile "$work/tree.pcap" -o "$work/smb"
expect "compiled" 0
run "$SMBENCH" provision "$work/smb" --plan
expect "what the capture shows of it" 0 \
	'^2000 files in 200 directories of 1 share, .* 50 alternate streams, 80 extended attributes, 48 security descriptors$'

# Another one, whose share is empty.
start_server "enable core files=no" "${options[@]}"
target=(//127.0.0.1 -p "$port")
run "$SMBENCH" provision "$work/smb" "${target[@]}" -U "$credentials"
expect "made" 0 '^200 directories and 2000 files made' ' 0 changed, 0 removed, 0 refused, 0 not done$'
walk server is
same "the same to smbclient: names, sizes, attributes, times, streams, EAs, ACLs" client
same "the same in the file system: names, sizes, times, contents that were read, streams, EAs" files
run "$SMBENCH" provision "$work/smb" "${target[@]}" -U "$credentials" --verify
expect "verified" 0 '^2200 as they are to be, 0 not'
run "$SMBENCH" replay "$work/smb" "${target[@]}" -U "$credentials" --pace=none
expect "replayed: $(sed -n 2p "$work/out")" 0 '^0 divergences'
run "$SMBENCH" provision "$work/smb" "${target[@]}" -U "$credentials" --clean
expect "cleaned" 0 '^2200 removed, 0 refused'

# Elsewhere.
cat >"$work/map.json" <<-EOF2
	{"principals": {"*": {"user": "LAB/smbtest2", "password": "$secret"}},
	 "shares": {"test": "test2"},
	 "sids": {"S-1-5-21-1001-1002-1003-1000": "S-1-5-21-1001-1002-1003-1001",
		"S-1-5-21-1001-1002-1003-1001": "S-1-5-21-1001-1002-1003-1000"},
	 "paths": [{"share": "test", "from": "project ([0-9]+)(.*)", "to": "archive/of others/the old project number \$1\$2"},
		{"share": "test", "from": "(.*)", "to": "archive/of others/\$1"}]}
EOF2
run "$SMBENCH" provision "$work/smb" "${target[@]}" --map "$work/map.json"
expect "made elsewhere" 0 '^200 directories and 2000 files made' ' 0 refused'
[[ -d "$work/server/share/test2/archive/of others/the old project number 19/part8" ]] || fail "no project number 19" "$work/out"
[[ -z $(ls -A "$work/server/share/test") ]] || fail "the recorded share was touched"
run "$SMBENCH" provision "$work/smb" "${target[@]}" --map "$work/map.json" --verify
expect "verified elsewhere" 0 '^2200 as they are to be, 0 not'
"$lab/capture-start" -b "$work/second.pcap" "$port"
run "$SMBENCH" replay "$work/smb" "${target[@]}" --map "$work/map.json" --audit --pace=none
cp "$work/out" "$work/audit"
"$lab/capture-stop" "$work/second.pcap" 2>"$work/log" || fail "no second capture" "$work/log"
expect "replayed elsewhere" 0 '^0 divergences'
run python3 "$tests/live/mapped_names.py" "$work/tree.pcap" "$work/second.pcap" "$work/map.json"
expect "elsewhere: $(tail -n 1 "$work/out")" 0
run python3 "$tests/live/audit_agrees.py" "$work/tree.pcap" "$work/second.pcap" "$work/audit" "$work/smb"
expect "elsewhere: audit and second capture, $(tail -n 1 "$work/out")" 0
run "$SMBENCH" provision "$work/smb" "${target[@]}" --map "$work/map.json" --clean
expect "cleaned elsewhere" 0 '^2200 removed, 0 refused'
left=$(find "$work/server/share/test2" -mindepth 1 | head -n 3)
[[ -z $left ]] || fail "left: $left"
finish
