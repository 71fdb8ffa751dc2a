#!/bin/bash
# What a replay leaves behind is what happened: --pcap beside tcpdump, --run and compare beside replay's own words, --audit beside
# the bytes of a second capture; and what the orders do on a live server.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

# play NAME [OPTION ...]: replays the shipped capture NAME on a fresh server under a second capture.
play() {
	local name=$1 smb=$work/$1.smb
	shift
	[[ -e $smb ]] || "$SMBENCH" compile -q "$tests/captures/$name.pcap" -o "$smb" || return 1
	rm -rf "$work/run" "$work/out.pcap" "$work/second.pcap"
	"$lab/share-reset" -r "$work/server" && "$lab/smbclient-session" "$work/server" --prepare &&
		"$lab/capture-start" "$work/second.pcap" "$port" || return 1
	replay "$smb" --run "$work/run" --pcap "$work/out.pcap" "$@" >"$work/out" 2>"$work/err"
	status=$?
	"$lab/capture-stop" "$work/second.pcap"
}

# fields CAPTURE: of each PDU the connection and what tshark says of it, by connection.
fields() {
	tshark -r "$1" -d "tcp.port==$port,nbss" -Y smb2 -T fields -E aggregator=/ -e tcp.stream -e smb2.cmd -e smb2.nt_status \
		-e smb2.flags.response -e smb2.msg_id -e smb2.sesid -e smb2.tid -e smb2.fid -e smb2.signature -e smb2.flags 2>/dev/null |
		sort -s -n -k 1,1
}

# told FILE: the divergences in it, without the words on how long an answer was waited for.
told() {
	grep -E '^(#[0-9]+|live) ' "$1" | sed -E 's/no answer within [0-9.]+ s/no answer/' | sort
}

check_capture() {
	fields "$work/out.pcap" >"$work/out.fields"
	fields "$work/second.pcap" >"$work/second.fields"
	if [[ -s $work/second.fields ]] && diff "$work/out.fields" "$work/second.fields" >"$work/diff"; then
		pass "$1: --pcap holds the PDUs that tcpdump saw ($(wc -l <"$work/out.fields"))"
	else
		fail "$1: --pcap and tcpdump disagree" "$work/diff" "$work/err"
	fi
	if tshark -r "$work/out.pcap" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE \
		-Y 'ip.checksum.status == "Bad" || tcp.checksum.status == "Bad" || tcp.analysis.flags' \
		-d "tcp.port==$port,nbss" 2>/dev/null >"$work/diff" && [[ ! -s $work/diff ]]; then
		pass "$1: tshark finds no fault in --pcap"
	else
		fail "$1: tshark finds faults in --pcap" "$work/diff"
	fi
	"$SMBENCH" export -f "$work/run" -o "$work/run.pcapng" >"$work/diff" 2>&1 && fields "$work/run.pcapng" >"$work/run.fields"
	if diff "$work/run.fields" "$work/out.fields" >>"$work/diff"; then
		pass "$1: an export of the run holds the same PDUs"
	else
		fail "$1: an export of the run has other PDUs" "$work/diff"
	fi
}

check_run() {
	"$SMBENCH" compare "$work/$1.smb" "$work/run" >"$work/compared" 2>"$work/compare.err"
	local compared=$?
	told "$work/out" >"$work/told.replay"
	told "$work/compared" >"$work/told.compare"
	if ((compared == status)) && diff "$work/told.replay" "$work/told.compare" >"$work/diff"; then
		pass "$1: compare says what replay said ($(wc -l <"$work/told.replay") divergences)"
	else
		fail "$1: replay $status, compare $compared" "$work/diff" "$work/compare.err"
	fi
}

# What compare says of latencies: those in the shipped capture NAME, and in --pcap.
check_latency() {
	local which capture at
	"$SMBENCH" compare --json "$work/$1.smb" "$work/run" >"$work/compared"
	for which in recorded run; do
		capture=$tests/captures/$1.pcap at=445
		[[ $which == run ]] && capture=$work/out.pcap at=$port
		if python3 "$tests/live/latency_agrees.py" "$work/compared" $which "$capture" $at >"$work/diff" 2>&1; then
			pass "$1: latencies, $which: tshark finds the same ($(cat "$work/diff") answers)"
		else
			fail "$1: latencies, $which: tshark finds others" "$work/diff"
		fi
	done
}

for name in smbclient-311-signed smbclient-202 smbtorture-oplock.exclusive2 smbtorture-notify.close smbtorture-session.reauth1; do
	if ! play "$name" --pace=none; then
		fail "$name: no replay (exit status $status)" "$work/out" "$work/err"
		continue
	fi
	check_capture "$name"
	check_run "$name"
	[[ $name == smbclient-* ]] && check_latency "$name"
done

# Played twice as fast as recorded, compare knows when each request was due.
play smbtorture-notify.close --speed=2
if grep -q '"options": "replay --order=total --speed=2"' "$work/run/workload.json" && "$SMBENCH" compare --json \
	"$work/smbtorture-notify.close.smb" "$work/run" | grep -q '"since_due":{"answers":'; then
	pass "--speed=2: compare counts latencies since requests were due"
else
	fail "--speed=2: no latencies since requests were due" "$work/run/workload.json"
fi

# Another share, a longer name, and every message beside its audit.
for name in smbclient-311-signed smbtorture-oplock.exclusive2; do
	rm -rf "$work/second.smb"
	if play "$name" --pace=none --audit && "$SMBENCH" compile -q "$work/second.pcap" -o "$work/second.smb" &&
		python3 "$tests/live/check_audit.py" "$work/$name.smb" "$work/second.smb" "$work/out" >"$work/audited" 2>&1; then
		pass "$name: the audit lists exactly what differs ($(cat "$work/audited"))"
	else
		fail "$name: the audit and the second capture disagree" "$work/audited" "$work/err"
	fi
done

# Differences: what the recording never saw.
name=smbclient-202
sed -i '/"ev":"recv".*"cmd":"CREATE"/{s/}$/,"set":{"body.oplock_level":"1","body.create_action":"3"}}/;:a;n;ba;}' \
	"$work/$name.smb/messages.jsonl"
play "$name" --pace=none
if ((status == 1)) && [[ $(told "$work/out" | wc -l) == 2 ]]; then
	pass "two altered fields are two divergences"
else
	fail "two altered fields: exit status $status" "$work/out" "$work/err"
fi
check_run "$name"

# The server is told to close the connection in the middle: it is not there when the replay gets to it.
name=smbtorture-notify.close
"$SMBENCH" compile -f -q "$tests/captures/$name.pcap" -o "$work/$name.smb"
last=$(grep -n '"ev":"send"' "$work/$name.smb/messages.jsonl" | tail -n 1 | cut -d: -f1)
sed -i -E "$last"'s/("patches":.*)?\}$/,"set":{"structure_size":"63"}}/; '"$last"'s/,,/,/' "$work/$name.smb/messages.jsonl"
play "$name" --pace=none --timeout 1
if ((status == 1)) && told "$work/out" | grep -q ' disconnect: '; then
	pass "a connection that the server closes is a divergence"
else
	fail "a connection that the server closes: exit status $status" "$work/out" "$work/err"
fi
check_run "$name"

# events KIND CONNECTION: their places in the run.
events() {
	sed -n 's/^{"n":\([0-9]*\),"ev":"'"$1"'","c":'"$2"'.*$/\1/p' "$work/run/messages.jsonl"
}

# outstanding: the most requests that waited for an answer at a time.
outstanding() {
	awk '/"ev":"send"/ { if (++n > most) most = n } /"ev":"recv"/ { n-- } END { print most }' "$work/run/messages.jsonl"
}

play smbtorture-oplock.exclusive2 --pace=none --order=total
if ((status == 0 && $(events connect 1) > 8)); then
	pass "--order=total: the second connection comes when it came"
else
	fail "--order=total: exit status $status" "$work/out" "$work/run/messages.jsonl"
fi
play smbtorture-oplock.exclusive2 --pace=none --order=connection --timeout 2
if (($(events connect 1) <= 2)); then
	pass "--order=connection: connections do not wait for each other"
else
	fail "--order=connection: the second connection waited" "$work/out" "$work/run/messages.jsonl"
fi
play smbclient-210-rename --pace=none --order=connection
one=$(outstanding)
if ((status == 0 && one == 1)); then
	pass "--order=connection: requests wait for answers"
else
	fail "--order=connection: exit status $status, $one requests at a time" "$work/out"
fi
play smbclient-210-rename --pace=none --order=none --timeout 2
if (($(outstanding) > 1)); then
	pass "--order=none: requests do not wait for answers ($(outstanding) at a time)"
else
	fail "--order=none: one request at a time" "$work/out"
fi
finish
