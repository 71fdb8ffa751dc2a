#!/bin/bash
# The stable subset of smbtorture, replayed and judged by a second capture; then the codec on the same captures.
set -u
. "$(dirname "$0")/lib.sh"
make_work
"$lab/torture" --subset --tries 3 -j "$(nproc)" -o "$work/torture" >"$work/log" 2>&1
status=$?
if [[ $(tail -n 1 "$work/log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
	sed '$d' "$work/log" | grep -v '^\[[0-9]'
	((passed += BASH_REMATCH[1], failed += BASH_REMATCH[2], skipped += BASH_REMATCH[3]))
else
	fail "torture: exit status $status" "$work/log"
fi
captures=()
for capture in "$work"/torture/*.pcap; do
	[[ $capture == *.replay.pcap ]] || captures+=("$capture")
done
SMBENCH=$SMBENCH "$tests/codec.sh" "${captures[@]}" >"$work/codec.log" 2>&1
if [[ $(tail -n 1 "$work/codec.log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
	grep -v '^ok' "$work/codec.log" | sed '$d'
	((passed += BASH_REMATCH[1], failed += BASH_REMATCH[2], skipped += BASH_REMATCH[3]))
else
	fail "codec of the captures" "$work/codec.log"
fi
finish
