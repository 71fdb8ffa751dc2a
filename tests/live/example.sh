#!/bin/bash
# docs/reproduce.md says what is true: its console blocks are run as they stand. With LAB_NEXT those on the newer Samba too.
set -u
. "$(dirname "$0")/lib.sh"
make_work
recording=$SMBENCH_CAPTURES/bugs/b15732_overwrite_share.old-4.17.12.pcap
if [[ ! -e $recording ]]; then
	skip "the capture of docs/reproduce.md ($recording) is not here"
	finish
fi
if [[ $(smbd --version) != *\ 4.17.* ]]; then
	skip "the installed Samba is $(smbd --version): the bug is one of 4.17"
	finish
fi
trap '"$lab/smbd-stop" "$work/next" 2>/dev/null; clean_up' EXIT

if ! LAB_IP=127.0.0.41 "$lab/smbd-start" "$work/server" 4450 >"$work/server.err" 2>&1; then
	fail "no private smbd" "$work/server.err"
	finish
fi
labels=()
if [[ ${LAB_NEXT-} ]]; then
	if LAB_IP=127.0.0.42 LAB_SMBD=$LAB_NEXT/smbd "$lab/smbd-start" "$work/next" 4450 >"$work/server.err" 2>&1; then
		labels=(next)
	else
		fail "no newer smbd" "$work/server.err"
	fi
else
	echo "What needs the newer Samba was not run: LAB_NEXT names what tests/lab/samba-next made."
fi
mkdir "$work/shell"
cp "$recording" "$work/shell/bug.pcap"
(cd "$work/shell" && PATH=${SMBENCH%/*}:$PATH python3 "$tests/live/run_console.py" "$tests/../docs/reproduce.md" "${labels[@]}") \
	>"$work/log" 2>&1
if [[ $(tail -n 1 "$work/log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]]; then
	sed '$d' "$work/log"
	((passed += BASH_REMATCH[1], failed += BASH_REMATCH[2], skipped += BASH_REMATCH[3]))
else
	fail "docs/reproduce.md" "$work/log"
fi
finish
