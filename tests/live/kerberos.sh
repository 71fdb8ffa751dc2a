#!/bin/bash
# Kerberos against a private domain controller: captured sessions open with its keytab and replay with a ticket cache, a
# keytab and a password; what can be wrong is told.
set -u
. "$(dirname "$0")/lib.sh"
make_work

if [[ $(id -u) != 0 ]] || ! command -v samba >/dev/null || ! command -v kinit >/dev/null; then
	skip "no domain controller: needs root, samba-ad-dc, krb5-user (scripts/install-deps test)"
	finish
fi
dc=$work/dc
trap '[[ -d $dc/pid ]] && "$lab/dc-stop" "$dc"; clean_up' EXIT
if ! "$lab/dc-start" "$dc" >"$work/dc.log" 2>&1; then
	fail "no domain controller" "$work/dc.log"
	finish
fi
read -r ip <"$dc/ip"
export KRB5_CONFIG=$dc/krb5.conf
password='LABTEST/alice%Secret1x.User'
ticket() {
	kinit "${@:2}" -c "$1" alice <<<Secret1x.User >"$work/kinit.log" 2>&1 || fail "kinit" "$work/kinit.log"
}
ticket "$work/cc"
local_file=$work/local.txt
head -c 70000 /dev/zero | tr '\0' 'k' >"$local_file"

# record NAME OPTION...: smbclient's session in $work/NAME.pcap.
record() {
	local name=$1
	rm -rf "$dc"/share/lab/*
	"$lab/capture-start" "$work/$name.pcap" 445 || return 1
	KRB5CCNAME=$work/cc smbclient //dc1.lab.test/lab -I "$ip" -s "$dc/client.conf" "${@:2}" \
		-c "put $local_file one.txt; ls; get one.txt $work/got.txt; rename one.txt two.txt; allinfo two.txt; del two.txt" \
		>"$work/record.log" 2>&1 </dev/null
	"$lab/capture-stop" "$work/$name.pcap" && cmp -s "$local_file" "$work/got.txt"
}

# compiled NAME OPTION...: into $work/NAME.smb.
compiled() {
	rm -rf "$work/$1.smb"
	"$SMBENCH" compile "$work/$1.pcap" -o "$work/$1.smb" "${@:2}" >"$work/compile.log" 2>&1
}

# play NAME OPTION...: its status in `status`, what it says in $work/play.log.
play() {
	rm -rf "$dc"/share/lab/*
	status=0
	timeout -k 5 60 "$SMBENCH" replay "$work/$1.smb" "//$ip" --spn cifs/dc1.lab.test "${@:2}" \
		>"$work/play.log" 2>&1 </dev/null || status=$?
}

# same WHAT NAME OPTION...: no divergence.
same() {
	play "${@:2}"
	if ((status == 0)); then
		pass "$1: no divergence"
	else
		fail "$1: exit status $status" "$work/play.log"
	fi
}

# told WHAT TEXT NAME OPTION...: exit status 3 and this text.
told() {
	play "${@:3}"
	if ((status == 3)) && grep -qF -- "$2" "$work/play.log"; then
		pass "$1 is told"
	else
		fail "$1: exit status $status, or not '$2'" "$work/play.log"
	fi
}

cat >"$work/keytab.map" <<JSON
{"principals": {"*": {"user": "alice", "keytab": "dc/alice.keytab"}}, "shares": {"lab": "lab"}}
JSON
cat >"$work/other.map" <<JSON
{"principals": {"*": {"user": "alice", "keytab": "dc/bob.keytab"}}}
JSON
cat >"$work/ccache.map" <<JSON
{"principals": {"*": {"user": "alice", "ccache": "FILE:$work/cc"}}}
JSON

# A signed and a sealed session: opened by the service's keytab, and played by each kind of secret.
for kind in sign encrypt; do
	if ! record $kind --use-kerberos=required --client-protection=$kind; then
		fail "$kind: no capture" "$work/record.log"
		continue
	fi
	if compiled $kind --keytab "$dc/service.keytab" &&
		grep -qE "signatures valid ([0-9]+) of \1$" "$work/compile.log" &&
		{ [[ $kind == sign ]] || grep -qE "sealed ([0-9]+), opened \1 of \1," "$work/compile.log"; }; then
		pass "$kind: the capture opens with the keytab"
	else
		fail "$kind: the capture does not open with the keytab" "$work/compile.log"
	fi
	same "$kind, password" $kind --use-kerberos=required -U "$password"
	KRB5CCNAME=$work/cc same "$kind, ticket cache" $kind
	same "$kind, keytab" $kind --map "$work/keytab.map"
	same "$kind, ticket cache by map" $kind --map "$work/ccache.map"
done

# The other mechanism than recorded: another number of legs, said by the audit, and nothing undeclared.
audited() {
	rm -rf "$work/run"
	play "${@:3}" --audit --run "$work/run"
	if ((status == 0)) && grep -qP "\t$2\t" "$work/play.log" && ! grep -q UNDECLARED "$work/play.log"; then
		pass "$1: no divergence, departures audited"
	else
		fail "$1: exit status $status, or an audit without '$2'" "$work/play.log"
	fi
	if "$SMBENCH" compare "$work/$3.smb" "$work/run" >"$work/compare.log" 2>&1; then
		pass "$1: compare agrees"
	else
		fail "$1: compare finds what replay did not" "$work/compare.log"
	fi
}
audited "Kerberos played with NTLM" "extra leg" encrypt --use-kerberos=off -U "$password"
if record ntlm --use-kerberos=off -U "$password" --client-protection=encrypt && compiled ntlm --password "$password"; then
	same "NTLM" ntlm --use-kerberos=off -U "$password"
	audited "NTLM played with Kerberos" "left out" ntlm --use-kerberos=required -U "$password"
else
	fail "ntlm: no workload" "$work/record.log" "$work/compile.log"
fi

told "wrong password" "the password of alice is wrong" sign --use-kerberos=required -U alice%wrong
told "unknown user" "not found in Kerberos database" sign --use-kerberos=required -U nobody%wrong
told "keytab without the principal" "no suitable keys for alice@LAB.TEST" sign --map "$work/other.map"
told "unknown service" "cifs/other.lab.test: Server not found" sign --use-kerberos=required -U "$password" --spn cifs/other.lab.test
told "no ticket" "No credentials cache found" sign --use-kerberos=required
ticket "$work/expired" -l 1s
expired() {
	! klist -s -c "$work/expired"
}
. "$lab/common.sh"
await 10 expired
KRB5CCNAME=$work/expired told "expired ticket" "Ticket expired" sign
sed "s/= $ip$/= 127.0.0.1:1/" "$dc/krb5.conf" >"$work/nokdc.conf"
KRB5_CONFIG=$work/nokdc.conf told "no KDC" "Cannot contact any KDC" sign --use-kerberos=required -U "$password"

# A capture with the wrong keytab stays closed, and says why.
compiled encrypt --keytab "$dc/bob.keytab"
if grep -q "no key of service cifs/dc1.lab.test@LAB.TEST" "$work/compile.log"; then
	pass "a keytab without the service is told"
else
	fail "a keytab without the service is not told" "$work/compile.log"
fi
finish
