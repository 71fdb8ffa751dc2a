#!/bin/bash
# Captures of others, replayed against a private smbd that was provisioned with their state: the quick ones. And a user
# whom the live server makes a guest.
set -u
. "$(dirname "$0")/lib.sh"
make_work

# Signed requests of the recorded user would be refused of a guest, who has no key.
start_server 'map to guest=bad user' 'guest account=smbtest' 'test/guest ok=yes'
"$SMBENCH" compile -q "$tests/captures/smbclient-311-signed.pcap" -o "$work/signed.smb"
credentials='LAB/nobody-known%x' replay "$work/signed.smb" --audit >"$work/out" 2>&1
if grep -q $'\tguest\t' "$work/out" && ! grep -q 'CREATE .*STATUS_ACCESS_DENIED' "$work/out" &&
	! grep -q $'\tUNDECLARED\t' "$work/out" && grep -q '^83 of 83 recorded answers came' "$work/out"; then
	pass "a live guest's requests are not signed"
else
	fail "a live guest" "$work/out"
fi
"$lab/smbd-stop" "$work/server"

if [[ ! -d $SMBENCH_CAPTURES ]]; then
	skip "the captures of others ($SMBENCH_CAPTURES) are not here"
	finish
fi
# impacket seals one message for no session: no secret opens it, and the rest can be played.
"$SMBENCH" info --password 'enum-a%LabAdm1!' "$SMBENCH_CAPTURES/samr-lab__acl_2.1_local_groups.pcapng" >"$work/info" 2>&1
if grep -q '^verdict: replayable in part' "$work/info" && grep -q ' --leave-sealed-out$' "$work/info"; then
	pass "one message that stays sealed does not make a capture unplayable"
else
	fail "one message that stays sealed" "$work/info"
fi
"$lab/field" --quick --captures "$SMBENCH_CAPTURES" >"$work/log" 2>"$work/err"
status=$?
add_counts "$work/log" || fail "field: exit status $status" "$work/log" "$work/err"

# A recording in which one status was edited must make it fail.
mkdir "$work/edited"
python3 - "$SMBENCH_CAPTURES/zeek__smb2.pcap" "$work/edited/zeek__smb2.pcap" <<'PYTHON' || fail "the recording cannot be edited"
import sys
from pathlib import Path
data = Path(sys.argv[1]).read_bytes()
assert data.count(b"\x35\x00\x00\xc0") == 1
Path(sys.argv[2]).write_bytes(data.replace(b"\x35\x00\x00\xc0", b"\x34\x00\x00\xc0"))
PYTHON
"$lab/field" --captures "$work/edited" zeek__smb2.pcap >"$work/log" 2>&1
status=$?
if ((status == 1)) && grep -q '49 of 50 .* NO REASON: 1 CREATE, STATUS_OBJECT_NAME_NOT_FOUND, ' "$work/log"; then
	pass "an edited recording makes the suite fail"
else
	fail "an edited recording: exit status $status" "$work/log"
fi
finish
