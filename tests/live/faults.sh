#!/bin/bash
# Faults on purpose and ends of connections, on the wire: what a second capture of the replay saw.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

# captured FILE COMMAND...: under a capture; its exit status in `status`, output in $work/out.
captured() {
	local file=$1
	shift
	"$lab/capture-start" "$file" "$port" || return 1
	run "$@"
	"$lab/capture-stop" "$file"
}

# play WORKLOAD [OPTION...]: under the second capture.
play() {
	captured "$work/second.pcap" "$SMBENCH" replay "$1" //127.0.0.1 -p "$port" -U "$credentials" --timeout 2 --pace=none \
		--pcap "$work/out.pcap" --run "$work/run" "${@:2}"
}

record() {
	captured "$work/$1.pcap" python3 "$tests/live/wire_client.py" "$port" "$1"
	((status == 0)) || fail "the client: $1" "$work/out"
	"$SMBENCH" compile -q -f -p "$port" "$work/$1.pcap" -o "$work/$1.smb" || fail "compile: $1"
}

stop_server() {
	kill "$1" && wait "$1" 2>/dev/null
}

# Connections end as they ended.
coproc sink { exec python3 "$tests/live/wire_client.py" sink; }
# shellcheck disable=SC2154
read -r sink_port <&"${sink[0]}"
# ends NAME
ends() {
	local name=$1
	record "$name"
	play "$work/$name.smb"
	if ((status == 0)) && grep -q '^0 divergences' "$work/out" &&
		said=$(python3 "$tests/live/same_wire.py" ends "$work/$name.pcap" "$work/second.pcap" 2>"$work/diff"); then
		pass "a connection that ends as recorded: $name ($said)"
	else
		fail "a connection that ends as recorded: $name" "$work/diff" "$work/out"
	fi
}
for name in fin rst late; do
	ends "$name"
done
# The recorded answer crossed the RST: no client has ever got it.
cat >"$work/crossing.smb" <<'EOF'
{"ev":"logon","c":0,"share":""}
{"ev":"send","c":0,"label":"asked","fields":{"command":"ECHO"},"expect":"later"}
{"ev":"rst","c":0,"from":"client"}
{"ev":"recv","c":0,"answers":"asked","expect":{"status":"STATUS_SUCCESS"}}
EOF
rm -rf "$work/run"
play "$work/crossing.smb"
if ((status == 0)) && "$SMBENCH" compare "$work/crossing.smb" "$work/run" >>"$work/out" 2>&1; then
	pass "an answer behind our own RST is not expected"
else
	fail "an answer behind our own RST: exit status $status" "$work/out"
fi
server_port=$port port=$sink_port
ends fin-rst
stop_server "$sink_PID"

# What the sockets did not take when the last event was played goes out all the same, and pieces stay apart in full sockets.
coproc slow { exec python3 "$tests/live/wire_client.py" slow; }
# shellcheck disable=SC2154
read -r port <&"${slow[0]}"
record bulk
read -r recorded <&"${slow[0]}"
sed -i '/"ev":"fin","c":0,.*"from":"server"/d' "$work/bulk.smb/messages.jsonl"
for segments in message recorded; do
	play "$work/bulk.smb" --segments=$segments --timeout 20
	read -r played <&"${slow[0]}"
	if ((recorded == 120 * 60068 && played == recorded)); then
		pass "a server that reads slowly gets all of $played bytes"
	else
		fail "a server that reads slowly: $played of $recorded bytes" "$work/out"
	fi
done
if said=$(python3 "$tests/live/same_wire.py" kept "$work/bulk.pcap" "$work/second.pcap" 2>"$work/diff"); then
	pass "and in the recorded segments ($said)"
else
	fail "and in the recorded segments" "$work/diff"
fi
stop_server "$slow_PID"
port=$server_port

# sent CAPTURE: what the client sent: commands and message ids of whole messages, bytes that are no whole message, FIN, RST.
sent() {
	python3 - "$lab" "$1" <<'EOF'
import sys
sys.path.insert(0, sys.argv[1])
import wire
for conn in wire.connections(sys.argv[2]):
    words = [f"{p.name}{p.message_id}" for m in conn.messages if m.from_client for p in wire.pdus(m.data)]
    words += [f"+{len(conn.rest[True])}"] if conn.rest.get(True) else []
    ends = {"FIN": wire.TCP_FIN, "RST": wire.TCP_RST}
    words += [word for word, flag in ends.items()
              if any(p.flags & flag and p.source == conn.client for p in wire.packets(sys.argv[2]))]
    print(*words)
EOF
}

# events: the order of sends and receipts in the run.
events() {
	sed -n 's/^{"n":[0-9]*,"ev":"\(send\|recv\)".*$/\1/p' "$work/run/messages.jsonl" | tr '\n' ' '
}

# edit NUMBER FAULT [NUMBER FAULT]...: of the echoes, from 1.
edit() {
	rm -rf "$work/faulty.smb"
	cp -r "$work/echoes.smb" "$work/faulty.smb"
	while (($#)); do
		python3 - "$work/faulty.smb/messages.jsonl" "$1" "$2" <<'EOF' || fail "edit"
import json
import sys
path, number, fault = sys.argv[1:]
lines = [json.loads(line) for line in open(path)]
sends = [line for line in lines if line["ev"] == "send"]
sends[int(number)]["fault"] = json.loads(fault)
with open(path, "w") as file:
    for line in lines:
        file.write(json.dumps(line, separators=(",", ":")) + "\n")
EOF
		shift 2
	done
}

# shows NAME STATUS SENT: of the last replay.
shows() {
	local got
	got=$(sent "$work/second.pcap")
	if ((status == $2)) && [[ $got == "$3" ]]; then
		pass "$1: $got"
	else
		fail "$1: exit status $status, sent $got" "$work/out"
	fi
}

record echoes
play "$work/echoes.smb"
shows "without a fault" 0 'NEGOTIATE0 ECHO1 ECHO2 ECHO3 ECHO4 FIN'
for order in total connection none; do
	edit 2 '{"unsent": true}'
	play "$work/faulty.smb" --order=$order
	shows "unsent, --order=$order" 0 'NEGOTIATE0 ECHO1 ECHO3 ECHO4 FIN'
	edit 2 '{"rst": true}'
	play "$work/faulty.smb" --order=$order
	shows "rst, --order=$order" 0 'NEGOTIATE0 ECHO1 ECHO2 RST'
	edit 2 '{"cut": 40, "rst": true}'
	play "$work/faulty.smb" --order=$order --segments=recorded
	shows "cut and rst, --order=$order" 0 'NEGOTIATE0 ECHO1 +40 RST'
done
edit 4 '{"cut": 40}'
play "$work/faulty.smb"
shows "cut" 0 'NEGOTIATE0 ECHO1 ECHO2 ECHO3 +40 FIN'
edit 4 '{"times": 3}'
play "$work/faulty.smb" --on-divergence=stop
got=$(sent "$work/second.pcap")
if [[ $got == 'NEGOTIATE0 ECHO1 ECHO2 ECHO3 ECHO4 ECHO4 ECHO4'* ]]; then
	pass "times: $got"
else
	fail "times: $got" "$work/out"
fi
edit 2 '{"delay": 700000000}'
play "$work/faulty.smb"
if python3 - "$lab" "$work/second.pcap" <<'EOF'; then
import sys
sys.path.insert(0, sys.argv[1])
import wire
times = [m.time for m in wire.connections(sys.argv[2])[0].messages if m.from_client]
sys.exit(times[2] - times[1] < 700000000)
EOF
	shows "delay" 0 'NEGOTIATE0 ECHO1 ECHO2 ECHO3 ECHO4 FIN'
else
	fail "delay: it was not late" "$work/out"
fi
edit 1 '{"stop_reading": true}' 3 '{"resume_reading": true}'
play "$work/faulty.smb"
if ((status == 0)) && [[ $(events) == 'send recv send send send recv recv recv send recv ' ]]; then
	pass "reading stops and goes on"
else
	fail "reading stops and goes on: exit status $status, $(events)" "$work/out"
fi
edit 1 '{"stop_reading": true}'
play "$work/faulty.smb"
if ((status == 0)) && [[ $(events) == 'send recv send send send send ' ]] && grep -q '^1 of 5 recorded answers came' "$work/out"; then
	pass "reading stops"
else
	fail "reading stops: exit status $status, $(events)" "$work/out"
fi
finish
