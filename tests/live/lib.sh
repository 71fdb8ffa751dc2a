# Sourced by the live suites and other script tests: counting, a work folder, a private smbd.
# shellcheck shell=bash

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lab=$tests/lab
SMBENCH=${SMBENCH:-./smbench}
passed=0 failed=0 skipped=0
# Captures of others; not part of the project.
SMBENCH_CAPTURES=${SMBENCH_CAPTURES:-$tests/../../shared/captures}

pass() {
	((++passed))
	echo "ok: $*"
}

# fail NAME [FILE ...]: with what explains it.
fail() {
	local file
	((++failed))
	echo "FAILED: $1"
	shift
	for file; do
		[[ -s $file ]] && tail -n 30 "$file" | sed 's/^/	/'
	done
	return 0
}

skip() {
	((++skipped))
	echo "skip: $*"
}

# The closing line and the exit status.
finish() {
	echo "$passed passed, $failed failed, $skipped skipped"
	((failed == 0))
	exit
}

make_work() {
	work=$(mktemp -d)
	chmod 755 "$work"
	trap clean_up EXIT
	trap 'exit 143' INT TERM HUP
	if [[ ! -x $SMBENCH ]]; then
		fail "no smbench at $SMBENCH; set SMBENCH"
		finish
	fi
	SMBENCH=$(cd "$(dirname "$SMBENCH")" && pwd)/${SMBENCH##*/}
}

clean_up() {
	trap - EXIT
	[[ -e $work/server/smb.conf ]] && "$lab/smbd-stop" "$work/server"
	for pidfile in "$work"/*.tcpdump/pid; do
		[[ -e $pidfile ]] && "$lab/capture-stop" --kill "${pidfile%.tcpdump/pid}"
	done
	rm -rf "$work"
}

# start_server [OPTION=VALUE ...]: sets `port`.
start_server() {
	if ! port=$("$lab/smbd-start" "$work/server" 0 "$@" 2>"$work/server.err"); then
		fail "no private smbd" "$work/server.err"
		finish
	fi
}

credentials='LAB/smbtest%Secret1x'

# replay WORKLOAD [OPTION ...]: against the private server; its exit status.
replay() {
	timeout -k 5 60 "$SMBENCH" replay "$1" //127.0.0.1 -p "$port" -U "$credentials" "${@:2}"
}
