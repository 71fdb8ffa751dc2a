#!/bin/bash
# replay --step: what the commands do is judged by what goes out and what the server answers.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

cat >"$work/files.smb" <<'END'
{"ev":"logon","c":0}
{"ev":"send","c":0,"label":"first","t":1000000,"fields":{"command":"CREATE","body.name":"first.txt"},
 "expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":0,"label":"second","t":2000000,"fields":{"command":"CREATE","body.name":"second.txt"},
 "expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":0,"label":"third","t":3000000,"fields":{"command":"CREATE","body.name":"third.txt"},
 "expect":{"status":"STATUS_SUCCESS"}}
END

# step WORKLOAD COMMANDS [OPTION...]: on a fresh server; exit status in `status`, output in $work/out.
step() {
	"$lab/share-reset" -r "$work/server" || fail "no fresh server"
	status=0
	printf '%b' "$2" | timeout -k 5 60 "$SMBENCH" replay "$work/$1.smb" //127.0.0.1/test -p "$port" -U "$credentials" --step \
		--timeout=1 "${@:3}" >"$work/out" 2>&1 || status=$?
}

# made NAME WANTED [PATTERN]: the files that the server has made, and that the output has the pattern.
made() {
	local got
	got=$(ls "$work/server/share/test" | grep -x '[a-z]*\.txt' | tr '\n' ' ')
	if [[ $got != "$2" ]]; then
		fail "$1: '$got' were made, not '$2'" "$work/out"
	elif [[ ${3-} ]] && ! grep -qE -- "$3" "$work/out"; then
		fail "$1: no $3" "$work/out"
	else
		pass "$1"
	fi
}

step files 'continue\n'
made "continue: all is sent" "first.txt second.txt third.txt " '^0 divergences'
step files 'n 4\nnext\n# no command\n\n  n\nq\n'
made "next: a message, next N: so many, quit: the rest is not sent" "first.txt second.txt " 'third\.txt'
step files ''
made "the end of the commands is the end of the replay" "" ' 0 → NEGOTIATE'
step files 'until third\n'
made "until LABEL stops before it" "first.txt second.txt " ' third\.txt'
step files 'u 11\n'
made "until N" "first.txt " ' 11 .* second\.txt'
step files 'until 0.0015s\n'
made "until SECONDSs" "first.txt " ' second\.txt'
step files 'until second\nskip\nc\n'
made "skip" "first.txt third.txt " '^0 divergences'
step files 'until second\nset body.name 66006f0075007200740068002e00\nset body.name 66006f0075007200740068002e0074007800740\nset body.name 3400740068002d006f002e00740078007400\nset body.create_disposition 1\nc\n'
made "set" "first.txt third.txt " 'STATUS_OBJECT_NAME_NOT_FOUND'
[[ $(grep -c 'no value for its 20 bytes' "$work/out") == 3 ]] && ((status == 1)) &&
	pass "set: a value that is none leaves the message as it is" || fail "set of wrong values: exit status $status" "$work/out"
step files 'until second\nset body.create_disposition 1\nset 3.body.name 00\nset nothing 1\nset\nprint\nq\n'
made "print has the change" "first.txt " 'create_disposition +1 OPEN'
for text in 'there is no PDU 3' 'nothing: no such field' "set: '' makes no sense here"; do
	grep -q "$text" "$work/out" || fail "no complaint: $text" "$work/out"
done
step files 'print 7\nprint 70\nuntil nowhere\nnext 0\nbogus\nhelp\nq\n'
made "print N" "" ' +command +3 TREE_CONNECT'
for text in "print: '70' makes no sense" "until: 'nowhere' makes no sense" "next: '0' makes no sense" "'bogus' is no command" \
	'^  quit +q  end the replay'; do
	grep -qE "$text" "$work/out" || fail "no complaint: $text" "$work/out"
done
step files "$(printf '%70000s' x)\n"
((status == 2)) && grep -q 'a command line of more than 65536 bytes' "$work/out" && pass "a command line without an end" ||
	fail "a command line without an end: exit status $status" "$work/out"
step files 'until third\nstate\nq\n'
made "state: what is live" "first.txt second.txt " '  open\.2 = 0x[0-9a-f]{32}$'
grep -qE '^connection 0: up, credits [1-9][0-9]*, requests without an answer 0$' "$work/out" || fail "no connection" "$work/out"

for bad in --json --dry-run; do
	step files '' "$bad"
	((status == 2)) && grep -q -- '--step goes with neither' "$work/out" && pass "--step $bad" || fail "--step $bad" "$work/out"
done

# The lock of connection 0 is granted when connection 1 gives its own back, which waits at the gate for longer than --timeout.
# Nothing but that time makes the difference, so it has to pass.
cat >"$work/locks.smb" <<'END'
{"ev":"logon","c":0}
{"ev":"logon","c":1}
{"ev":"send","c":1,"label":"b","fields":{"command":"CREATE","body.name":"first.txt"},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":1,"label":"taken","fields":{"command":"LOCK","body.locks":[{"offset":0,"length":10,"flags":2}]},
 "expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":0,"after":["b.answer"],"fields":{"command":"CREATE","body.name":"first.txt"},
 "expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":0,"label":"waits","after":["taken.answer"],
 "fields":{"command":"LOCK","body.locks":[{"offset":0,"length":10,"flags":2}]},"expect":{"interim":true}}
{"ev":"send","c":1,"label":"given","after":["waits"],
 "fields":{"command":"LOCK","body.locks":[{"offset":0,"length":10,"flags":4}]},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"recv","c":0,"answers":"waits","expect":{"status":"STATUS_SUCCESS"}}
END
"$lab/share-reset" -r "$work/server"
status=0
(
	echo 'until given'
	for ((i = 0; i < 100; i++)); do
		grep -q 'LOCK STATUS_PENDING' "$work/out" 2>/dev/null && break
		sleep 0.1
	done
	sleep 1.5
	printf 'state\ncontinue\n'
) | timeout -k 5 60 "$SMBENCH" replay "$work/locks.smb" //127.0.0.1/test -p "$port" -U "$credentials" --step --timeout=1 \
	--order=connection >"$work/out" 2>&1 || status=$?
((status == 0)) && grep -q '^0 divergences' "$work/out" && grep -q 'LOCK message_id .* on connection 0, pending' "$work/out" &&
	pass "time stands still while a message waits, and state says what has no answer" ||
	fail "time while a message waits: exit status $status" "$work/out"
finish
