#!/bin/bash
# Exports: tshark opens them without complaint and sees the workload's messages, and compile makes the workload of them again.
set -u
. "$(dirname "$0")/lib.sh"
make_work
captures=("$tests"/captures/*.pcap)
if [[ -d $SMBENCH_CAPTURES ]]; then
	captures+=("$SMBENCH_CAPTURES"/*.{pcap,pcapng,cap,pcap.gz} "$SMBENCH_CAPTURES"/bugs/*.pcap)
else
	skip "the public captures ($SMBENCH_CAPTURES) are not here"
fi
python3 "$tests/live/export_same.py" "$SMBENCH" "${captures[@]}" >"$work/log"
grep -vE '^[0-9]+ passed, ' "$work/log"
while read -r p _ f _; do
	((passed += p, failed += f))
done < <(grep -E '^[0-9]+ passed, ' "$work/log" || echo "0 passed, 1 failed, 0 skipped")

# wrong FILE [OPTION...]: what tshark has to say against it.
wrong() {
	tshark -r "$1" -o tcp.check_checksum:TRUE -o ip.check_checksum:TRUE "${@:2}" \
		-Y '_ws.expert.severity >= 0x00600000 || tcp.analysis.flags' 2>/dev/null
}

"$SMBENCH" compile -q "$tests/captures/smbtorture-lock.async.pcap" -o "$work/lock.smb"
cp -r "$work/lock.smb" "$work/six.smb"
sed -i 's/"client":"[^"]*","server":"[^"]*"/"client":"[2001:db8::1]:50000","server":"[2001:db8::2]:445"/' \
	"$work/six.smb/workload.json"
"$SMBENCH" export "$work/six.smb" -o "$work/six.pcapng" >"$work/out" 2>&1
wrong "$work/six.pcapng" >"$work/wrong"
packets=$(tshark -r "$work/six.pcapng" -Y 'ipv6.addr == 2001:db8::1 && tcp.port == 445' 2>/dev/null | wc -l)
if [[ ! -s $work/wrong ]] && grep -q "in $packets packets\$" "$work/out" && ((packets > 50)); then
	pass "over IPv6: $packets packets"
else
	fail "over IPv6: tshark sees $packets packets" "$work/out" "$work/wrong"
fi
if "$SMBENCH" compile -q "$work/six.pcapng" -o "$work/six-again.smb" && cmp <(grep '"client"' "$work/six.smb/workload.json") \
	<(grep '"client"' "$work/six-again.smb/workload.json"); then
	pass "compile finds the addresses again"
else
	fail "compile finds other addresses" "$work/six-again.smb/workload.json"
fi

sed 's/:445"/:4450"/' "$work/lock.smb/workload.json" >"$work/six.smb/workload.json"
"$SMBENCH" export -f "$work/six.smb" -o "$work/six.pcapng" >"$work/out" 2>&1
option=$(grep -o 'tcp.port==4450,nbss' "$work/out")
messages=$(grep -cE '"ev":"(send|recv)"' "$work/lock.smb/messages.jsonl")
if [[ $option && $(tshark -r "$work/six.pcapng" -d "$option" -Y smb2 2>/dev/null | wc -l) == "$messages" ]]; then
	pass "to another port: the summary says how tshark reads it"
else
	fail "to another port" "$work/out"
fi

"$SMBENCH" export "$work/lock.smb" -o "$work/lock.pcapng" >"$work/out" 2>&1
if "$SMBENCH" export "$work/lock.smb" -o - | cmp - "$work/lock.pcapng"; then
	pass "-o - writes to standard output"
else
	fail "-o - writes something else"
fi

# What a hand wrote: what would go out, and its labels for who opens the capture.
for workload in "$tests"/../examples/*.smb; do
	name=${workload##*/}
	if ! "$SMBENCH" export "$workload" -o "$work/$name.pcapng" >"$work/out" 2>&1; then
		fail "$name: export" "$work/out"
		continue
	fi
	read -r _ messages _ <"$work/out"
	wrong "$work/$name.pcapng" >"$work/wrong"
	labels=$("$SMBENCH" show --json "$workload" | grep -o '"label":"[^"]*"' | cut -d'"' -f4 | sort -u)
	seen=$(tshark -r "$work/$name.pcapng" -Y frame.comment -T fields -e frame.comment 2>/dev/null |
		grep -o 'label [A-Za-z0-9_.-]*' | cut -d' ' -f2 | sort)
	if [[ ! -s $work/wrong && $labels && $labels == "$seen" ]] && "$SMBENCH" compile -q "$work/$name.pcapng" -o "$work/$name" &&
		[[ $(grep -cE '"ev":"(send|recv)"' "$work/$name/messages.jsonl") == "$messages" ]]; then
		pass "$name: $messages messages, $(wc -w <<<"$labels") labels"
	else
		fail "$name" "$work/out" "$work/wrong" <(diff <(echo "$labels") <(echo "$seen"))
	fi
done
finish
