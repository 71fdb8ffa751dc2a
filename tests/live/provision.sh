#!/bin/bash
# Provisioning: an empty share gets what captures of another one imply, and their replays find it so. What is there otherwise is
# said and made to match, what is refused is named, and --clean takes away what it made and nothing else.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server "refused/path=$work/server/share/refused" "refused/read only=yes" "test2/smb encrypt=required"
share=$work/server/share/test
target=(//127.0.0.1 -p "$port" -U "$credentials")

provision() {
	run "$SMBENCH" provision "$work/smb" "${target[@]}" "$@"
}

empty_share() {
	rm -rf "${share:?}"/*
}

# Captures of smbclient sessions, replayed where nothing was but what provisioning made.
for name in smbclient-202 smbclient-210-rename smbclient-302-get smbclient-311-signed; do
	empty_share
	run "$SMBENCH" compile -q -f "$tests/captures/$name.pcap" -o "$work/smb"
	((status == 0)) || fail "$name: compile" "$work/out"
	provision
	expect "$name: made" 0 ' files made' '^0 were as they are to be, 0 changed, 0 removed, 0 refused'
	provision --verify
	expect "$name: verified" 0 ' as they are to be, 0 not'
	status=0
	replay "$work/smb" --pace=none --timeout=5 >"$work/out" 2>&1 || status=$?
	expect "$name: replayed" 0 '^0 divergences'
	touch "$share/not-ours"
	provision --clean
	expect "$name: cleaned" 0 ' removed, 0 refused'
	left=$(ls -A "$share")
	if [[ $left == not-ours ]]; then
		pass "$name: nothing else was removed"
	else
		fail "$name: after --clean there is: $left"
	fi
done

# What is there otherwise. The workload is the last one: one.txt, two.txt, tree/three.txt, tree/deep/four.txt; not moved.txt.
empty_share
provision
printf 'other\n' >"$share/one.txt"
rm "$share/two.txt"
printf 'THREE\n' >"$share/tree/three.txt"
rm -r "$share/tree/deep"
printf 'in the way\n' >"$share/tree/deep"
printf 'x\n' >"$share/moved.txt"
chown -R smbtest "$share"
smbclient //127.0.0.1/test -p "$port" -s "$work/server/client.conf" -U "$credentials" -c 'setmode tree/three.txt +r' \
	>"$work/log" 2>&1 || fail "smbclient setmode" "$work/log"
provision --verify
expect "differences are said" 1 '^- test\\one.txt: size 9000$' '^\+ test\\one.txt: size 6$' '^- test\\two.txt: file$' \
	'^\+ test\\two.txt: STATUS_OBJECT_NAME_NOT_FOUND' '^- test\\tree\\three.txt: written 2026-01-02 03:04:05' '^- test\\tree\\three.txt: attributes NORMAL$' '^\+ test\\tree\\three.txt: attributes READONLY$' \
	'^- test\\tree\\deep: directory$' '^\+ test\\tree\\deep: file$' '^\+ test\\moved.txt: file that must not exist'
run "$SMBENCH" provision "$work/smb" "${target[@]}" --verify --json
expect "differences as JSON" 1 '"say":"\+","share":"test","path":"moved.txt"' '"differ":[1-9]'
provision
expect "what is there is made to match, and said" 0 '^1 directories and 2 files made' '^changed test\\one.txt: size, contents' \
	'^changed test\\tree\\three.txt: contents, attributes, times$' '^removed test\\tree\\deep$' \
	'^removed test\\moved.txt$'
provision --verify
expect "and matches" 0 ' 0 not'
provision
expect "nothing is left to do" 0 '^0 directories and 0 files made, 0 bytes' ' 0 changed, 0 removed, 0 refused'
printf 'TWO\n' >"$share/two.txt"
chmod a+rw "$share/two.txt"
provision --verify
expect "contents that nobody saw are checked, too" 1 '^- test\\two.txt: bytes at 0: ' '^\+ test\\two.txt: bytes at 0: 54574f0a$'

# Refusals are named, and the rest goes on.
empty_share
mkdir -p "$share/tree/deep"
chmod 777 "$share/tree"
chown root "$share/tree/deep"
chmod 755 "$share/tree/deep"
provision
expect "what is refused is named" 1 '^refused test\\tree\\deep\\four.txt: STATUS_ACCESS_DENIED$' ' 3 files made'
mkdir -p "$work/server/share/refused"
run "$SMBENCH" provision "$work/smb" //127.0.0.1/refused -p "$port" -U "$credentials"
expect "a share that is read-only" 1 '^refused refused\\one.txt: STATUS_' ' 0 files made'
run "$SMBENCH" provision "$work/smb" //127.0.0.1/nowhere -p "$port" -U "$credentials"
expect "a share that is not there" 1 '^refused nowhere\\: STATUS_BAD_NETWORK_NAME$'
empty_share
mkdir -p "$share/tree/deep/of others"
chmod -R 777 "$share/tree"
provision --clean
expect "what holds others' names stays" 1 '^refused test\\tree\\deep: STATUS_DIRECTORY_NOT_EMPTY' '^0 removed, 2 refused'

# What a hand says of a share: contents of several messages, holes, a stream, an EA, a read-only file, an ACL that forbids all.
empty_share
cp -r "$work/smb" "$work/hand"
forbids=01000480000000000000000000000000140000000200080000000000
cat >"$work/hand/state.jsonl" <<-EOF2
	{"share":"test","path":"","kind":"directory","why":"root"}
	{"share":"test","path":"large.bin","kind":"file","size":3000000000,"contents":[[1048576,"00112233"],[2000000000,"ff"]]}
	{"share":"test","path":"locked","kind":"file","size":9,"attributes":3,"contents":[[0,"72656164206f6e6c79"]],
	EOF2
truncate -s -2 "$work/hand/state.jsonl"
cat >>"$work/hand/state.jsonl" <<-EOF2
	,"times":{"creation":"2001-02-03T04:05:06.0000000Z","write":"2002-03-04T05:06:07.0000001Z"},"streams":[{"name":"s","size":3}],"eas":[{"name":"COLOR","flags":0,"value":"626c7565"}]}
	{"share":"test","path":"nobody's","kind":"file","size":1,"security_parts":4,"security":"$forbids"}
	{"share":"test","path":"odd\\\\name","kind":"file","size":1,"attributes":17440}
EOF2
acl=(//127.0.0.1/acl -p "$port" -U "$credentials")
run "$SMBENCH" provision "$work/hand" "${acl[@]}"
expect "a state by hand" 0 '^1 directories and 4 files made' ' 0 refused, 2 not done$' '^not done acl.odd.name: encryption$' \
	'^not done acl.odd.name: reparse point, whose data nobody saw$'
run "$SMBENCH" provision "$work/hand" "${acl[@]}" --verify
expect "a state by hand is verified" 1 "^- acl.nobody's: bytes at 0: " "^\+ acl.nobody's: bytes at 0: STATUS_ACCESS_DENIED" \
	'^4 as they are to be, 1 not'
if [[ $(stat -c %s "$work/server/share/acl/large.bin") == 3000000000 && $(stat -c %b "$work/server/share/acl/large.bin") -lt 20000 &&
	$(od -An -tx1 -j 1048576 -N 4 "$work/server/share/acl/large.bin") == " 00 11 22 33" && $(stat -c %.7Y "$work/server/share/acl/locked") == *.0000001 ]]; then
	pass "holes, contents and times are there"
else
	fail "large.bin or locked: $(stat "$work/server/share/acl/large.bin" "$work/server/share/acl/locked")"
fi
run "$SMBENCH" provision "$work/hand" "${acl[@]}" --clean
expect "read-only files are removed, too" 0 '^5 removed, 0 refused'

# Sealed where the server wants it.
run "$SMBENCH" provision "$work/hand" //127.0.0.1/test2 -p "$port" -U "$credentials"
expect "a share that seals" 0 '^1 directories and 4 files made'
rm -rf "$work/server/share/test2"/*

# Here, as smbd keeps it; nothing is followed out of the directory.
run "$SMBENCH" provision "$work/hand" --local "$share"
expect "--local" 0 '^1 directories and 4 files made' "^not done test.nobody's: owner, group and ACLs$" ' 1 not done$'
chown -R smbtest "$share"
run "$SMBENCH" provision "$work/hand" "${target[@]}" --verify
expect "what --local made, over SMB" 1 "^- test.nobody's: D:" '^4 as they are to be, 1 not'
rm -rf "${share:?}/odd"
mkdir "$work/outside"
ln -s "$work/outside" "$share/odd"
run "$SMBENCH" provision "$work/hand" --local "$share"
expect "--local refuses a link" 1 '^refused test\\odd\\name: '
[[ -z $(ls -A "$work/outside") ]] || fail "--local followed a link"
rm "$share/odd"

# Answers with damage in them: an end, whatever it is.
run "$SMBENCH" provision "$work/hand" "${target[@]}"
for seed in 1 2 3 4; do
	coproc relay { exec python3 "$tests/live/damage_answers.py" "$port" "$seed"; }
	# shellcheck disable=SC2154
	read -r relay_port <&"${relay[0]}"
	relay_pid=$relay_PID relay_in=${relay[1]}
	for mode in "--verify" "" "--clean"; do
		# shellcheck disable=SC2086
		run "$SMBENCH" provision "$work/hand" //127.0.0.1 -p "$relay_port" -U "$credentials" --timeout 1 $mode
		((status < 4)) || fail "damaged answers, seed $seed, $mode: exit status $status" "$work/out"
	done
	exec {relay_in}>&-
	wait "$relay_pid"
done
pass "damaged answers"

# Usage, and what does not answer.
run "$SMBENCH" provision "$work/smb" --verify --clean "${target[@]}"
expect "one thing at a time" 2 'exclude each other'
run "$SMBENCH" provision "$work/smb" //127.0.0.1 -p "$port" -U "${credentials%\%*}%wrong"
expect "a wrong password" 3
run "$SMBENCH" provision "$work/smb" //127.0.0.1 -p 1 -U "$credentials"
expect "no server" 3
finish
