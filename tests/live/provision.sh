#!/bin/bash
# Provisioning: an empty share gets what captures of another one imply, and their replays find it so. What is there otherwise is
# said and made to match, what is refused is named, and --clean takes away what it made and nothing else.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server "refused/path=$work/server/share/refused" "refused/read only=yes"
share=$work/server/share/test
target=(//127.0.0.1 -p "$port" -U "$credentials")

# run COMMAND...: exit status in `status`, output in $work/out.
run() {
	status=0
	timeout -k 5 60 "$@" >"$work/out" 2>&1 || status=$?
}

# expect NAME STATUS [PATTERN ...]: of the last run.
expect() {
	local name=$1 wanted=$2 pattern
	shift 2
	if ((status != wanted)); then
		fail "$name: exit status $status, not $wanted" "$work/out"
		return
	fi
	for pattern; do
		if ! grep -qE -- "$pattern" "$work/out"; then
			fail "$name: no '$pattern'" "$work/out"
			return
		fi
	done
	pass "$name"
}

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

# Usage, and what does not answer.
run "$SMBENCH" provision "$work/smb" --verify --clean "${target[@]}"
expect "one thing at a time" 2 'exclude each other'
run "$SMBENCH" provision "$work/smb" //127.0.0.1 -p "$port" -U "${credentials%\%*}%wrong"
expect "a wrong password" 3
run "$SMBENCH" provision "$work/smb" //127.0.0.1 -p 1 -U "$credentials"
expect "no server" 3
finish
