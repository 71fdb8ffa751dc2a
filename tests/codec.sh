#!/bin/bash
# Decoding and encoding again is the identity on every PDU of the captures given, or of all that are here.
#
#   codec.sh [CAPTURE ...]
set -u
. "$(dirname "$0")/live/lib.sh"
make_work
captures=("$@")
if ((${#captures[@]} == 0)); then
	captures=("$tests"/captures/*.pcap)
	if [[ -d $SMBENCH_CAPTURES ]]; then
		captures+=("$SMBENCH_CAPTURES"/*.{pcap,pcapng,cap,pcap.gz} "$SMBENCH_CAPTURES"/bugs/*.pcap)
	else
		skip "the public captures ($SMBENCH_CAPTURES) are not here"
	fi
fi

# known CAPTURE: how many bodies in it are known to be malformed; "none" when it has no PDU that can be read.
known() {
	awk -v name="${1##*/}" '$1 == name { n = $2 } END { print n ? n : 0 }' "$tests/codec.opaque"
}

for capture in "${captures[@]}"; do
	status=0
	mapfile -t secrets < <(python3 "$tests/secrets_of.py" "$capture" "$work/keys" | grep .)
	timeout 60 "$SMBENCH" check --codec "${secrets[@]}" "$capture" >"$work/out" 2>&1 || status=$?
	if [[ $(known "$capture") == none ]]; then
		if ((status == 2)) && grep -q ' 0 PDUs from ' "$work/out"; then
			pass "${capture##*/}: nothing to decode, and said so"
		else
			fail "${capture##*/}: exit status $status, not 2" "$work/out"
		fi
	elif [[ $(grep '^PDUs' "$work/out") =~ ^PDUs\ ([0-9]+),\ identical\ ([0-9]+),\ opaque\ ([0-9]+) ]] && ((status == 0)); then
		numbers="${BASH_REMATCH[0]}"
		if ((BASH_REMATCH[1] != BASH_REMATCH[2])); then
			fail "${capture##*/}: not identical: $numbers" "$work/out"
		elif ((BASH_REMATCH[3] != $(known "$capture"))); then
			fail "${capture##*/}: $(known "$capture") opaque bodies are known: $numbers" "$work/out"
		else
			pass "${capture##*/}: $numbers"
		fi
	else
		fail "${capture##*/}: exit status $status" "$work/out"
	fi
done
finish
