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

# run COMMAND...: exit status in `status`, output in $work/out.
run() {
	status=0
	timeout -k 5 60 "$@" >"$work/out" 2>&1 || status=$?
}

# expect NAME STATUS [PATTERN]: of the last run.
expect() {
	if ((status != $2)); then
		fail "$1: exit status $status, not $2" "$work/out"
	elif [[ ${3-} ]] && ! grep -qE -- "$3" "$work/out"; then
		fail "$1: no '$3'" "$work/out"
	else
		pass "$1"
	fi
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
	expect "$name: compile opens it all" 0 'sealed ([0-9]+), opened \1(,|$)'
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

serve AES-128-CCM required default
round ccm-300 all SMB3_00
for cipher in 128-CCM 128-GCM 256-CCM 256-GCM; do
	serve AES-$cipher required default
	round $cipher put SMB3_11
done
round lock smb2.lock.async SMB3_11
serve AES-128-GCM default required
round share all SMB3_11
finish
