#!/bin/bash
# The first state: sessions on a share with contents, streams, EAs, times, attributes and ACLs, which they change on the way. What
# their captures imply is held against what was on the share before, by a walk that has nothing of smbench in it.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server "enable core files=no"
share=$work/server/share/acl
smbclient=(smbclient //127.0.0.1/acl -p "$port" -s "$work/server/client.conf" -U "$credentials")

# agrees NAME [READ]: of the workload that was compiled last.
agrees() {
	run "$tests/live/state_agrees.py" "$work/smb" "$work/walk" "$work/original" "${@:2}"
	expect "$1: $(tail -n 1 "$work/out")" 0
}

# record NAME COMMAND...: on the share as it was in the beginning; compiled, with the password.
record() {
	local name=$1
	shift
	rm -rf "${share:?}"/* "$work/local"
	mkdir "$work/local"
	cp -a "$work/original/." "$share/"
	"$lab/capture-start" "$work/$name.pcap" "$port"
	(cd "$work/local" && "$@") >"$work/log" 2>&1 || fail "$name" "$work/log"
	"$lab/capture-stop" "$work/$name.pcap" 2>"$work/out" || fail "$name: no capture" "$work/out"
	run "$SMBENCH" compile -f --password "$credentials" "$work/$name.pcap" -o "$work/smb"
	expect "$name: compiled" 0 'names in the first state'
}

"$tests/live/state_share.py" make "$share"
chown -R smbtest "$share"
"$tests/live/state_share.py" settle "$share" "$port" "${smbclient[@]}" >"$work/log" 2>&1 || fail "settle" "$work/log"
"$tests/live/state_share.py" walk "$share" "${smbclient[@]}" >"$work/walk" 2>"$work/log" || fail "walk" "$work/log"
cp -a "$share" "$work/original"

record "a client that looks and changes" "$tests/live/state_session.py" "$port"
agrees "a client that looks and changes"
run "$SMBENCH" provision --plan "$work/smb"
expect "--plan" 0 '^ +deep.txt +800 +opened \(frame [0-9]+\), contents seen$' '^ +:tag +26 +stream, contents seen$' \
	'^ +file +0 +was in the way .*; guess: file or directory' '^ +gone.txt +600 ' '^ +renamed +absent +renamed to by the capture' \
	'^ +guarded.txt .*, security$' '; [0-9]+ guesses, 0 conflicts$'
# The same from the messages alone.
run "$SMBENCH" provision --plan --json "$work/smb"
cp "$work/out" "$work/plan"
cp "$work/smb/state.jsonl" "$work/state"
rm "$work/smb/state.jsonl"
run "$SMBENCH" provision --plan --json "$work/smb"
if cmp -s "$work/plan" "$work/out"; then
	pass "without state.jsonl"
else
	fail "without state.jsonl the plan is another"
fi
# By hand: kept, and checked.
{
	cat "$work/state"
	echo '{"share":"acl","path":"by\\hand","kind":"file","contents":[[0,"68616e64"]]}'
} >"$work/smb/state.jsonl"
run "$SMBENCH" provision --plan "$work/smb"
expect "a name that a hand added" 0 '^  by\\ +holds others' '^    hand +4  written by hand, contents seen'
run "$SMBENCH" check "$work/smb"
expect "check counts it" 0 ' first state: 4[0-9] files in '
lines=$(wc -l <"$work/smb/state.jsonl")
sed -i 's/"kind":"file","contents"/"kind":"fil","contents"/' "$work/smb/state.jsonl"
run "$SMBENCH" check "$work/smb"
expect "check says where it is wrong" 2 "state.jsonl:$lines: kind: 'fil' is none"


# Samba's own client: lists all, reads a part of it, changes the rest.
everything='recurse; ls; prompt; mget seen; cd blind; rename moved.txt other-name.txt; del gone.txt; deltree dir; mkdir fresh; put whole.bin'
printf 'new\n' >"$work/whole.bin"
record smbclient "${smbclient[@]}" -c "${everything/put /lcd $work; put }"
agrees smbclient seen
record "smbclient, sealed" "${smbclient[@]}" --client-protection=encrypt -c "${everything/put /lcd $work; put }"
grep -q '"sealed"' "$work/smb/messages.jsonl" || fail "nothing was sealed"
agrees "smbclient, sealed" seen

# What these checks are worth: a byte that was another, and a file that the share did not have.
printf 'x' | dd of="$work/original/seen/d0/f0" bs=1 seek=400 conv=notrunc status=none
echo '{"share":"acl","path":"never","kind":"file"}' >>"$work/smb/state.jsonl"
run "$tests/live/state_agrees.py" "$work/smb" "$work/walk" "$work/original" seen
expect "differences are noticed" 1 '^seen.d0.f0: bytes at 0: ' '^never: the share had none$' ', 2 differ$'
finish
