#!/bin/bash
# RPC over pipes, replayed by value flow: the calls of rpcclient, signed and sealed, against a server of another machine
# SID, where every call must succeed as it did. What judges is tshark, on captures of both.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

# sid S-1-5-21-...: the server's, from its next start on.
sid() {
	net -s "$work/server/smb.conf" setlocalsid "$1" >"$work/net.log" 2>&1 && "$lab/share-reset" -r "$work/server"
}

script='enumdomusers; enumdomgroups; enumalsgroups builtin; queryuser smbtest; netshareenum; lookupnames smbtest;
	lookupsids S-1-5-32-544; lsaenumsid'

# record NAME [OPTION ...]: a capture of rpcclient.
record() {
	local file=$work/$1.pcap
	shift
	sid S-1-5-21-1183177192-667638058-2489156577 && "$lab/capture-start" "$file" "$port" || return 1
	rpcclient -s "$work/server/client.conf" -p "$port" -U "$credentials" "$@" -c "$script" 127.0.0.1 >"$work/said" 2>&1
	"$lab/capture-stop" "$file"
}

# play WORKLOAD CAPTURE [OPTION ...]: against the other SID; exit status in `status`.
play() {
	sid S-1-5-21-3004925291-1950170207-4140027215 && "$lab/capture-start" "$2" "$port" || return 1
	status=0
	replay "$1" --audit --keylog "$work/keylog" "${@:3}" >"$work/audit" 2>"$work/replay.err" || status=$?
	"$lab/capture-stop" "$2"
}

calls() {
	python3 "$tests/live/rpc_calls.py" "$1" "$port" "${@:2}"
}

# one NAME ("seskey options of tshark" in $work/NAME.keys for a sealed one) [OPTION OF rpcclient ...]
one() {
	local name=$1 secrets=() keys=() keys_live=()
	shift
	if ! record "$name" "$@" >"$work/record.log" 2>&1; then
		fail "$name: no capture" "$work/record.log"
		return
	fi
	if [[ $name == sealed ]]; then
		secrets=(--password "$credentials")
		"$SMBENCH" keys "${secrets[@]}" "$work/$name.pcap" >"$work/keys" 2>"$work/keys.err"
		mapfile -t keys < <(sed -n 's/^[^#].*/-ouat:smb2_seskey_list:&/p' "$work/keys")
	fi
	if ! "$SMBENCH" compile -q "${secrets[@]}" "$work/$name.pcap" -o "$work/$name.smb" >"$work/log" 2>&1; then
		fail "$name: no workload" "$work/log"
		return
	fi
	calls "$work/$name.pcap" "${keys[@]}" >"$work/$name.calls"
	if (($(grep -c '^2 ' "$work/$name.calls") >= 20)); then
		pass "$name: the capture has calls of three interfaces"
	else
		fail "$name: tshark finds no calls" "$work/$name.calls" "$work/said"
	fi

	play "$work/$name.smb" "$work/$name.replay.pcap" || fail "$name: no replay" "$work/net.log"
	if ((status == 0)); then
		pass "$name: no divergence"
	else
		fail "$name: exit status $status" "$work/audit" "$work/replay.err"
	fi
	[[ $name != sealed ]] ||
		mapfile -t keys_live < <(sed -n 's/^[^#].*/-ouat:smb2_seskey_list:&/p' "$work/keylog")
	calls "$work/$name.replay.pcap" "${keys_live[@]}" >"$work/$name.live"
	if cmp -s "$work/$name.calls" "$work/$name.live"; then
		pass "$name: every call came to the same"
	else
		diff "$work/$name.calls" "$work/$name.live" >"$work/diff"
		fail "$name: another outcome of calls" "$work/diff"
	fi
	if [[ $name != sealed ]]; then
		if python3 "$lab/judge.py" "$work/$name.pcap" "$work/$name.replay.pcap" "$work/audit" "$work/$name.smb" \
			>"$work/judge.log"; then
			pass "$name: the second capture agrees with the audit"
		else
			fail "$name: the second capture differs" "$work/judge.log"
		fi
	fi
}

one signed --client-protection=sign
one sealed --client-protection=encrypt

# Without value flow the same replay must fail: the handles are the recorded server's.
"$SMBENCH" compile -q --no-values "$work/signed.pcap" -o "$work/without.smb" >"$work/log" 2>&1
play "$work/without.smb" "$work/without.pcap" || fail "without values: no replay"
calls "$work/without.pcap" >"$work/without.live"
if grep -q '^3 ' "$work/without.live"; then
	pass "without value flow calls end in faults"
else
	fail "without value flow no call fails" "$work/without.live"
fi

# A forbidden value stays as recorded: the first handle that is used.
value=$("$SMBENCH" check --symbols "$work/signed.smb" | sed -nE '/used (in|[0-9])/s/.*, 20 bytes ([0-9a-f]+),.*/\1/p' | head -n 1)
printf '{"values": {"forbid": ["%s"]}}\n' "$value" >"$work/map.json"
if "$SMBENCH" compile -q --map "$work/map.json" "$work/signed.pcap" -o "$work/forbidden.smb" >"$work/log" 2>&1 &&
	[[ $value ]] && ! "$SMBENCH" check --symbols "$work/forbidden.smb" | grep -q "$value"; then
	pass "a map forbids a value"
else
	fail "a map does not forbid $value" "$work/log"
fi
finish
