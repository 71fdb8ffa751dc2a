#!/bin/bash
# When messages go out: the pace, the time spent awake before each, and what is said of their lateness.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server
capture=$tests/captures/smbclient-202.pcap
"$SMBENCH" compile -q "$capture" -o "$work/w.smb" >"$work/out" 2>&1 || fail "compile" "$work/out"

# play WORKLOAD [OPTION ...]: on a fresh server; exit status in `status`, output in $work/out.
play() {
	"$lab/share-reset" -r "$work/server" && "$lab/smbclient-session" "$work/server" --prepare ||
		fail "no fresh server"
	status=0
	replay "$@" >"$work/out" 2>&1 || status=$?
}

# json EXPRESSION: does it hold of the report `t`?
json() {
	python3 -c 'import json, sys
t = json.load(open(sys.argv[1]))["totals"]
sys.exit(not eval("(" + sys.argv[2] + ")"))' "$work/out" "$1"
}

# What is said of lateness is the same in the replay and, from the run, in the comparison.
play "$work/w.smb" --run "$work/run"
grep -A1 '^sent behind their time: median [0-9].*, 99 % within [0-9].*, at most [0-9]' "$work/out" |
	grep -v ' answers came' >"$work/replayed"
"$SMBENCH" compare "$work/w.smb" "$work/run" >"$work/compared" 2>&1
if ((status == 0)) && [[ -s $work/replayed ]] && grep -qFf "$work/replayed" "$work/compared"; then
	pass "lateness in a replay and in compare"
else
	fail "lateness: exit status $status" "$work/out" "$work/compared"
fi
"$SMBENCH" compare --html "$work/page.html" "$work/w.smb" "$work/run" >"$work/out" 2>&1
if grep -q 'Messages went out behind their times by [0-9]' "$work/page.html"; then
	pass "lateness in compare --html"
else
	fail "lateness in compare --html" "$work/out"
fi
play "$work/w.smb" --json
if json '(l := t["lateness"])["messages"] == 85 and l["max_ns"] >= l["p99_ns"] >= l["p50_ns"] > 0 and
	l["prepared"] > 0 and l["own"]["max_ns"] > 0 and l["credits"]["max_ns"] == 0'; then
	pass "lateness in JSON"
else
	fail "lateness in JSON: exit status $status" "$work/out"
fi
play "$work/w.smb" --json --pace=none
json '"lateness" not in t' && pass "no lateness without a pace" || fail "lateness without a pace" "$work/out"

# The recorded server took 1,000 s for an answer: who goes by recorded times waits, who thinks does not.
cp -r "$work/w.smb" "$work/stall.smb"
python3 "$tests/live/damage.py" stall "$work/stall.smb"
play "$work/stall.smb" --pace=think --run "$work/run"
if ((status == 0)) && grep -q '^0 divergences' "$work/out"; then
	pass "--pace=think does not wait for what a server took"
else
	fail "--pace=think: exit status $status" "$work/out"
fi
"$SMBENCH" compare --json "$work/stall.smb" "$work/run" >"$work/out" 2>&1
if python3 -c 'import json, sys
rows = json.load(open(sys.argv[1]))["latency"]
sys.exit(not rows or any("since_due" in row for row in rows))' "$work/out"; then
	pass "a run that thought has no times by the recording"
else
	fail "compare of a run that thought" "$work/out"
fi
cp -r "$work/w.smb" "$work/gap.smb"
python3 "$tests/live/damage.py" gap "$work/gap.smb"
for arguments in "$work/stall.smb" "--pace=think $work/gap.smb"; do
	status=0
	# shellcheck disable=SC2086
	timeout 3 "$SMBENCH" replay $arguments //127.0.0.1 -p "$port" -U "$credentials" >"$work/out" 2>&1 || status=$?
	if ((status == 124)); then
		pass "${arguments%%/*}${arguments##*/}: the gap is waited for"
	else
		fail "$arguments: $status" "$work/out"
	fi
done

# A pause of a second, slept and not.
spent() {
	python3 -c 'import resource, subprocess, sys
subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL)
used = resource.getrusage(resource.RUSAGE_CHILDREN)
print(int((used.ru_utime + used.ru_stime) * 1000))' \
		"$SMBENCH" replay "$work/gap.smb" //127.0.0.1 -p "$port" -U "$credentials" --speed=1000 "$@"
}
play "$work/w.smb"
asleep=$(spent --spin=0) awake=$(spent --spin=1s)
if ((awake > 2 * asleep)); then
	pass "--spin stays awake"
else
	fail "--spin: $awake ms of CPU time, $asleep ms without"
fi
# Threads that burn: as much time as passes, and the rest of the replay's.
burnt=$(spent --spin=0 --busy=1)
if ((burnt > 2 * asleep)); then
	pass "--busy keeps a processor busy"
else
	fail "--busy: $burnt ms of CPU time, $asleep ms without"
fi
for wrong in -1 1025 x 1.5 ''; do
	status=0
	"$SMBENCH" replay "$work/w.smb" //127.0.0.1 -U "$credentials" --busy="$wrong" >"$work/out" 2>&1 || status=$?
	((status == 2)) && pass "--busy='$wrong' is none" || fail "--busy='$wrong': exit status $status" "$work/out"
done
for wrong in 50 -1us 2s us ''; do
	status=0
	"$SMBENCH" replay "$work/w.smb" //127.0.0.1 -U "$credentials" --spin="$wrong" >"$work/out" 2>&1 || status=$?
	((status == 2)) && pass "--spin='$wrong' is none" || fail "--spin='$wrong': exit status $status" "$work/out"
done

# Two messages that are due together are written by two threads, where there are two processors; nothing else is.
request='"fields":{"command":"ECHO"}}'
logons='{"ev":"logon","c":0,"share":"test"}
{"ev":"logon","c":1,"share":"test"}'
echo "$logons
{\"ev\":\"send\",\"c\":0,\"label\":\"first\",$request
{\"ev\":\"send\",\"c\":1,\"gap\":[\"first\",1000000000000],$request" >"$work/far.smb"
sed '2a {"ev":"send","c":0,"barrier":"go",'"$request"'\n{"ev":"send","c":1,"barrier":"go",'"$request" \
	"$work/far.smb" >"$work/close.smb"

# threads WORKLOAD [COMMAND ...]: how many a replay has once it has connected.
threads() {
	local pid
	"${@:2}" "$SMBENCH" replay "$work/$1.smb" //127.0.0.1 -p "$port" -U "$credentials" >"$work/out" 2>&1 &
	pid=$!
	until find "/proc/$pid/fd" -lname 'socket:*' 2>/dev/null | grep -q .; do
		kill -0 "$pid" 2>/dev/null || return
		sleep 0.05
	done
	find "/proc/$pid/task" -mindepth 1 -maxdepth 1 | wc -l
	kill "$pid"
	wait "$pid" 2>/dev/null
}
one_cpu=$(python3 -c 'import os; print(min(os.sched_getaffinity(0)))')
if (($(nproc) > 1)); then
	equal "two threads for a barrier" "$(threads close)" 2
else
	skip "two threads for a barrier: one processor"
fi
equal "one thread for a barrier on one processor" "$(threads close taskset -c "$one_cpu")" 1
equal "one thread without a barrier" "$(threads far)" 1
finish
