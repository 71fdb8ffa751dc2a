#!/bin/bash
# smbench and tshark agree on every PDU of the project's own captures and of the public ones, and on what `info` counts.
set -u
. "$(dirname "$0")/live/lib.sh"
make_work
captures=("$tests"/captures/*.pcap)
if [[ -d $SMBENCH_CAPTURES ]]; then
	captures+=("$SMBENCH_CAPTURES"/*.{pcap,pcapng,cap,pcap.gz} "$SMBENCH_CAPTURES"/bugs/*.pcap)
else
	skip "the public captures ($SMBENCH_CAPTURES) are not here"
fi
for script in agree_tshark agree_info; do
	python3 "$tests/$script.py" "$SMBENCH" "${captures[@]}" >"$work/log"
	grep -vE '^[0-9]+ passed, ' "$work/log"
	while read -r p _ f _; do
		((passed += p, failed += f))
	done < <(grep -E '^[0-9]+ passed, ' "$work/log" || echo "0 passed, 1 failed, 0 skipped")
done
finish
