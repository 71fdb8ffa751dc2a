#!/bin/bash
# Sealed traffic: opened, replayed sealed, and opened again by tshark; what the options of it do; what is said without keys.
set -u
. "$(dirname "$0")/lib.sh"
make_work
secret=(--password "$credentials")
cipher_option='server smb3 encryption algorithms'
start_server "$cipher_option=AES-128-GCM" 'smb encrypt=required'

# serve CIPHER ENCRYPT SHARE_ENCRYPT: how the server seals from its next start on.
serve() {
	sed -i -e "s/^\t$cipher_option *=.*/\t$cipher_option = $1/" -e "s/^\tsmb encrypt *=.*/\tsmb encrypt = $2/" \
		-e '/^\tserver smb encrypt/d' "$work/server/smb.conf"
	[[ $3 == default ]] || sed -i "/^\[test\]/a\\	server smb encrypt = $3" "$work/server/smb.conf"
}

# fresh KIND: the shares as the session finds them, the server anew.
fresh() {
	"$lab/share-reset" -r "$work/server" || return 1
	[[ $1 == smb2.* ]] || "$lab/smbclient-session" "$work/server" --prepare
}

# record NAME KIND DIALECT: a capture of smbclient, or of a test of smbtorture.
record() {
	fresh "$2" || return 1
	if [[ $2 != smb2.* ]]; then
		"$lab/smbclient-session" "$work/server" "$2" "$3" sign "$work/$1.pcap"
		return
	fi
	"$lab/capture-start" "$work/$1.pcap" "$port" || return 1
	smbtorture //127.0.0.1/test -p "$port" -s "$work/server/client.conf" -U "$credentials" --seed=1 "$2"
	"$lab/capture-stop" "$work/$1.pcap"
}

# play KIND WORKLOAD [OPTION ...]: on a fresh server.
play() {
	fresh "$1" >"$work/fresh.log" 2>&1 || fail "no fresh server" "$work/fresh.log"
	run "$SMBENCH" replay "$work/$2" //127.0.0.1 -p "$port" -U "$credentials" "${@:3}"
}

# round NAME KIND DIALECT: captured, compiled, replayed under a second capture; judged by what tshark finds in both.
round() {
	local name=$1 kind=$2
	if ! record "$@" >"$work/log" 2>&1; then
		fail "$name: no capture" "$work/log"
		return
	fi
	run "$SMBENCH" compile "${secret[@]}" "$work/$name.pcap" -o "$work/$name.smb"
	expect "$name: compile opens it all" 0 'sealed ([0-9]+), opened \1 of \1(,|$)'
	if grep -q '^ *sealed messages' "$work/out"; then
		fail "$name: something stayed sealed" "$work/out"
	fi
	"$SMBENCH" keys "${secret[@]}" "$work/$name.pcap" >"$work/$name.keys" 2>"$work/log" ||
		fail "$name: keys" "$work/log"
	fresh "$kind" >"$work/log" 2>&1 && "$lab/capture-start" "$work/replay.pcap" "$port" >>"$work/log" 2>&1 ||
		fail "$name: no fresh server" "$work/log"
	rm -f "$work/keylog"
	run "$SMBENCH" replay "$work/$name.smb" //127.0.0.1 -p "$port" -U "$credentials" --audit --keylog "$work/keylog"
	cp "$work/out" "$work/audit"
	"$lab/capture-stop" "$work/replay.pcap" >"$work/log" 2>&1 || fail "$name: the second capture" "$work/log"
	expect "$name: no divergence" 0 '^0 divergences'
	if python3 "$lab/judge.py" "$work/$name.pcap" "$work/replay.pcap" "$work/audit" "$work/$name.smb" \
		"$work/$name.keys" "$work/keylog" >"$work/judge.log" 2>&1 && ! grep -q 'sealed' "$work/judge.log"; then
		pass "$name: tshark opens both captures, and they agree"
	else
		fail "$name: the second capture differs" "$work/judge.log"
	fi
}

# ciphered NAME ID: the CipherId that the server chose (MS-SMB2 2.2.3.1.2), as tshark reads it.
ciphered() {
	local id
	id=$(tshark -r "$work/$1.pcap" -d "tcp.port==$port,nbss" -Y 'smb2.cmd==0 && smb2.flags.response==1' -T fields \
		-e smb2.negotiate_context.cipher_id 2>/dev/null | tail -n 1)
	[[ $id == "$2" ]] || fail "$1: the server chose cipher '$id', not $2"
}

serve AES-128-CCM required default
round ccm-300 all SMB3_00
id=0
for cipher in 128-CCM 128-GCM 256-CCM 256-GCM; do
	serve AES-$cipher required default
	round $cipher put SMB3_11
	ciphered $cipher "0x000$((++id))"
done
round lock smb2.lock.async SMB3_11
serve AES-128-GCM default required
round share all SMB3_11

# What --seal does. The server demands nothing; what was sealed goes out signed instead.
serve AES-128-GCM default default
layer='layer: message: expected'
play put 128-GCM.smb --seal=never --audit
expect "--seal=never" 1 "$layer sealed, got not sealed"
if grep -qE ': (status|missing|logon|extra): ' "$work/out"; then
	fail "--seal=never: refused" "$work/out"
elif grep -q UNDECLARED "$work/out"; then
	fail "--seal=never: the audit misses bytes" "$work/out"
else
	pass "--seal=never: nothing is refused, every changed byte is declared"
fi
record plain put SMB3_11 >"$work/log" 2>&1 || fail "plain: no capture" "$work/log"
"$SMBENCH" compile -q "$work/plain.pcap" -o "$work/plain.smb"
rm -f "$work/keylog"
play put plain.smb --seal=always --keylog "$work/keylog" --pcap "$work/always.pcap"
expect "--seal=always" 1 "$layer not sealed, got sealed"
if grep -qE ': (status|missing|logon|extra|field): ' "$work/out"; then
	fail "--seal=always: another outcome" "$work/out"
fi
plain=$(python3 - "$lab" "$work" <<'PYTHON'
import sys
sys.path.insert(0, sys.argv[1])
import wire
conn, = wire.connections(f"{sys.argv[2]}/always.pcap", f"{sys.argv[2]}/keylog")
# A slow server gives interim answers, too.
whole = [m for m in conn.messages if m.from_client or any(p.status != wire.STATUS_PENDING for p in wire.pdus(m.data))]
print(sum(m.sealed and m.opened for m in whole), sum(not m.sealed for m in whole))
PYTHON
)
if [[ $plain == "16 6" ]]; then
	pass "--seal=always seals all but the logon, and tshark opens replay --pcap"
else
	fail "--seal=always: '$plain' instead of 16 messages sealed, 6 of the logon not"
fi

# A server that demands what the recording had not: a divergence with its reason.
serve AES-128-GCM required default
play put plain.smb
expect "a server that demands sealing" 1 'TREE_CONNECT response status: expected STATUS_SUCCESS, got STATUS_ACCESS_DENIED'
serve AES-128-GCM off default
play put 128-GCM.smb
expect "a server that cannot seal" 1 'it was sealed, but the live session has no key to seal with'
serve AES-256-CCM required default
play put 128-GCM.smb
expect "another cipher: the run goes on" 1 '^1 divergence, negotiated 1'
if ! head -n 1 "$work/out" | grep -q 'NEGOTIATE response .*cipher'; then
	fail "another cipher is not the first thing said" "$work/out"
fi
play put 128-GCM.smb --require-same-negotiation
expect "--require-same-negotiation, another cipher" 2 'negotiates otherwise'
expect "--require-same-negotiation: stops at once" 2 ': 1 messages sent'
serve AES-128-GCM required default
play put 128-GCM.smb --require-same-negotiation
expect "--require-same-negotiation, the same" 0 '^0 divergences'

# Without the keys.
shut() {
	rm -rf "$work/shut.smb"
	run "$SMBENCH" compile "$@" -o "$work/shut.smb"
}
shut "$work/share.pcap"
expect "compile without keys" 0 'opened 0 of [0-9]+: no password or NT hash of user LAB.smbtest'
play put shut.smb
expect "replay of what was not opened" 2 'not opened.*--leave-sealed-out'
serve AES-128-GCM default required
play put shut.smb --leave-sealed-out
expect "--leave-sealed-out" 0 '^0 divergences'
expect "--leave-sealed-out: what went" 0 ': 7 messages sent \(not all\)'
shut --password 'LAB/smbtest%wrong' "$work/128-GCM.pcap"
expect "a wrong password" 2 'opened 0 of [0-9]+: the password or NT hash of user LAB.smbtest is wrong'
shut --password 'LAB/smbtest2%Secret1x' "$work/128-GCM.pcap"
expect "a password of another user" 0 'opened 0 of [0-9]+: no password or NT hash of user LAB.smbtest'
shut --password 'smbtest' "$work/128-GCM.pcap"
expect "no password at all" 2 'USER%PASSWORD'
sed -e 's/,[0-9a-f]*,/,00112233445566778899aabbccddeeff,/' -e 's/,[0-9a-f]*,[0-9a-f]*$/,,/' "$work/128-GCM.keys" >"$work/wrong.keys"
shut --keys "$work/wrong.keys" "$work/128-GCM.pcap"
expect "a wrong session key" 2 'opened 0.*: the key does not open it'
shut --keys "$work/256-GCM.keys" "$work/128-GCM.pcap"
expect "keys of another session" 0 'opened 0 of [0-9]+: no password or NT hash of user LAB.smbtest'
printf '# keys\n0102,zz\n' >"$work/bad.keys"
shut --keys "$work/bad.keys" "$work/128-GCM.pcap"
expect "a file of keys that is none" 2 'bad\.keys:2: '
shut --keys "$work/nowhere" "$work/128-GCM.pcap"
expect "a missing file of keys" 2 'nowhere'
shut --keytab "$work/nowhere" "$work/128-GCM.pcap"
expect "a missing keytab" 2 'nowhere'
shut --password-file "$work/nowhere" "$work/128-GCM.pcap"
expect "a missing file of passwords" 2 'nowhere'
printf '# the lab\nLAB/smbtest2%%other\n%s\n' "$credentials" >"$work/passwords"
shut --password-file "$work/passwords" "$work/128-GCM.pcap"
expect "--password-file" 0 'sealed ([0-9]+), opened \1 of \1,'
shut --keys "$work/128-GCM.keys" "$work/128-GCM.pcap"
expect "--keys" 0 'sealed ([0-9]+), opened \1 of \1,'
run "$SMBENCH" keys "$work/128-GCM.pcap"
expect "keys without a secret" 1 'no password or NT hash of user LAB.smbtest'
if grep -rqs Secret1x "$work"/*.smb "$work/out" "$work/audit"; then
	fail "a secret is stored"
else
	pass "no secret is stored in a workload"
fi
finish
