#!/bin/bash
# Servers that misbehave: floods, half frames, loops, silence. A replay ends, says why, and needs little memory.
set -u
. "$(dirname "$0")/lib.sh"
make_work
"$SMBENCH" compile -q "$tests/captures/smbtorture-compound.related1.pcap" -o "$work/w.smb" ||
	fail "no workload"
while read -r result rest; do
	case $result in
	ok:) pass "$rest" ;;
	*) fail "$rest" ;;
	esac
done < <(python3 "$tests/live/hostile.py" "$SMBENCH" "$work/w.smb" 2>&1)
((passed >= 30)) || fail "only $passed servers were played"
finish
