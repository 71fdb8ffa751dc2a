#!/bin/bash
# Hand-written and edited workloads against a live server; what goes out is judged by a second capture.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server
examples=$tests/../examples

# probe NAME [OPTION ...]: $work/NAME.smb on the share; exit status in `status`.
probe() {
	run "$SMBENCH" replay "$work/$1.smb" //127.0.0.1/test -p "$port" -U "$credentials" --timeout=3 "${@:2}"
}

# play NAME [OPTION ...]: the same on a fresh server under a capture.
play() {
	rm -f "$work/second.pcap"
	"$lab/share-reset" -r "$work/server" && "$lab/capture-start" "$work/second.pcap" "$port" || fail "no fresh server"
	probe "$@"
	"$lab/capture-stop" "$work/second.pcap"
}

# expect NAME STATUS [PATTERN]: of the last run; tshark takes no request of it for malformed.
expect() {
	if ((status != $2)); then
		fail "$1: exit status $status, not $2" "$work/out"
	elif [[ ${3-} ]] && ! grep -qE "$3" "$work/out"; then
		fail "$1: no $3" "$work/out"
	elif (($(count "_ws.malformed && tcp.dstport == $port") > 0 || $(count smb2) == 0)); then
		fail "$1: malformed requests, or none" "$work/out"
	else
		pass "$1"
	fi
}

# is NAME FILTER WANTED
is() {
	local got
	got=$(count "$2")
	if [[ $got == "$3" ]]; then
		pass "$1"
	else
		fail "$1: $got frames, not $3"
	fi
}

# edit NAME FROM SED-SCRIPT: $work/NAME.smb, which must differ from the file FROM.
edit() {
	sed "$3" "$2" >"$work/$1.smb"
	cmp -s "$2" "$work/$1.smb" && fail "$1: nothing to edit"
	return 0
}

# ---- The examples as they stand, and what the manual page says of a probe ----
for example in "$examples"/*.smb; do
	name=$(basename "$example" .smb)
	cp "$example" "$work/$name.smb"
	# What smbench race is for has more than one outcome; it is played by race.sh and tests/lab/races.
	if grep -q '^#	smbench race' "$example"; then
		if "$SMBENCH" check "$example" >"$work/out" 2>&1; then
			pass "example $name: check"
		else
			fail "example $name: check" "$work/out"
		fi
		continue
	fi
	play "$name"
	expect "example $name" 0 '^0 divergences'
done
awk '/^\.Sh HAND-WRITTEN/ { on = 1 } /^\.Ed/ && text { exit } on && text { print } on && /^\.Bd -literal/ { text = 1 }' \
	"$tests/../man/smbench-ir.5" >"$work/probe.smb"
play probe
expect "the probe of smbench-ir(5)" 0 '^0 divergences'
is "the probe's second CREATE is refused" 'smb2.cmd == 5 && smb2.nt_status == 0xc0000043' 1

# ---- A wrong expectation: exit status 1, and the place of it ----
edit wrong "$work/probe.smb" 's/STATUS_SHARING_VIOLATION/STATUS_ACCESS_DENIED/'
play wrong
expect "a wrong expectation" 1 \
	'^[^ ]*/wrong\.smb:10 @refused\.answer connection 1: status: .* expected STATUS_ACCESS_DENIED, got STATUS_SHARING_VIOLATION'
edit field "$work/probe.smb" 's/"body.create_action":2/"body.create_action":1/'
play field
expect "a wrong field" 1 '^[^ ]*/field\.smb:5 @holds\.answer .* body\.create_action: expected 1, got 0x00000002'
edit none "$work/probe.smb" 's/"expect":{"status":"STATUS_SHARING_VIOLATION"}/"expect":"none"/'
# The ECHO gives it time to come.
echo '{"ev":"send","c":1,"fields":{"command":"ECHO"}}' >>"$work/none.smb"
play none
expect "an answer where none is expected" 1 '@refused .*extra: CREATE response: expected no answer, got '

# ---- A stored run says the same ----
play wrong --run "$work/run"
run "$SMBENCH" compare "$work/wrong.smb" "$work/run"
expect "compare" 1 'wrong\.smb:10 @refused\.answer'

# ---- after: two connections that meet by it alone ----
cat >"$work/after.smb" <<'END'
{"ev":"logon","c":0,"label":"first"}
{"ev":"logon","c":1,"label":"second"}
{"ev":"send","c":0,"label":"holds","after":["second.answer"],
 "fields":{"command":"CREATE","body.name":"after.txt","body.share_access":1},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":1,"label":"refused","after":["holds.answer"],
 "fields":{"command":"CREATE","body.name":"after.txt"},"expect":{"status":"STATUS_SHARING_VIOLATION"}}
{"ev":"send","c":0,"label":"gone","after":["refused.answer"],
 "fields":{"command":"CLOSE"},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":1,"after":["gone.answer"],
 "fields":{"command":"CREATE","body.name":"after.txt"},"expect":{"status":"STATUS_SUCCESS"}}
END
for order in total connection none; do
	play after --order=$order
	expect "after, --order=$order" 0 '^0 divergences'
done
edit forward "$work/after.smb" 's/"second.answer"/"gone.answer"/'
probe forward --order=connection
if ((status == 2)) && grep -q 'forward\.smb:3: waits for what --order=connection plays later' "$work/out"; then
	pass "after what comes later is refused"
else
	fail "after what comes later: exit status $status" "$work/out"
fi

# ---- An edited capture: a field set, a message unsent, one more between ----
"$SMBENCH" compile -q "$tests/captures/smbclient-302-get.pcap" -o "$work/edited.smb" || fail "compile"
python3 - "$work/edited.smb/messages.jsonl" <<'END'
import json
import sys

lines = open(sys.argv[1]).read().splitlines()
at = {json.loads(line)["cmd"]: i for i, line in enumerate(lines) if '"ev":"send"' in line}
read, query = at["READ"], at["QUERY_INFO"]
lines[read] = lines[read][:-1] + ',"set":{"body.length":"10"}}'
lines[read + 1] = lines[read + 1][:-1] + ',"expect":{"status":"STATUS_SUCCESS","body.data_length":"10"}}'
lines[query] = lines[query][:-1] + ',"fault":{"unsent":true}}'
lines.insert(read, '{"ev":"send","c":0,"label":"hand","fields":{"command":"ECHO"},"expect":{"status":"STATUS_SUCCESS"}}')
open(sys.argv[1], "w").write("\n".join(lines) + "\n")
END
"$lab/smbclient-session" "$work/server" --prepare || fail "no files"
rm -f "$work/second.pcap"
"$lab/capture-start" "$work/second.pcap" "$port"
python3 -c 'open("'"$work"'/server/share/test/one.txt", "w").write("a" * 9000)'
probe edited
"$lab/capture-stop" "$work/second.pcap"
expect "an edited capture" 0 '^0 divergences'
is "the edited READ" 'smb2.cmd == 8 && smb2.flags.response == 0 && smb2.read_length == 10' 1
is "the unsent QUERY_INFO" 'smb2.cmd == 16' 0
is "the ECHO between" 'smb2.cmd == 13 && smb2.flags.response == 0' 1
finish
