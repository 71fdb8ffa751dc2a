#!/bin/sh
# What the options of compile, replay and compare do, as far as no server is needed: each has a test that fails when it is ignored;
# every exit status; bad values. The rest stands in tests/live/replay-options.sh.
set -u
src=$(cd "${srcdir:-.}" && pwd)
smbench=$(cd "$(dirname "${SMBENCH:-./smbench}")" && pwd)/smbench
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset PASSWD COLUMNS
passed=0
failed=0

for capture in rpcclient-samr smbclient-202 smbclient-210-rename smbtorture-oplock.exclusive2; do
	cp "$src/tests/captures/$capture.pcap" .
done
chmod u+w ./*.pcap

# run STATUS ARGUMENT...: leaves what was printed in `out` and `err`.
run() {
	want=$1
	got=0
	shift
	"$smbench" "$@" >out 2>err </dev/null || got=$?
	if [ "$got" -eq "$want" ]; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: smbench $*: exit status $got, not $want"
		head -n 3 out err
	fi
}

# holds NAME COMMAND...: the command must succeed.
holds() {
	name=$1
	shift
	if "$@" >/dev/null 2>&1; then
		passed=$((passed + 1))
	else
		failed=$((failed + 1))
		echo "FAILED: $name"
		head -n 3 out err
	fi
}

absent() {
	[ ! -e "$1" ]
}

# total NAME WORKLOAD: a number of its totals.
total() {
	sed -n "s/^.*\"$1\": \([0-9]*\),*\$/\1/p" "$2/workload.json"
}

# ---- the program ----
run 2
run 2 nonsense
run 0 --help
holds "--help lists replay" grep -q '^  replay ' out
run 0 --version
holds "--version" grep -q '^smbench [0-9]' out
if [ -w /dev/full ]; then
	status=0
	"$smbench" --help >/dev/full 2>err || status=$?
	holds "a full disk is no success" [ "$status" -eq 2 ]
fi

# ---- info ----
# fits FILE COLUMNS: no line of a table is wider.
fits() {
	grep -v '^  ' "$1" | awk -v most="$2" 'length($0) > most { exit 1 }'
}
absent_in() {
	! grep -q "$2" "$1"
}
run 0 info smbclient-202.pcap
holds "info: the verdict comes first" sh -c 'head -n 1 out | grep -qx "verdict: needs the share.s initial state"'
holds "info: 80 columns where there is no terminal" fits out 80
holds "info: no colour where there is no terminal" absent_in out "$(printf '\033')"
holds "info: the whole is one screen" test "$(wc -l <out)" -le 40
COLUMNS=50
export COLUMNS
run 0 info smbclient-202.pcap
holds "info: COLUMNS=50" fits out 50
COLUMNS=nonsense
run 0 info smbclient-202.pcap
holds "info: COLUMNS that is no number" fits out 80
unset COLUMNS
run 0 info smbtorture-oplock.exclusive2.pcap
# As it stands, broken lines included: from the command's first line to the next command.
sed -n "/^  smbench compile/,/^  smbench replay/{/^  smbench replay/d;s|^  smbench|'$smbench'|;p}" out >command.sh
holds "info: a compile command" grep -q compile command.sh
holds "info: the command that it names works" sh ./command.sh
holds "info: and makes what it says" test -d smbtorture-oplock.exclusive2.smb
rm -rf smbtorture-oplock.exclusive2.smb

# ---- compile ----
run 0 compile smbtorture-oplock.exclusive2.pcap -o two
holds "compile prints a summary" grep -q 'messages' out
run 0 compile -q smbclient-202.pcap --output one
holds "compile -q prints nothing" [ ! -s out ]
run 0 compile --quiet smbclient-202.pcap -o quiet
holds "compile --quiet prints nothing" [ ! -s out ]
run 2 compile smbclient-202.pcap
run 2 compile -o nothing
run 0 compile -h
run 0 compile --help
holds "compile --help" grep -q '^usage: smbench compile' out

cp one/messages.jsonl kept
run 2 compile -q smbtorture-oplock.exclusive2.pcap -o one
holds "a workload is not overwritten" cmp -s kept one/messages.jsonl
run 0 compile -q -f smbtorture-oplock.exclusive2.pcap -o one
holds "compile -f" cmp -s two/messages.jsonl one/messages.jsonl
run 0 compile -q --force smbclient-202.pcap -o one
holds "compile --force" cmp -s kept one/messages.jsonl
mkdir mine
echo text >mine/notes
run 2 compile -q -f smbclient-202.pcap -o mine
holds "no other directory is overwritten" grep -q text mine/notes

run 0 compile -q -p 445 smbclient-202.pcap -o port
run 2 compile -q -p 446 smbclient-202.pcap -o other
holds "compile -p" grep -q '0 messages from' err
holds "no workload is left behind" absent other
run 2 compile -q --port 446 smbclient-202.pcap -o other
for bad in 0 65536 x 445x '' -1; do
	run 2 compile -q -p "$bad" smbclient-202.pcap -o other
done
run 0 compile -q --client 127.0.0.1 smbclient-202.pcap -o client
run 2 compile -q --client 127.0.0.9 smbclient-202.pcap -o other
holds "compile --client" grep -q '0 messages from' err
run 2 compile -q --client nobody smbclient-202.pcap -o other

# The capture lasts two seconds: what is before and what is behind its middle.
start=$(sed -n 's/^.*"start": "\([0-9]*\)\.\([0-9]*\)".*$/\1 \2/p' two/workload.json)
middle=$((${start% *} + 1)).${start#* }
run 0 compile -q --from "$middle" smbtorture-oplock.exclusive2.pcap -o late
run 0 compile -q --to "$middle" smbtorture-oplock.exclusive2.pcap -o early
all=$(total messages two)
holds "compile --from and --to" [ $(($(total messages late) + $(total messages early))) -eq "$all" ]
holds "compile --from" [ "$(total messages late)" -gt 0 ]
holds "compile --to" [ "$(total messages early)" -gt 0 ]
for bad in x '' -1 1.x 99999999999999999999; do
	run 2 compile -q --from "$bad" smbclient-202.pcap -o other
	run 2 compile -q --to "$bad" smbclient-202.pcap -o other
done

# rpcclient enumdomusers: two handles, a SID and a group are found by their flow.
run 0 compile -q rpcclient-samr.pcap -o flow
holds "compile finds values" [ "$(total values flow)" -ge 4 ]
run 0 compile -q --no-values rpcclient-samr.pcap -o none
holds "compile --no-values" [ "$(total values none)" -eq 0 ]
holds "the workload says so" grep -q '"options": "compile --no-values"' none/workload.json
run 0 check --symbols flow
grep '^value\.' out >symbols
holds "check --symbols lists them" [ "$(grep -c . symbols)" -eq "$(total values flow)" ]
holds "with field, width and uses" grep -qE 'IOCTL response output\+[0-9]+, 20 bytes [0-9a-f]{40}, used [0-9]+ times' symbols
handle=$(sed -nE 's/.*, 20 bytes ([0-9a-f]{40}), used.*/\1/p' symbols | head -n 1)
printf '{"values": {"forbid": ["%s"]}}' "$handle" >forbid.json
run 0 compile -q --map forbid.json rpcclient-samr.pcap -o fewer
run 0 check --symbols fewer
holds "compile --map forbids" [ "$(total values fewer)" -eq $(($(total values flow) - 1)) ]
# "LABSRV" in UTF-16, which is text.
printf '{"values": {"add": ["4c0041004200530052005600"]}}' >add.json
run 0 compile -q --map add.json rpcclient-samr.pcap -o more
run 0 check --symbols more
holds "compile --map adds" grep -q '12 bytes 4c0041004200530052005600, used' out
for bad in '{"values": {"add": ["00"]}}' '{"values": {"add": ["0011223"]}}' '{"values": {"add": ["00112g33"]}}' \
	'{"values": {"added": []}}' '{"values": []}'; do
	printf '%s' "$bad" >bad.json
	run 2 compile -q --map bad.json rpcclient-samr.pcap -o other
done
holds "a bad map is named" grep -q 'bad\.json' err
run 2 compile -q --map nowhere.json rpcclient-samr.pcap -o other
run 2 check --codec --symbols rpcclient-samr.pcap

run 0 compile -q smbclient-202.pcap smbclient-210-rename.pcap -o both
holds "compile takes several captures" [ "$(total connections both)" -eq 2 ]
"$smbench" compile -q - -o piped <smbclient-202.pcap
holds "compile reads a pipe" cmp -s kept piped/messages.jsonl
run 2 compile -q nowhere.pcap -o other
holds "what is missing is named" grep -q 'nowhere\.pcap' err
run 2 compile --nonsense smbclient-202.pcap -o other
holds "none of these left a workload" absent other

# ---- compare ----
# make_run NAME WORKLOAD: as if a server had answered as recorded.
make_run() {
	rm -rf "$1"
	cp -r "$2" "$1"
	sed 's/"kind": "workload"/"kind": "run"/' "$2/workload.json" >"$1/workload.json"
	sed -E 's/^(\{"n":([0-9]+),"ev":"send".*)\}$/\1,"of":\2}/' "$2/messages.jsonl" >"$1/messages.jsonl"
}

make_run same one
run 0 compare one same
holds "compare: no divergence" grep -q '^0 divergences' out
make_run altered one
sed '/"ev":"recv".*"cmd":"CLOSE"/{s/}$/,"set":{"status":"STATUS_FILE_CLOSED"}}/;:a;n;ba;}' same/messages.jsonl \
	>altered/messages.jsonl
run 1 compare one altered
holds "compare: one divergence" grep -q '^1 divergence, status 1$' out
holds "a divergence has frame, message, field, expected, got" \
	grep -qE '^#[0-9]+ \(frame [0-9]+\) connection 0: status: CLOSE response status: expected STATUS_SUCCESS, got STATUS_FILE_CLOSED$' out
run 1 compare -j one altered
holds "compare -j" grep -q '"kind":"status"' out
run 1 compare --json one altered
holds "compare --json is one object" [ "$(head -c 1 out)$(tail -c 2 out | head -c 1)" = '{}' ]
run 1 compare --html page.html one altered
holds "compare --html" grep -q '<h1 class="bad">1 divergence, 1 cause</h1>' page.html
run 0 compare --html page.html one same
holds "compare --html: no divergence" grep -q '<h1 class="good">' page.html
run 2 compare --html nowhere/page.html one altered
holds "compare --html names the file" grep -q 'nowhere/page.html' err
make_run shorter one
sed '$d' same/messages.jsonl | sed '$d' | sed '$d' >shorter/messages.jsonl
run 1 compare one shorter
holds "compare: a missing answer" grep -q ': missing: ' out
# The server closes after 21 events: one divergence, at the first request that could not be sent.
make_run closed one
head -n 21 same/messages.jsonl >closed/messages.jsonl
echo '{"n":21,"ev":"fin","c":0,"from":"server"}' >>closed/messages.jsonl
unsent=$(sed -n '22,$s/^{"n":\([0-9]*\),"ev":"send".*$/\1/p' same/messages.jsonl | head -n 1)
run 1 compare one closed
holds "compare: a lost connection is one divergence" grep -q '^1 divergence, disconnect 1$' out
holds "compare: where it was lost" grep -qE "^#$unsent .*a request could be sent, got closed by the server" out
run 2 compare same one
run 2 compare one one
run 2 compare one two
make_run other_conns two
run 2 compare one other_conns
holds "compare: another number of connections" grep -q 'connections' err
run 2 compare one nowhere
run 2 compare one
run 2 compare one same same
run 2 compare -x one same
run 0 compare -h
run 0 compare --help

# ---- replay ----
# Nobody listens on port 1.
run 3 replay --pace=none -U u%p -p 1 one //127.0.0.1
holds "replay -p" grep -q '127\.0\.0\.1:1' err
run 3 replay -U u%p --port 1 one '\\127.0.0.1\share'
run 3 replay --user=u%p -p 1 one //127.0.0.1/share
run 3 replay --pace=none -p 1 -U u one //127.0.0.1
holds "replay wants a password" grep -q 'no password for u' err
PASSWD=secret
export PASSWD
run 3 replay --pace=none -p 1 -U u one //127.0.0.1
holds "replay takes \$PASSWD" grep -q 'cannot connect' err
unset PASSWD
printf 'username = u\n# a comment\n\ndomain=D\npassword = p\n' >creds
run 3 replay --pace=none -p 1 -A creds one //127.0.0.1
holds "replay -A" grep -q 'cannot connect' err
run 3 replay --pace=none -p 1 --authentication-file=creds one //127.0.0.1
printf 'username = u\ncolour = blue\n' >creds
run 2 replay -p 1 -A creds one //127.0.0.1
holds "replay -A names the line" grep -q 'creds:2: .*colour' err
printf 'nonsense\n' >creds
run 2 replay -p 1 -A creds one //127.0.0.1
run 2 replay -p 1 -A nowhere one //127.0.0.1
long=$(printf '%0300d' 0)
run 2 replay -p 1 -U "$long%p" one //127.0.0.1
run 2 replay -p 1 -U "u%$long" one //127.0.0.1

run 3 replay --pace=none -p 1 -U u%p two //127.0.0.1
holds "both connections are refused" grep -q 'disconnect 2$' out
run 3 replay --pace=none -p 1 -U u%p --on-divergence=stop two //127.0.0.1
holds "replay --on-divergence=stop" grep -q 'disconnect 1$' out
run 3 replay --pace=none -p 1 -U u%p --on-divergence continue two //127.0.0.1
holds "replay --on-divergence=continue" grep -q 'disconnect 2$' out
run 3 replay --pace=none -p 1 -U u%p -j two //127.0.0.1
holds "replay -j" grep -q '"kind":"disconnect"' out
run 3 replay --pace=none -p 1 -U u%p --json two //127.0.0.1
holds "replay --json is one object" [ "$(head -c 1 out)$(tail -c 2 out | head -c 1)" = '{}' ]
run 3 replay --pace=none -p 1 -U u%p --run run --pcap run.pcap two //127.0.0.1
holds "replay --run" grep -q '"kind": "run"' run/workload.json
holds "replay --pcap" [ "$(wc -c <run.pcap)" -eq 24 ]
run 3 replay --pace=none -p 1 -U u%p --run run two //127.0.0.1
run 2 replay -p 1 -U u%p --run two two //127.0.0.1
holds "a run does not replace a workload" grep -q '"kind": "workload"' two/workload.json
run 2 replay -p 1 -U u%p --pcap nowhere/x.pcap two //127.0.0.1
run 2 replay -p 1 -U u%p --audit -j two //127.0.0.1

for bad in --order=x --order= --pace=x --on-divergence=x --on-break=x --on-drop=x --without-break=x --speed=0 --speed=-1 --speed=x --speed=nan --speed=inf --timeout=0 \
	--timeout=-1 --timeout=x --port=0 --port=65536 --port=1.5 --port=x --nonsense; do
	run 2 replay -U u%p "$bad" one //127.0.0.1
	holds "replay $bad is a wrong usage" grep -q 'replay --help' err
	[ "$bad" = --nonsense ] || holds "replay $bad: the value is named" grep -qF "'${bad#*=}' is no valid value" err
done
for bad in 127.0.0.1 / // /// //host/share/path //host/; do
	[ "$bad" = //host/ ] || run 2 replay -p 1 -U u%p one "$bad"
done
run 2 replay -p 1 -U u%p one
run 2 replay -p 1 -U u%p one //127.0.0.1 more
run 2 replay -p 1 -U u%p nowhere //127.0.0.1
run 2 replay -p 1 -U u%p same //127.0.0.1
holds "a run is not replayed" grep -q 'a run, not a workload' err
run 0 replay -h
run 0 replay --help
holds "replay --help" grep -q '^usage: smbench replay' out

echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
