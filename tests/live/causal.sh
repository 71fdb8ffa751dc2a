#!/bin/bash
# --order=causal: a scene of several connections comes out as recorded, which it does not without an order; and who has
# nothing to do with a client that waits does not wait for it.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server

# order WORKLOAD ORDER [OPTION ...]: on the share "test"; `status`, and what it printed in $work/out.
order() {
	timeout -k 5 60 "$SMBENCH" replay "$1" //127.0.0.1/test -p "$port" -U "$credentials" --pace=none --order="$2" "${@:3}" \
		>"$work/out" 2>&1
	status=$?
}

# play NAME ORDER [OPTION ...]: the same of the workload NAME on an empty share.
play() {
	"$lab/share-reset" -r "$work/server"
	order "$work/$1" "$2" "${@:3}"
}

# Who makes, who writes, who reads, who removes: each of another client; the first comes late. Each has a ClientGuid of its
# own: smbd hands connections of one client to one process, and may lose a request when two logons race for that.
cat >"$work/hands.smb" <<'END'
{"ev":"logon","c":0}
{"ev":"send","c":1,"fields":{"command":"NEGOTIATE","body.client_guid":"7365636f6e642d636c69656e742d3031"}}
{"ev":"logon","c":1}
{"ev":"send","c":2,"fields":{"command":"NEGOTIATE","body.client_guid":"74686972642d636c69656e742d303031"}}
{"ev":"logon","c":2}
{"ev":"send","c":0,"fields":{"command":"CREATE","body.name":"d","body.create_disposition":2,"body.create_options":1},
 "fault":{"delay":500000000},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":1,"fields":{"command":"CREATE","body.name":"D\\f","body.create_disposition":2},
 "expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":1,"fields":{"command":"WRITE","body.data":"6d696e65"},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":2,"fields":{"command":"CREATE","body.name":"d\\F","body.create_disposition":1,
  "body.desired_access":"0x13019f"},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":2,"fields":{"command":"READ","body.length":4},"expect":{"status":"STATUS_SUCCESS","body.data":"6d696e65"}}
{"ev":"send","c":0,"fields":{"command":"QUERY_DIRECTORY","body.file_information_class":12,"body.file_name":"f",
  "body.output_buffer_length":4096},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":2,"fields":[{"command":"SET_INFO","body.file_info_class":13,"body.buffer":"01"},{"command":"CLOSE"}],
 "expect":[{"status":"STATUS_SUCCESS"},{"status":"STATUS_SUCCESS"}]}
{"ev":"send","c":1,"fields":{"command":"CLOSE"},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":0,"fields":{"command":"CREATE","body.name":"d\\f","body.create_disposition":1},
 "expect":{"status":"STATUS_OBJECT_NAME_NOT_FOUND"}}
END
for i in 1 2 3; do
	play hands.smb causal
	((status == 0)) || break
done
if ((status == 0)); then
	pass "causal: what meets comes out as written, three times"
else
	fail "causal: exit status $status" "$work/out"
fi
# So late that the others have logged on by then.
sed 's/"delay":500000000/"delay":3000000000/' "$work/hands.smb" >"$work/later.smb"
play later.smb none --timeout=2
if ((status == 1)) && grep -q 'status: CREATE response status: expected STATUS_SUCCESS, got STATUS_OBJECT_PATH_NOT_FOUND' "$work/out"; then
	pass "without an order it does not"
else
	fail "none: exit status $status" "$work/out"
fi

# Captures of two connections each, with locks that wait, breaks, watches and files that go with their last open.
for name in lock.async lease.upgrade2 notify.close oplock.exclusive2; do
	"$SMBENCH" compile -q "$tests/captures/smbtorture-$name.pcap" -o "$work/$name" || fail "compile of $name"
	play "$name" causal --run "$work/$name.run"
	"$SMBENCH" compare "$work/$name" "$work/$name.run" >"$work/compared" 2>&1
	compared=$?
	if ((status == 0 && compared == 0)); then
		pass "causal: $name, and compare says so"
	else
		fail "causal: $name: exit status $status, of compare $compared" "$work/out" "$work/compared"
	fi
done

# The first client's LOCK waits for somebody who gives way when the second client, behind it in the file, has made a file.
cat >"$work/waits.smb" <<'END'
{"ev":"logon","c":0}
{"ev":"send","c":1,"fields":{"command":"NEGOTIATE","body.client_guid":"7365636f6e642d636c69656e742d3031"}}
{"ev":"logon","c":1}
{"ev":"send","c":0,"fields":{"command":"CREATE","body.name":"locked"},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":0,"label":"waits","fields":{"command":"LOCK","body.locks":[{"offset":0,"length":10,"flags":2}]},
 "expect":{"interim":true}}
{"ev":"recv","c":0,"answers":"waits","expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":0,"fields":{"command":"CLOSE"},"expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":1,"fields":{"command":"CREATE","body.name":"made","body.create_disposition":2},
 "expect":{"status":"STATUS_SUCCESS"}}
{"ev":"send","c":1,"fields":{"command":"CLOSE"},"expect":{"status":"STATUS_SUCCESS"}}
END
# held ORDER [OPTION ...]: plays it beside the holder of the lock.
held() {
	local holder
	"$lab/share-reset" -r "$work/server"
	coproc HOLDER { "$tests/live/lock_holder.py" "$port" locked "$work/server/share/test/made" 2>"$work/holder"; }
	holder=$HOLDER_PID
	if ! read -r -t 20 <&"${HOLDER[0]}"; then
		fail "nobody holds the lock" "$work/holder"
		finish
	fi
	order "$work/waits.smb" "$@"
	touch "$work/server/share/test/made"
	wait "$holder"
}
held causal
if ((status == 0)); then
	pass "causal: a client whose lock waits holds up nobody else"
else
	fail "causal: another client waits: exit status $status" "$work/out" "$work/holder"
fi
held total --timeout=1
if ((status == 1)) && grep -q 'missing: LOCK response' "$work/out"; then
	pass "total: it holds up all"
else
	fail "total: exit status $status" "$work/out"
fi
finish
