#!/bin/bash
# The audit against a second capture: recorded bytes and the audit's lines give what went over the wire, byte for byte, for
# all captures that the project ships and those of published bugs, whatever the server answered. (The same for the lab's own
# scenes and for smbtorture is in tests/lab/judge.py.)
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server "enable core files=no"
secrets=(--password "$credentials" --password "${credentials/smbtest/smbtest2}")

# audited CAPTURE [OPTION ...]: compiled, replayed on empty shares under a second capture. The options make it other.
audited() {
	local capture=$1 name=${1##*/} keys=() status=0
	name=${name%.pcap}
	shift
	if ! "$SMBENCH" compile -f "${secrets[@]}" "$capture" -o "$work/smb" >"$work/log" 2>&1; then
		fail "$name: compile" "$work/log"
		return
	fi
	"$SMBENCH" keys "${secrets[@]}" "$capture" >"$work/keys" 2>"$work/log"
	: >"$work/keylog"
	"$lab/share-reset" "$work/server" >"$work/log" 2>&1 || fail "$name: no fresh server" "$work/log"
	[[ $name != smbclient-* && $name != sealed-3* ]] || "$lab/smbclient-session" "$work/server" --prepare
	"$lab/capture-start" "$work/second.pcap" "$port"
	replay "$work/smb" --audit --keylog "$work/keylog" --pace=none --timeout=3 "$@" >"$work/audit" 2>"$work/err" || status=$?
	"$lab/capture-stop" "$work/second.pcap" 2>"$work/log" || fail "$name: no second capture" "$work/log"
	[[ ! -s $work/keylog || ! -s $work/keys ]] || keys=("$work/keys" "$work/keylog")
	if ((status > 1)); then
		fail "$name: exit status $status" "$work/audit" "$work/err"
	elif python3 "$tests/live/audit_agrees.py" "$capture" "$work/second.pcap" "$work/audit" "$work/smb" \
		${keys[@]+"${keys[@]}"} >"$work/agrees" 2>&1; then
		pass "$name${*:+ $*}: $(cat "$work/agrees")"
	else
		fail "$name: audit and second capture disagree" "$work/agrees"
	fi
}

for capture in "$tests"/captures/*.pcap; do
	audited "$capture"
done
if [[ -d $SMBENCH_CAPTURES/bugs ]]; then
	for capture in "$SMBENCH_CAPTURES"/bugs/*.pcap; do
		audited "$capture"
	done
else
	skip "the captures of Samba bugs ($SMBENCH_CAPTURES/bugs) are not here"
fi

# Messages that are made ready before their time.
for name in smbclient-311-signed smbtorture-lease.upgrade2 smbtorture-compound.related1 sealed-300-ccm sealed-311-256-gcm; do
	audited "$tests/captures/$name.pcap" --pace=recorded --speed=0.2 --run "$work/run"
	"$SMBENCH" compare --json "$work/smb" "$work/run" >"$work/compared" 2>&1
	python3 -c 'import json, sys
sys.exit(json.load(open(sys.argv[1]))["totals"]["lateness"]["prepared"] == 0)' "$work/compared" ||
		fail "$name: no message was ready before its time" "$work/compared"
done

# Values of other lengths: a user's, a share's.
printf '{"shares": {"test": "test2"}}\n' >"$work/map"
audited "$tests/captures/smbclient-311-signed.pcap" --map "$work/map"
awk -F '\t' 'NF == 9 && $5 != $6 { found = 1 } END { exit !found }' "$work/audit" ||
	fail "--map: no value of another length in the audit" "$work/audit"
audited "$tests/captures/sealed-reauth.pcap" -U "${credentials/smbtest/smbtest2}"

# An audit that misses a line.
sed '0,/\topen\./{/\topen\./d}' "$work/audit" >"$work/short"
if cmp -s "$work/audit" "$work/short"; then
	fail "no open in the audit" "$work/audit"
elif python3 "$tests/live/audit_agrees.py" "$tests/captures/sealed-reauth.pcap" "$work/second.pcap" "$work/short" "$work/smb" \
	"$work/keys" "$work/keylog" >"$work/agrees" 2>&1 || ! grep -q 'is not what the audit says' "$work/agrees"; then
	fail "an audit without one of its lines passes" "$work/agrees"
else
	pass "an audit without one of its lines: $(head -n 1 "$work/agrees")"
fi
finish
