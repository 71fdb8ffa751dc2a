#!/bin/bash
# Bad input: captures cut short, with flipped bits, and empty; workloads with a missing blob, a dangling symbol, an
# unknown key. Each is an error that names the place, exit status 2, and never a crash.
set -u
. "$(dirname "$0")/lib.sh"
make_work
limit=20
good=$tests/captures/smbclient-202.pcap

# sane: no crash, no sanitizer's finding, no hang (124 and 137 are timeout's, 99 the sanitizers').
sane() {
	((status <= 3)) && ! grep -qE 'runtime error|Sanitizer' "$work/out"
}

# refused NAME PATTERN: exit status 2 and a message that names the place.
refused() {
	if ! sane; then
		fail "$1: crashed (exit status $status)" "$work/out"
	elif ((status != 2)); then
		fail "$1: exit status $status, not 2" "$work/out"
	elif ! grep -qE "$2" "$work/out"; then
		fail "$1: the message does not name the place ($2)" "$work/out"
	else
		pass "$1"
	fi
}

# both NAME PATTERN CAPTURE: by info and compile.
both() {
	run "$SMBENCH" info "$3"
	refused "info, $1" "$2"
	run "$SMBENCH" compile "$3" -o "$work/bad.smb"
	refused "compile, $1" "$2"
	if [[ -e $work/bad.smb ]]; then
		fail "compile, $1: a workload was left behind"
		rm -rf "$work/bad.smb"
	fi
}

: >"$work/empty.pcap"
both "empty file" 'empty\.pcap' "$work/empty.pcap"
head -c 24 "$good" >"$work/none.pcap"
both "capture without packets" 'none\.pcap' "$work/none.pcap"
head -c 17 "$good" >"$work/header.pcap"
both "capture cut in its header" 'header\.pcap' "$work/header.pcap"
printf 'not a capture at all, but long enough to be one' >"$work/text.pcap"
both "text file" 'text\.pcap' "$work/text.pcap"
both "missing file" 'nowhere\.pcap' "$work/nowhere.pcap"

# What came before the end is kept: the message and the exit status say that it is not all.
head -c 20000 "$good" >"$work/cut.pcap"
run "$SMBENCH" info "$work/cut.pcap"
refused "info, capture cut in a packet" 'cut\.pcap.*(packet|byte|frame)'
run "$SMBENCH" compile "$work/cut.pcap" -o "$work/cut.smb"
refused "compile, capture cut in a packet" 'cut\.pcap.*(packet|byte|frame)'
run "$SMBENCH" check "$work/cut.smb"
((status == 0)) && pass "the workload of a cut capture" || fail "the workload of a cut capture" "$work/out"

# Every outcome but a crash is right for a flipped bit; the damage must be said when it is refused.
python3 - "$good" "$work" <<'PYTHON'
import random, sys
data = open(sys.argv[1], "rb").read()
rng = random.Random(2)
for n in range(120):
    out = bytearray(data)
    for _ in range(1 + n % 4):
        at = rng.randrange(len(out)) if n % 3 else rng.randrange(3000)
        out[at] ^= 1 << rng.randrange(8)
    open(f"{sys.argv[2]}/flip{n}.pcap", "wb").write(out)
PYTHON
flips=0
for capture in "$work"/flip*.pcap; do
	for command in info compile; do
		args=("$command" "$capture")
		[[ $command == compile ]] && args+=(-o "$work/flip.smb")
		run "$SMBENCH" "${args[@]}"
		if ! sane || { ((status == 2)) && [[ ! -s $work/out ]]; }; then
			fail "flipped bits: $command ${capture##*/}: exit status $status" "$work/out"
			continue
		fi
		if [[ $command == compile && $status == 0 ]]; then
			run "$SMBENCH" check "$work/flip.smb"
			sane || fail "flipped bits: check of ${capture##*/}: exit status $status" "$work/out"
			run "$SMBENCH" show -V "$work/flip.smb"
			sane || fail "flipped bits: show of ${capture##*/}: exit status $status" "$work/out"
		fi
		rm -rf "$work/flip.smb"
		((++flips))
	done
done
pass "flipped bits: $flips runs without a crash"

run "$SMBENCH" compile "$good" -o "$work/good.smb"
if ((status != 0)); then
	fail "no workload" "$work/out"
	finish
fi

# damaged NAME PATTERN: $work/bad.smb, a damaged copy, is refused by check, show and replay.
damaged() {
	run "$SMBENCH" check "$work/bad.smb"
	refused "check, $1" "$2"
	run "$SMBENCH" show "$work/bad.smb"
	refused "show, $1" "$2"
	run "$SMBENCH" replay "$work/bad.smb" //127.0.0.1/test -p 9 -U "$credentials"
	refused "replay, $1" "$2"
}

copy() {
	rm -rf "$work/bad.smb"
	cp -r "$work/good.smb" "$work/bad.smb"
}

copy
rm "$work/bad.smb/data.bin"
damaged "missing blob" 'data\.bin'
copy
truncate -s 1000 "$work/bad.smb/data.bin"
damaged "blob cut short" 'data\.bin|messages\.jsonl:[0-9]+'
copy
python3 "$tests/live/damage.py" dangling "$work/bad.smb"
damaged "dangling symbol" 'messages\.jsonl:[0-9]+.*open\.999'
copy
python3 "$tests/live/damage.py" key "$work/bad.smb"
damaged "unknown key in messages.jsonl" 'messages\.jsonl:[0-9]+.*colour'
copy
python3 "$tests/live/damage.py" top-key "$work/bad.smb"
damaged "unknown key in workload.json" 'workload\.json.*colour'
copy
python3 "$tests/live/damage.py" syntax "$work/bad.smb"
damaged "broken JSON" 'messages\.jsonl:[0-9]+'
copy
python3 "$tests/live/damage.py" version "$work/bad.smb"
damaged "unknown version" 'workload\.json.*version'
copy
rm "$work/bad.smb/workload.json"
damaged "missing workload.json" 'workload\.json'
finish
