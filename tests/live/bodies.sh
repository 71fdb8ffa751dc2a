#!/bin/bash
# What differs inside of answers to QUERY_INFO and QUERY_DIRECTORY is named, and nothing else is.
set -u
. "$(dirname "$0")/lib.sh"
make_work
start_server "enable core files=no" "admin users=smbtest"

# prepared WORKLOAD: on shares as they were before the recording, but for what is done in `change`.
prepared() {
	local root=$work/server/share/test
	"$lab/share-reset" "$work/server" >"$work/log" 2>&1 || fail "no fresh server" "$work/log"
	"$lab/smbclient-session" "$work/server" --prepare
	(cd "$root" && eval "$change") || fail "$change" "$root"
	replay "$1" --pace=none --timeout=3 --run "$work/run" >"$work/out" 2>"$work/err"
	grep -E '^(#|live)' "$work/out" | sed 's/^[^:]*: //' >"$work/said"
}

# is_said NAME: exactly the lines of standard input, in any order.
is_said() {
	if diff <(sort) <(sort "$work/said") >"$work/diff"; then
		pass "$1"
	else
		fail "$1" "$work/diff" "$work/err"
	fi
}

"$SMBENCH" compile -f "$tests/captures/smbclient-311-signed.pcap" -o "$work/smb" >"$work/log" 2>&1 ||
	fail "compile" "$work/log"
change=true
prepared "$work/smb"
is_said "a listing as recorded" </dev/null

change='printf more >>two.txt; printf x >stray.txt; chmod a+w stray.txt'
prepared "$work/smb"
is_said "a listing of other files" <<END
field: QUERY_DIRECTORY response entry "two.txt": end_of_file: expected 0x0000000000000004, got 0x0000000000000008
field: QUERY_DIRECTORY response entry "stray.txt": expected absent, got present
END

# On the page both are marked, and only they; of the entry that only one side has, what is compared.
"$SMBENCH" compare --html "$work/page.html" "$work/smb" "$work/run" >"$work/log" 2>&1
sed -n 's/^<tr class="differs"><th[^>]*>\(.*\)<\/th>.*/\1/p' "$work/page.html" | sort -u | sed 's/&quot;/"/g' >"$work/said"
is_said "a listing on the page" <<END
entry "stray.txt": ea_size
entry "stray.txt": end_of_file
entry "stray.txt": file_attributes
entry "stray.txt": file_name
entry "two.txt": end_of_file
END

change='rm two.txt; touch one.txt; mkdir two.txt'
prepared "$work/smb"
is_said "a directory instead of a file" <<END
field: QUERY_DIRECTORY response entry "two.txt": end_of_file: expected 0x0000000000000004, got 0x0000000000000000
field: QUERY_DIRECTORY response entry "two.txt": file_attributes: expected 0x00000080, got 0x00000010
END

# Every information class and FSCTL there is; the recorded server had quotas.
"$SMBENCH" compile -f "$tests/captures/bodies.pcap" -o "$work/smb" >"$work/log" 2>&1 || fail "compile" "$work/log"
change='rm -rf *'
prepared "$work/smb"
at='field: QUERY_INFO response body.output_buffer'
is_said "all bodies, but for quotas" <<END
$at.default_quota_threshold: expected 0x0000000000019000, got 0x0000000000000000
$at.default_quota_limit: expected 0x0000000000032000, got 0x0000000000000000
$at.file_system_control_flags: expected 0x00000002, got 0x00000000
status: QUERY_INFO response status: expected STATUS_SUCCESS, got STATUS_NO_MORE_ENTRIES
status: SET_INFO response status: expected STATUS_ACCESS_DENIED, got STATUS_INVALID_PARAMETER
END
finish
