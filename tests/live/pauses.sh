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
finish
