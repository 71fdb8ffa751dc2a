#!/bin/bash
# Messages that go out in pieces ("pause"), as they went over the wire.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

# captured WORKLOAD [OPTION ...]: replayed under a capture; exit status in `status`, output in $work/out, pieces of messages in $work/pieces.
captured() {
	"$lab/capture-start" "$work/wire.pcap" "$port" || return 1
	status=0
	replay "$@" >"$work/out" 2>"$work/err" || status=$?
	"$lab/capture-stop" "$work/wire.pcap"
	python3 "$tests/live/pieces.py" "$work/wire.pcap" "$port" >"$work/pieces" 2>>"$work/err" || status=99
}

# The first stops twice: for 30 ms behind byte 40, and in its header until the other connection got an answer. Then one that stops
# between header and body, and one behind the transform header of its seal.
cat >"$work/paused.smb" <<'SMB'
{"ev":"logon","c":0,"share":"test"}
{"ev":"logon","c":1,"share":"test"}
{"ev":"send","c":0,"label":"half","pause":[[40,30000000],[60,5000000,"other","answered"]],"fields":{"command":"CREATE","body.name":"a","body.create_disposition":3,"body.desired_access":"0x13019f"}}
{"ev":"send","c":1,"label":"other","gap":["half",40000000],"fields":{"command":"ECHO"}}
{"ev":"send","c":0,"pause":[[68,8000000]],"expect":{"status":"STATUS_SUCCESS"},"fields":{"command":"FLUSH"}}
{"ev":"send","c":0,"sealed":true,"pause":[[56,8000000],[57,8000000]],"fields":{"command":"CLOSE"}}
SMB
sed 's/"pause":\[\[[^{]*\]\],//' "$work/paused.smb" >"$work/whole.smb"
for order in total causal connection none; do
	captured "$work/paused.smb" --order=$order --pcap "$work/ours.pcap" --json
	if ((status == 0)) && python3 - "$work" <<'PY' 2>"$work/diff"; then
import json
import sys
work = sys.argv[1]
lines = [line.split() for line in open(work + "/pieces")]
client = {words[3]: words for words in lines if words[1] == "C" and words[3] in ("CREATE", "ECHO", "FLUSH", "SEALED")}
sizes = {command: [int(piece.split("@")[0]) for piece in words[4:]] for command, words in client.items()}
times = {command: [int(words[0]) + int(piece.split("@")[1]) for piece in words[4:]] for command, words in client.items()}
assert sizes["CREATE"][:2] == [40, 20] and len(sizes["CREATE"]) == 3, sizes
assert sizes["FLUSH"] == [68, 24] and sizes["ECHO"] == [72], sizes
assert sizes["SEALED"][:2] == [56, 1] and len(sizes["SEALED"]) == 3, sizes


def apart(command, i, least):
    # The capture has microseconds, and a clock that may be slewed.
    assert times[command][i] - times[command][i - 1] >= least * 0.999, (command, i, times)


apart("CREATE", 1, 30000000)
apart("FLUSH", 1, 8000000)
apart("SEALED", 1, 8000000)
apart("SEALED", 2, 8000000)
# The server answers another connection while it has two thirds of a message.
answer = [int(words[0]) for words in lines if words[1] == "S" and words[3] == "ECHO"]
assert len(answer) == 1, lines
assert times["CREATE"][1] < times["ECHO"][0] < answer[0] < times["CREATE"][2], (times, answer)
assert times["CREATE"][2] - answer[0] >= 5000000 * 0.999, (times, answer)
assert times["FLUSH"][0] > times["CREATE"][2], times
totals = json.load(open(work + "/out"))["totals"]
pauses = [(t["pause"], t["missed"], t.get("actual_ns", 0) >= t["planned_ns"]) for t in totals["timings"] if "pause" in t]
assert pauses == [(at, False, True) for at in (40, 60, 68, 56, 57)], totals["timings"]
PY
		pass "pieces on the wire, --order=$order"
	else
		fail "pieces on the wire, --order=$order: exit status $status" "$work/diff" "$work/pieces" "$work/err"
	fi
	if python3 "$tests/live/pieces.py" "$work/ours.pcap" "$port" 2>&1 | awk '$2 == "C" && NF > 5 { gsub("@[0-9]*", ""); $1 = $3 = ""; print }' >"$work/ours" &&
		awk '$2 == "C" && NF > 5 { gsub("@[0-9]*", ""); $1 = $3 = ""; print }' "$work/pieces" | cmp - "$work/ours" >"$work/diff" && [[ $(wc -l <"$work/ours") == 3 ]]; then
		pass "the same pieces in --pcap, --order=$order"
	else
		fail "other pieces in --pcap, --order=$order" "$work/diff" "$work/ours" "$work/pieces"
	fi
done

# Cut or not, what is sent and why it is not as recorded is the same.
for kind in paused whole; do
	replay "$work/$kind.smb" --audit >"$work/$kind.out" 2>&1
	# Event, connection, offset, lengths, why: the values are those of a run.
	awk -F'\t' 'NF >= 7 { print $1, $3, $4, $5, $6, $7 }' "$work/$kind.out" >"$work/$kind.audit"
done
if [[ -s $work/paused.audit ]] && cmp -s "$work/paused.audit" "$work/whole.audit" && ! grep -q UNDECLARED "$work/paused.out"; then
	pass "the audit of a message in pieces is that of the whole one"
else
	fail "the audit knows of pauses" "$work/paused.audit" "$work/whole.audit"
fi

# A pause longer than what an answer is waited for.
sed 's/30000000/1500000000/; s/40000000/1600000000/' "$work/paused.smb" >"$work/long.smb"
captured "$work/long.smb" --timeout 1
if ((status == 0)) && grep -q '^0 divergences' "$work/out"; then
	pass "a pause longer than --timeout"
else
	fail "a pause longer than --timeout: exit status $status" "$work/out" "$work/err"
fi

# --- race: messages that are cut on their way ---

cat >"$work/same.smb" <<'SMB'
{"ev":"logon","c":0,"share":"test"}
{"ev":"logon","c":1,"share":"test"}
{"ev":"send","c":0,"label":"a","fields":{"command":"CREATE","body.name":"same","body.create_disposition":3,"body.desired_access":"0x13019f","body.share_access":7}}
{"ev":"send","c":1,"label":"b","fields":{"command":"CREATE","body.name":"same","body.create_disposition":3,"body.desired_access":"0x13019f","body.share_access":7}}
SMB
race() {
	timeout -k 5 120 "$SMBENCH" race "$@" //127.0.0.1 -p "$race_port" -U "$credentials" >"$work/out" 2>"$work/err"
}

# With a half of the first CREATE the server answers the second, which so makes the file.
race_port=$port
"$lab/capture-start" "$work/wire.pcap" "$port"
race "$work/same.smb" --schedule cut:18:68:20:300000000 --tries 2 --keep-names --reset "rm -f '$work/server/share/test/same'" \
	--until 'a.body.create_action == 1 and b.body.create_action == 2' --json
status=$?
"$lab/capture-stop" "$work/wire.pcap"
python3 "$tests/live/pieces.py" "$work/wire.pcap" "$port" | awk '$4 == "CREATE"' >"$work/pieces" 2>&1
if ((status == 1)) && grep -q '"tries":2,"hits":2' "$work/out" && [[ $(awk '{ printf "%s", $2 }' "$work/pieces") == CCSSCCSS ]] &&
	awk '$2 == "C" { split($5, a, "@"); split($6, b, "@"); if (NR % 4 == 1 && (a[1] != 68 || b[2] < 299000000 || NF != 6) || NR % 4 == 2 && NF != 5) exit 1 }' "$work/pieces"; then
	pass "race --schedule cut: the second is answered between the halves of the first, each time"
else
	fail "race --schedule cut: exit status $status" "$work/out" "$work/err" "$work/pieces"
fi

# A search that comes to cuts, against smbd, which reads them as it should.
race "$work/same.smb" --pair a:b --per-gap 1 --base-runs 2 --busy 1 --time 40s --json --until 'a.lost == 1 or b.lost == 1 or a.answered == 0'
status=$?
if ((status == 0)) && python3 - "$work/out" <<'PY' 2>"$work/diff"; then
import json
import sys
found = json.load(open(sys.argv[1]))["findings"]
*pairs, alone = [f for f in found if f["cut"]]
assert len(pairs) == 2 and alone["played"], found
for pair, event in zip(pairs, (18, 20)):
    assert pair["events"] == [18, 20] and pair["played"], found
    assert {p["event"] for p in pair["cuts"]} == {event}, found
    assert pair["rate"]["tries"] >= len(pair["cuts"]) >= 8 and pair["rate"]["hits"] == 0, found
assert {p["event"] for p in alone["cuts"]} == {18, 20}, found
assert {p["offset"] for p in alone["cuts"]} >= {4, 68}, found
PY
	pass "race comes to cuts behind the gaps of a pair"
else
	fail "race comes to cuts: exit status $status" "$work/diff" "$work/out" "$work/err"
fi

# with_bug BUG: smbd behind a relay that reads halves of messages wrong; $race_port. Its input is closed by `no_bug`.
with_bug() {
	coproc relay { exec python3 "$tests/live/half_reader.py" "$port" "$1"; }
	# shellcheck disable=SC2154
	read -r race_port <&"${relay[0]}"
	relay_pid=$relay_PID relay_in=${relay[1]}
}
no_bug() {
	exec {relay_in}>&-
	wait "$relay_pid"
}

# On a machine with much to do halves may be read in one go: there are more searches than one.
search() {
	local i
	for ((i = 0; i < 4; i++)); do
		race "$@" --per-gap 1 --base-runs 2 --busy 1 --time 60s --seed $((i + 1))
		status=$?
		((status == 0)) || break
	done
}

# A bug that needs two connections: no gap shows it, and no message alone.
with_bug shared
search "$work/same.smb" --pair a:b -o "$work/found"
if ((status == 1)) && grep -q '^  hit (lost): CREATE of event' "$work/out" && grep -q -- '--schedule cut:\(18:[0-9]*:20\|20:[0-9]*:18\):' "$work/out"; then
	pass "race finds a bug in reading halves of messages of two connections"
else
	fail "race finds no such bug: exit status $status" "$work/out" "$work/err"
fi
# What is written of it: two CREATEs, of which one has a pause and the other is named in that.
until=$(sed -n "s/.*--until '\(.*\)'$/\1/p" "$work/out" | tail -n 1)
"$SMBENCH" show "$work/found" >"$work/show" 2>&1
if grep -q '^[^ ]*found: 8 messages on 2 connections, the first cut at byte [0-9]*, its rest [0-9.]* us behind the second: ' "$work/out" &&
	[[ $(grep -c '→ CREATE' "$work/show") == 2 ]] && grep -q '→ CREATE .*\[pause at byte [0-9]* [0-9.]* us from [0-9]*\]' "$work/show" &&
	race "$work/found" --schedule base --tries 30 --busy 1 --until "$until"; (($? == 1)); then
	pass "what is left of it is a workload with a pause, which shows it"
else
	fail "what is left of it" "$work/show" "$work/out" "$work/err"
fi
race "$work/same.smb" --schedule cut:20:68:18:200000000 --tries 3
status=$?
if ((status == 1)) && grep -q '^hits 3 of 3 tries' "$work/out"; then
	pass "--schedule plays it again"
else
	fail "--schedule does not play it again: exit status $status" "$work/out" "$work/err"
fi
race "$work/same.smb" --schedule cut:20:68:200000000 --tries 2
status=$?
if ((status == 0)) && grep -q '^hits 0 of 2 tries' "$work/out"; then
	pass "one message alone does not show it"
else
	fail "one message alone: exit status $status" "$work/out" "$work/err"
fi
no_bug

# A bug of one connection, at one point.
with_bug header
sed '/"c":1/d' "$work/same.smb" >"$work/alone.smb"
search "$work/alone.smb" -o "$work/found-alone"
if ((status == 1)) && grep -q '^cut, one message at a time' "$work/out" && grep -q '#9 *byte 68 .*[1-9][0-9]* of .*lost$' "$work/out" &&
	! grep -q 'byte \(4\|66\) ' "$work/out" && "$SMBENCH" show "$work/found-alone" | grep -q '→ CREATE .*\[pause at byte 68 20000 us\]' &&
	grep -q 'connections, the first cut at byte 68, its rest 20000.0 us behind that: ' "$work/out" &&
	grep -q -- '--schedule cut:9:68:20000000 ' "$work/out"; then
	pass "race finds a bug in reading halves of one message"
else
	fail "race finds no such bug: exit status $status" "$work/out" "$work/err"
fi
no_bug
finish
