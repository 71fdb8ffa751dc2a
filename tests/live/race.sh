#!/bin/bash
# Barriers and gaps as they went over the wire; the example of smbench-race(1) as it stands, on the Samba that has the bug.
set -u
# The page names an address and a port: they are free in a network of its own, however many tests run.
if [[ ! ${EXAMPLE_NETWORK-} ]] && unshare -n true 2>/dev/null; then
	EXAMPLE_NETWORK=1 exec unshare -n bash -c 'ip link set lo up && exec "$0"' "$0"
fi
. "$(dirname "$0")/lib.sh"
make_work
if ! port=$("$lab/smbd-start" "$work/server" 4450 2>"$work/server.err"); then
	fail "no private smbd" "$work/server.err"
	finish
fi

# Four messages, two at a barrier, one 30 ms behind an answer, one 20 ms before the last: the order on the wire.
cat >"$work/timed.smb" <<'END'
{"ev":"logon","c":0,"share":"test"}
{"ev":"logon","c":1,"share":"test"}
{"ev":"send","c":0,"barrier":"go","fields":{"command":"CREATE","body.name":"a","body.create_disposition":3,"body.create_options":"0x1000","body.desired_access":"0x13019f"}}
{"ev":"send","c":1,"barrier":"go","fields":{"command":"CREATE","body.name":"b","body.create_disposition":3,"body.create_options":"0x1000","body.desired_access":"0x13019f"}}
{"ev":"send","c":0,"label":"first","fields":{"command":"ECHO"}}
{"ev":"send","c":1,"gap":["first",30000000,"answered"],"fields":{"command":"QUERY_INFO","body.info_type":1,"body.file_info_class":4,"body.output_buffer_length":40}}
{"ev":"send","c":0,"gap":["last",-20000000],"fields":{"command":"FLUSH"}}
{"ev":"send","c":1,"label":"last","fields":{"command":"CLOSE"}}
END
# timed ORDER: as it should have been?
timed() {
	"$lab/capture-start" "$work/timed.pcap" "$port"
	replay "$work/timed.smb" --order="$1" --json >"$work/out" 2>"$work/err"
	status=$?
	"$lab/capture-stop" "$work/timed.pcap"
	((status == 0)) && python3 - "$lab" "$work/timed.pcap" "$work/out" <<'END' 2>"$work/diff"
import json
import sys
sys.path.insert(0, sys.argv[1])
import wire
found = []
for conn in wire.connections(sys.argv[2]):
    for m in conn.messages:
        for p in wire.pdus(m.data):
            if p.name in ("CREATE", "ECHO", "QUERY_INFO", "FLUSH", "CLOSE"):
                found.append((m.time, m.from_client, p.name))
found.sort()
names = [name for _, client, name in found if client]
assert names == ["CREATE", "CREATE", "ECHO", "QUERY_INFO", "FLUSH", "CLOSE"], names
first = [client for _, client, name in found if name == "CREATE"]
assert first[:2] == [True, True], "the first answer came before the second CREATE was sent"
times = {(name, client): at for at, client, name in found}
behind = times["QUERY_INFO", True] - times["ECHO", False]
before = times["CLOSE", True] - times["FLUSH", True]
# Later a busy machine can make it, earlier nothing.
assert behind > 29000000, behind
assert before > 19000000, before
timings = json.load(open(sys.argv[3]))["totals"]["timings"]
assert [t["missed"] for t in timings] == [False] * 3, timings
assert timings[0]["barrier"] == "go" and timings[0]["messages"] == 2, timings
assert timings[1]["planned_ns"] == 30000000 and timings[1]["actual_ns"] >= 30000000, timings
assert timings[2]["planned_ns"] == -20000000, timings
END
}
# Who is taken from the processor between two writes is late with the second one, but not again and again.
for order in total connection none; do
	for ((run = 0; run < 5; run++)); do
		timed $order && break
	done
	if ((run < 5)); then
		pass "barrier and gaps, --order=$order"
	else
		fail "barrier and gaps, --order=$order: exit status $status" "$work/diff" "$work/err" "$work/out"
	fi
done

# A search that finds nothing, quickly: the two write different files.
cat >"$work/apart.smb" <<'END'
{"ev":"logon","c":0,"share":"test"}
{"ev":"logon","c":1,"share":"test"}
{"ev":"send","c":0,"label":"a","fields":{"command":"CREATE","body.name":"same","body.create_disposition":3,"body.desired_access":"0x13019f","body.share_access":7}}
{"ev":"send","c":1,"label":"b","fields":{"command":"CREATE","body.name":"same","body.create_disposition":3,"body.desired_access":"0x13019f","body.share_access":7}}
END
search() {
	timeout -k 5 170 "$SMBENCH" race "$@" //127.0.0.1 -p "$port" -U "$credentials"
}
search "$work/apart.smb" --tries 30 --until 'a.answered == 0' >"$work/out" 2>&1
status=$?
if ((status == 0)) && grep -q '^hits 0 of 30 tries\|; hits 0 of 30 tries' "$work/out"; then
	pass "a search that finds nothing"
else
	fail "a search that finds nothing: exit status $status" "$work/out"
fi
# Names are fresh: 30 tries and more left as many files.
files=$(find "$work/server/share/test" -type f | wc -l)
if ((files >= 35)); then
	pass "each try has names of its own"
else
	fail "only $files names"
fi
search "$work/apart.smb" --schedule base --tries 3 --keep-names --reset "rm -f '$work/server/share/test/same'; echo >>'$work/resets'" \
	--until 'a.body.create_action == 2' --json >"$work/out" 2>&1
status=$?
if ((status == 1)) && [[ $(wc -l <"$work/resets") == 3 ]] && grep -q '"tries":3,"hits":3' "$work/out"; then
	pass "--reset and one schedule"
else
	fail "--reset and one schedule: exit status $status" "$work/out"
fi
sleep 1000 &
watched=$!
search "$work/apart.smb" --schedule gap:18:20:0 --tries 2 --watch-pid $watched --until 'a.answered == 0' >"$work/out" 2>&1
status=$?
kill $watched
wait $watched 2>/dev/null
search "$work/apart.smb" --schedule gap:18:20:0 --tries 1 --watch-pid $watched --until 'a.answered == 0' >"$work/gone" 2>&1
gone=$?
echo start >"$work/server.log"
search "$work/apart.smb" --schedule pct:7:2 --tries 1 --reset "echo 'PANIC: here' >>'$work/server.log'" --watch-log "$work/server.log" \
	--until 'a.answered == 0' >"$work/logged" 2>&1
logged=$?
if ((status == 0 && gone == 1 && logged == 1)) && grep -q "process $watched is gone" "$work/gone" && grep -q 'log: PANIC: here' "$work/logged"; then
	pass "what is watched"
else
	fail "what is watched: exit status $status, $gone, $logged" "$work/out" "$work/gone" "$work/logged"
fi
# Processors are kept busy where that was said, and without a word where a second sweep is due on this machine.
search "$work/apart.smb" --tries 30 --busy 3 --until 'a.answered == 0' --json >"$work/busy" 2>&1
search "$work/apart.smb" --tries 1000 --per-gap 1 --pair a:b --gaps 0us:9us:3 --until 'a.answered == 0' --json >"$work/both" 2>&1
search "$work/apart.smb" --tries 1000 --per-gap 1 --pair a:b --gaps 0us:9us:3 --until 'a.answered == 0' >"$work/text" 2>&1
search "$work/apart.smb" --tries 1000 --per-gap 1 --pair a:b --gaps 0us:9us:3 --until 'a.answered == 0' --json --busy 0 >"$work/idle" 2>&1
if grep -q ', 1 tried; hits 0 of' "$work/text" && python3 - "$work/busy" "$work/both" "$work/idle" <<'END' 2>"$work/diff"; then
import json
import os
import sys
busy, both, idle = ([f["busy"] for f in json.load(open(name))["findings"]] for name in sys.argv[1:])
others = len(os.sched_getaffinity(0)) - 1
assert set(busy) == {3}, busy
assert both == [0] + [others] * (others > 0), both
assert idle == [0], idle
END
	pass "--busy, and sweeps with it"
else
	fail "--busy, and sweeps with it" "$work/diff" "$work/busy" "$work/both" "$work/idle"
fi
# One connection has no pairs: a result, too.
echo '{"ev":"logon","c":0,"share":"test"}' >"$work/alone.smb"
search "$work/alone.smb" --tries 3 --json >"$work/out" 2>&1
status=$?
if ((status == 0)) && python3 -c 'import json, sys; assert json.load(sys.stdin)["pairs"] == 0' <"$work/out" 2>"$work/diff"; then
	pass "a workload without pairs"
else
	fail "a workload without pairs: exit status $status" "$work/out" "$work/diff"
fi
search "$work/apart.smb" --until 'nobody == 0' >"$work/out" 2>&1
status=$?
if ((status == 2)) && grep -q '^smbench: --until: no request is called that' "$work/out"; then
	pass "a wrong expression"
else
	fail "a wrong expression: exit status $status" "$work/out"
fi

if [[ $(smbd --version) != *\ 4.17.* ]]; then
	skip "the example of smbench-race(1): the installed Samba is $(smbd --version), the bug is one of 4.17"
	finish
fi
# What the page has behind "$ ", as it stands.
mkdir "$work/shell"
cp "$tests/../examples/mkdir-acl.smb" "$work/shell"
mapfile -t commands < <(sed -n 's/^\$ //p' "$tests/../man/smbench-race.1")
expected=(1 0 1)
if ((${#commands[@]} != 3)); then
	fail "the example of smbench-race(1) has ${#commands[@]} commands"
	finish
fi
# On a machine that has much else to do a search may end without it: there are more searches than one.
run_shell() {
	status=0
	(cd "$work/shell" && PATH=${SMBENCH%/*}:$PATH timeout -k 5 320 bash -c "$1") >"$work/out" 2>"$work/err" || status=$?
}
for i in 0 1 2; do
	run_shell "${commands[i]}"
	for ((search = 1; search < 3 && i == 0; search++)); do
		[[ ! -e $work/shell/found ]] || break
		run_shell "${commands[i]}"
	done
	if ((status == expected[i])); then
		pass "${commands[i]}"
	else
		fail "${commands[i]}: exit status $status" "$work/out" "$work/err"
		finish
	fi
	cp "$work/out" "$work/out.$i"
done
if grep -q '@mkdir .*CREATE tray\\v$' "$work/out.0" && grep -q '@file .*CREATE tray\\v\\f$' "$work/out.0" &&
	grep -q '^found: [0-9]* messages on 2 connections' "$work/out.0" &&
	grep -q '@file' "$work/out.1" && grep -q '\[gap \|\[barrier ' "$work/out.1"; then
	pass "the race was found, and what is left of it has two connections"
else
	fail "what the example says" "$work/out.0" "$work/out.1"
fi
finish
