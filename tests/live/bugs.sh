#!/bin/bash
# Published Samba bugs show again on the installed Samba, and recordings of a fixed one differ where the fix acts;
# with LAB_NEXT, the other way round too.
set -u
. "$(dirname "$0")/lib.sh"
make_work

if [[ ! -d $SMBENCH_CAPTURES/bugs ]]; then
	skip "the captures of Samba bugs ($SMBENCH_CAPTURES/bugs) are not here"
	finish
fi
if [[ $(smbd --version) != *\ 4.17.* ]]; then
	skip "the installed Samba is $(smbd --version): the bugs are those of 4.17"
	finish
fi
"$lab/bugs" --captures "$SMBENCH_CAPTURES/bugs" >"$work/log" 2>&1
status=$?
add_counts "$work/log" || fail "bugs: exit status $status" "$work/log"

# A recording whose bug was edited away must make the suite fail.
mkdir "$work/edited"
cp "$SMBENCH_CAPTURES"/bugs/b15699_qar.*.pcap "$work/edited"
python3 - "$work"/edited/b15699_qar.old-*.pcap <<'PYTHON' || fail "the recording cannot be edited"
import sys
from pathlib import Path
capture = Path(sys.argv[1])
data = capture.read_bytes()
assert data.count(b"\x23\x00\x00\xc0") == 1
capture.chmod(0o644)
capture.write_bytes(data.replace(b"\x23\x00\x00\xc0", b"\x22\x00\x00\xc0"))
PYTHON
LAB_NEXT= "$lab/bugs" --captures "$work/edited" b15699_qar >"$work/log" 2>&1
status=$?
if ((status == 1)) && grep -q '^1 passed, 1 failed, 0 skipped$' "$work/log"; then
	pass "an edited recording makes the suite fail"
else
	fail "an edited recording: exit status $status" "$work/log"
fi
finish
