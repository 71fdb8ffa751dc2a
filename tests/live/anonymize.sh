#!/bin/bash
# A workload that was anonymized replays as the original did, and nothing of the original is left in it: tshark says what there
# was in the capture.
#
#   anonymize.sh [CAPTURE ...]    only what is left of these captures (all that are here: --all)
set -u
. "$(dirname "$0")/lib.sh"
make_work
user2=${credentials/smbtest/smbtest2}
# The same names in every run: with a random key one of thousands is called like another one.
seq 100 >"$work/key"

# What check says, but for bytes that nothing explains: those that memory left in alignment are zeros now.
checked() {
	sed -E 's/.*: ([0-9]+ events)/\1/; s/, unexplained bytes [0-9]+//; /events|PDUs/!d'
}

# left CAPTURE DIR: "ok" or why not, in DIR/verdict.
left() {
	local capture=$1 dir=$2 secrets=()
	mkdir -p "$dir"
	mapfile -t secrets < <(python3 "$tests/secrets_of.py" "$capture" "$dir/keys" | grep .)
	# A capture that ends too early is compiled as far as it goes.
	"$SMBENCH" compile -q "${secrets[@]}" "$capture" -o "$dir/smb" >"$dir/log" 2>&1
	if [[ ! -e $dir/smb/workload.json ]]; then
		echo "no workload" >"$dir/verdict"
	elif ! "$SMBENCH" anonymize -q -k "$work/key" "$dir/smb" -o "$dir/anon" >"$dir/log" 2>&1; then
		echo "anonymize: $(tail -n 1 "$dir/log")" >"$dir/verdict"
	elif ! diff <("$SMBENCH" check "$dir/smb" | checked) <("$SMBENCH" check "$dir/anon" | checked) >"$dir/log"; then
		echo "check says something else" >"$dir/verdict"
	elif ! python3 "$tests/leftovers.py" "$capture" "$dir/anon" >"$dir/log" 2>&1; then
		echo "left: $(grep -c ': at ' "$dir/log")" >"$dir/verdict"
	else
		echo ok >"$dir/verdict"
	fi
}

# Two at a time, by number.
all_left() {
	local i=0 capture
	for capture; do
		left "$capture" "$work/left$i" &
		((++i % 2 == 0)) && wait -n
	done
	wait
	i=0
	for capture; do
		if [[ $(<"$work/left$i/verdict") == ok ]]; then
			pass "${capture##*/}: $(tail -n 1 "$work/left$i/log")"
		elif [[ $(<"$work/left$i/verdict") == "no workload" ]]; then
			skip "${capture##*/}: no workload"
		else
			fail "${capture##*/}: $(<"$work/left$i/verdict")" "$work/left$i/log"
		fi
		rm -rf "$work/left$i"
		((++i))
	done
}

if [[ ${1-} == --all ]]; then
	set -- "$tests"/captures/*.pcap "$SMBENCH_CAPTURES"/*.{pcap,pcapng,cap,pcap.gz} "$SMBENCH_CAPTURES"/bugs/*.pcap
fi
if (($# > 0)); then
	all_left "$@"
	finish
fi

captures=("$tests"/captures/{bodies,rpcclient-samr,sealed-311-share,sealed-bind,smbclient-202,smbclient-311-signed}.pcap
	"$tests"/captures/{smbtorture-lease.upgrade2,smbtorture-notify.close,smbtorture-session.reauth1}.pcap)
if [[ -d $SMBENCH_CAPTURES ]]; then
	captures+=("$SMBENCH_CAPTURES"/{malcolm__KRB5,suricata-verify__bug-5162,suricata-verify__dcerpc-ctxids}.pcap
		"$SMBENCH_CAPTURES"/{zeek__smb2_krb,zeek__smb2_100_small_files}.pcap
		"$SMBENCH_CAPTURES"/{samr-lab__net.exe_user_administrator__domain,zeek__kerberos445_auth}.pcapng
		"$SMBENCH_CAPTURES"/wireshark__smb311-lz77-lz77huff-lznt1.pcap.gz)
else
	skip "captures of others: none in $SMBENCH_CAPTURES"
fi
all_left "${captures[@]}"

# What is left is found: in the original all of it.
"$SMBENCH" compile -q "$tests/captures/smbclient-202.pcap" -o "$work/one"
run python3 "$tests/leftovers.py" "$tests/captures/smbclient-202.pcap" "$work/one"
expect "leftovers.py sees what is there" 1 "'smbtest' in utf-16-le" "'remote' in utf-16-le" "'127.0.0.1' in utf-8" ': bytes 61616161|: bytes '

# The same key, the same names, in whatever workload; another key, other ones. The key is nowhere.
"$SMBENCH" compile -q "$tests/captures/smbclient-311-signed.pcap" -o "$work/two"
for name in one two; do
	"$SMBENCH" anonymize -q -k "$work/key" --table "$work/$name.table" "$work/$name" -o "$work/$name.anon"
done
"$SMBENCH" anonymize -q --table "$work/other.table" "$work/one" -o "$work/one.other"
cat >"$work/tables.py" <<-'EOF2'
	import json, os, stat, sys
	work = sys.argv[1]
	one, two, other = ({was.lower(): now.lower() for was, now in json.load(open(f"{work}/{name}.table"))["names"]}
	                   for name in ("one", "two", "other"))
	both = set(one) & set(two)
	key = open(f"{work}/key", "rb").read()
	assert len(both) > 5 and all(one[n] == two[n] for n in both), (one, two)
	# Two keys may agree on what is short or an address: there are not so many of those.
	long = [n for n in one if len(n) > 5 and not n[0].isdigit()]
	assert set(one) == set(other) and one["remote.txt"].endswith(".txt") and "127.0.0.77" in one
	assert len(long) > 5 and sum(one[n] != other[n] for n in long) > len(long) / 2
	assert len(set(one.values())) == len(one)
	for folder in ("one.anon", "two.anon"):
	    for name in os.listdir(f"{work}/{folder}"):
	        data = open(f"{work}/{folder}/{name}", "rb").read()
	        assert key[:16] not in data and key[:16].hex().encode() not in data, name
	assert stat.S_IMODE(os.stat(f"{work}/one.table").st_mode) == 0o600
EOF2
run python3 "$work/tables.py" "$work"
expect "the key decides, and is not in the workload" 0
echo short >"$work/short"
run "$SMBENCH" anonymize -k "$work/short" "$work/one" -o "$work/none"
expect "a key that is too short" 2 'a key is a file of 16'
[[ ! -e $work/none ]] || fail "a workload without a key was made"

# A first state that a hand wrote is rewritten as the messages are.
cat >>"$work/one/state.jsonl" <<-'EOF2'
	{"share":"test","path":"two.txt.d\\Payroll.xlsx","kind":"file","size":64,"contents":[[0,"5041595041595041595041595041595041590000"]],
EOF2
truncate -s -1 "$work/one/state.jsonl"
cat >>"$work/one/state.jsonl" <<-'EOF2'
	"streams":[{"name":"hidden","contents":[[4,"ff00ff01"]]}],"eas":[{"name":"USERATTR","flags":0,"value":"313233343536"}]}
EOF2
run "$SMBENCH" anonymize -q -k "$work/key" --table "$work/three.table" "$work/one" -o "$work/three"
expect "a state by hand" 0
if grep -aqE 'Payroll|hidden|USERATTR|5041595041|313233' "$work/three/state.jsonl"; then
	fail "names or contents of the state are left" "$work/three/state.jsonl"
fi
run "$SMBENCH" provision --plan "$work/three"
expect "and what it became" 0 '\.xlsx +64  written by hand, 20 bytes seen, 1 EA$' 'stream, 4 bytes seen$'
grep -q '"Payroll' "$work/three.table" || fail "its names are not in the table" "$work/three.table"

start_server "enable core files=no" "kernel change notify=no"

# outcome WORKLOAD: on shares in the state that it implies. Its divergences, without what they are called, in $work/diverged.
outcome() {
	"$lab/share-reset" -r "$work/server" >"$work/log" 2>&1 || fail "no fresh server" "$work/log"
	timeout 60 "$SMBENCH" provision "$1" //127.0.0.1/test -p "$port" -U "$credentials" >"$work/provisioned" 2>&1
	echo "provisioned: $?, $(tail -n 1 "$work/provisioned")" >"$work/diverged"
	timeout 60 "$SMBENCH" replay "$1" //127.0.0.1/test -p "$port" -U "$credentials" --pace=none --timeout=5 >"$work/out" 2>&1
	{
		echo "exit status $?"
		grep -E '^#' "$work/out" | cut -d : -f 1-3
		# How many answers had a difference that counts for nothing, as interim ones that took smbd long, is chance.
		grep -oE '^[0-9]+ of [0-9]+ recorded answers came|.*divergence.*' "$work/out"
	} >>"$work/diverged"
}

# same NAME CAPTURE: compiled and replayed, anonymized and replayed.
same() {
	"$SMBENCH" compile -q -f --password "$credentials" --password "$user2" "$2" -o "$work/smb" >"$work/out" 2>&1 ||
		fail "$1: compile" "$work/out"
	"$SMBENCH" anonymize -q -f -k "$work/key" "$work/smb" -o "$work/anon" >"$work/out" 2>&1 || fail "$1: anonymize" "$work/out"
	outcome "$work/smb"
	mv "$work/diverged" "$work/recorded"
	outcome "$work/anon"
	if ! diff "$work/recorded" "$work/diverged" >"$work/differs"; then
		fail "$1: it replays otherwise" "$work/differs" "$work/out"
	elif ! grep -q '^0 divergences' "$work/diverged" && [[ ${3-} != diverges ]]; then
		fail "$1: it does not even replay on the same server" "$work/diverged"
	else
		pass "$1: $(grep -E '^[0-9]+ of' "$work/diverged")"
	fi
}

# record NAME COMMAND ...: to $work/NAME.pcap.
record() {
	local name=$1
	shift
	"$lab/share-reset" -r "$work/server" >"$work/log" 2>&1
	"$lab/capture-start" "$work/$name.pcap" "$port" || fail "$name: no capture"
	"$@" >"$work/log" 2>&1 || fail "$name: $*" "$work/log"
	"$lab/capture-stop" "$work/$name.pcap" 2>>"$work/log"
}

# torture TEST ...: recorded and compared.
torture() {
	local name
	for name; do
		record "$name" smbtorture //127.0.0.1/test -p "$port" -s "$work/server/client.conf" -U "$credentials" --seed=1 "$name"
		same "$name" "$work/$name.pcap"
	done
}

for name in smbclient-202 smbclient-311-signed smbclient-210-rename smbtorture-lease.upgrade2; do
	same "$name" "$tests/captures/$name.pcap"
done
same bodies "$tests/captures/bodies.pcap" diverges
torture smb2.ioctl.copy_chunk_simple smb2.ioctl.copy_chunk_multi smb2.streams.io smb2.dir.find smb2.rename.simple
record names "$tests/live/mapping_session.py" "$port"
# Its owner is nobody that the server knows, before and after.
same "names everywhere" "$work/names.pcap" diverges

# Where the server looks who is meant by a SID, it gets those that it knows.
record acl smbtorture //127.0.0.1/test -p "$port" -s "$work/server/client.conf" -U "$credentials" smb2.acls.MXAC-NOT-GRANTED
"$SMBENCH" compile -q -f "$work/acl.pcap" -o "$work/smb"
"$SMBENCH" anonymize -q -f --table "$work/acl.table" "$work/smb" -o "$work/anon"
python3 -c 'import json, sys
table = json.load(open(sys.argv[1]))
user, password = sys.argv[2].split("%")
print(json.dumps({"principals": {"*": {"user": user, "password": password}}, "sids": {now: was for was, now in table["sids"]}}))
' "$work/acl.table" "$credentials" >"$work/sids.json"
"$lab/share-reset" -r "$work/server" >"$work/log" 2>&1
run "$SMBENCH" replay "$work/anon" //127.0.0.1/test -p "$port" --pace=none --timeout=5 --map "$work/sids.json"
expect "an ACL, with the SIDs of --table" 0 '^0 divergences'

# Sealed, with a listing by pattern, streams and a copy by the server.
python3 -c 'import random, sys; sys.stdout.buffer.write(random.Random(1).randbytes(70000))' >"$work/local"
record session smbclient //127.0.0.1/test -p "$port" -s "$work/server/client.conf" -U "$credentials" \
	--option='client smb encrypt=required' -c "mkdir Sales; cd Sales; put $work/local Report-2026.Docx; put $work/local report-old.doc;
		ls report*; rename report-old.doc older.doc; scopy Report-2026.Docx copy.docx; ls *.docx; get copy.docx $work/got;
		put $work/local older.doc:notes; get older.doc:notes $work/got; allinfo older.doc; del older.doc; ls"
same "a sealed session" "$work/session.pcap"
run python3 "$tests/leftovers.py" "$work/session.pcap" "$work/anon"
finish
