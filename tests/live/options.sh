#!/bin/bash
# What replay's and compile's options do: each case fails when the option is ignored.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server
capture=$tests/captures/smbclient-202.pcap
"$SMBENCH" compile "$capture" -o "$work/w.smb" >"$work/out" 2>&1 || fail "compile" "$work/out"

# play [OPTION ...]: on a fresh server, without credentials.
play() {
	"$lab/share-reset" -r "$work/server" && "$lab/smbclient-session" "$work/server" --prepare ||
		fail "no fresh server"
	run "$SMBENCH" replay "${workload:-$work/w.smb}" "$@"
}

target=(//127.0.0.1 -p "$port")
play "${target[@]}" -U 'LAB/smbtest%wrong'
expect "a wrong password" 3
play "${target[@]}" -U 'LAB/smbtest2%Secret1x'
expect "another user" 0 '^0 divergences'
PASSWD=Secret1x play "${target[@]}" -U 'LAB/smbtest'
expect "the password in the environment" 0
printf 'username = smbtest\npassword = Secret1x\ndomain = LAB\n' >"$work/auth"
play "${target[@]}" -A "$work/auth"
expect "an authentication file" 0
play "${target[@]}" -A "$work/nowhere" </dev/null
expect "a missing authentication file" 2 'nowhere'
run "$SMBENCH" replay "$work/w.smb" //127.0.0.1 -p 1 -U "$credentials"
expect "a closed port" 3
run "$SMBENCH" replay "$work/w.smb" 127.0.0.1 -p "$port" -U "$credentials"
expect "a target that is none" 2
run "$SMBENCH" replay "$work/w.smb" "${target[@]}" -U "$credentials" --order=sideways
expect "an order that is none" 2
run "$SMBENCH" replay "$work/w.smb" "${target[@]}" -U "$credentials" --colour
expect "an option that is none" 2

# same_latencies: what replay said in $work/latency is what compare says of its run.
same_latencies() {
	"$SMBENCH" compare --json "$work/w.smb" "$work/run" >"$work/compared"
	python3 - "$work/latency" "$work/compared" <<'END'
import json, sys
a, b = (json.load(open(name)) for name in sys.argv[1:])
assert a["latency"] and a["latency"] == b["latency"], (a["latency"], b["latency"])
assert a["commands"] == b["commands"], (a["commands"], b["commands"])
assert all(row["since_due"]["answers"] == row["run"]["answers"] for row in a["latency"])
END
}
play "${target[@]}" -U "$credentials" --latency --json --run "$work/run"
cp "$work/out" "$work/latency"
if same_latencies 2>"$work/out"; then
	pass "--latency"
else
	fail "--latency: not what compare says" "$work/out"
fi
play "${target[@]}" -U "$credentials" --latency --pace=none
expect "--latency, a table" 0 '^CREATE +[1-9][0-9]* +[1-9][0-9]* +[0-9.]+ [mun]s'
play "${target[@]}" -U "$credentials" --pace=none
if grep -q '^CREATE' "$work/out"; then
	fail "latencies though nobody asked" "$work/out"
fi

# The share of the target replaces the recorded one: what is written lands there.
play //127.0.0.1/test2 -p "$port" -U "$credentials"
if [[ -e $work/server/share/test2/moved.txt && ! -e $work/server/share/test/moved.txt ]]; then
	pass "another share"
else
	fail "another share: moved.txt is not there" "$work/out"
fi

# A gap of 1,000 s in the middle: only without the pace, or at a high speed, does a replay end in time.
python3 "$tests/live/damage.py" gap "$work/w.smb"
play "${target[@]}" -U "$credentials" --pace=none
expect "--pace=none" 0 '^0 divergences'
play "${target[@]}" -U "$credentials" --speed=1000
expect "--speed=1000" 0 '^0 divergences'
run timeout 5 "$SMBENCH" replay "$work/w.smb" "${target[@]}" -U "$credentials" --pace=recorded
expect "--pace=recorded waits" 124
rm -rf "$work/w.smb"
"$SMBENCH" compile -q "$capture" -o "$work/w.smb"

# An answer that never comes: the replay goes on after --timeout, or stops there.
cp -r "$work/w.smb" "$work/late.smb"
python3 "$tests/live/damage.py" late "$work/late.smb"
workload=$work/late.smb
play "${target[@]}" -U "$credentials" --timeout=0.3
expect "--timeout" 1 'missing.*no answer within 0\.3 s'
expect "--timeout: all the rest is played" 1 '^127\.0\.0\.1:[0-9]+: 85 messages sent in'
play "${target[@]}" -U "$credentials" --timeout=5 --on-divergence=stop
expect "--on-divergence=stop" 1 ': 13 messages sent in'
unset workload

play "${target[@]}" -U "$credentials" --json
if ((status == 0)) && python3 -c 'import json, sys
t = json.load(open(sys.argv[1]))
sys.exit(t["divergences"] != [] or t["totals"]["sent"] != 85)' "$work/out"; then
	pass "--json"
else
	fail "--json: exit status $status" "$work/out"
fi

run "$SMBENCH" compile --port 446 "$capture" -o "$work/port.smb"
expect "compile --port of another port" 2
run "$SMBENCH" compile --client 127.0.0.9 "$capture" -o "$work/client.smb"
expect "compile --client of another client" 2
run "$SMBENCH" compile --to 1000000000 "$capture" -o "$work/to.smb"
expect "compile --to before it all" 2
run "$SMBENCH" compile "$capture" -o "$work/w.smb"
expect "compile writes over nothing" 2 'w\.smb'
run "$SMBENCH" compile -f "$capture" -o "$work/w.smb"
expect "compile -f" 0
for packed in gzip zstd; do
	$packed -c "$capture" >"$work/packed.$packed"
	run "$SMBENCH" compile -f "$work/packed.$packed" -o "$work/packed.smb"
	if ((status == 0)) && cmp -s "$work/w.smb/messages.jsonl" "$work/packed.smb/messages.jsonl"; then
		pass "compile of a capture packed by $packed"
	else
		fail "compile of a capture packed by $packed: exit status $status" "$work/out"
	fi
done
run bash -c '"$1" compile -f - -o "$2" <"$3"' - "$SMBENCH" "$work/packed.smb" "$capture"
if ((status == 0)) && cmp -s "$work/w.smb/messages.jsonl" "$work/packed.smb/messages.jsonl"; then
	pass "compile of a pipe"
else
	fail "compile of a pipe: exit status $status" "$work/out"
fi
finish
