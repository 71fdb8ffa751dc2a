# Sourced by the live suites and other script tests: counting, a work folder, a private smbd.
# shellcheck shell=bash

# A network and a /run/samba of its own: other servers, their ports and their traffic are not there, however many tests run.
own_network='ip link set lo up && mkdir -p /run/samba && mount -t tmpfs -o mode=755 tmpfs /run/samba'
if [[ ! ${EXAMPLE_NETWORK-} ]] && unshare -n -m bash -c "$own_network" 2>/dev/null; then
	EXAMPLE_NETWORK=1 exec unshare -n -m bash -c "$own_network"' && exec "$0" "$@"' "$0" "$@"
fi

tests=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
lab=$tests/lab
SMBENCH=${SMBENCH:-./smbench}
passed=0 failed=0 skipped=0 work=
# Captures of others; not part of the project.
SMBENCH_CAPTURES=${SMBENCH_CAPTURES:-$tests/../../shared/captures}

pass() {
	((++passed))
	echo "ok: $*"
	said_by_server >/dev/null
}

# fail NAME [FILE ...]: with what explains it, and what the server has said since the last verdict.
fail() {
	local file
	((++failed))
	echo "FAILED: $1"
	shift
	for file; do
		[[ -s $file ]] && tail -n 30 "$file" | sed 's/^/	/'
	done
	said_by_server
	return 0
}

server_log_seen=0
said_by_server() {
	local log=$work/server/log/smbd.log size
	size=$(stat -c %s "$log" 2>/dev/null) || return 0
	((size >= server_log_seen)) || server_log_seen=0
	tail -c "+$((server_log_seen + 1))" "$log" | tail -n 30 | sed 's/^/	smbd: /'
	server_log_seen=$size
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
limit=60 # seconds that a run may take

# run COMMAND...: exit status in `status`, output in $work/out.
run() {
	status=0
	timeout -k 5 "$limit" "$@" >"$work/out" 2>&1 || status=$?
}

# expect NAME STATUS [PATTERN ...]: of the last run.
expect() {
	local name=$1 wanted=$2 pattern
	shift 2
	if ((status != wanted)); then
		fail "$name: exit status $status, not $wanted" "$work/out"
		return
	fi
	for pattern; do
		if ! grep -qE -- "$pattern" "$work/out"; then
			fail "$name: no '$pattern'" "$work/out"
			return
		fi
	done
	pass "$name"
}

# equal NAME WHAT WANTED
equal() {
	if [[ $2 == "$3" ]]; then
		pass "$1"
	else
		fail "$1: $2, not $3" "$work/out"
	fi
}

# count FILTER: the frames of the second capture that tshark finds it in.
count() {
	tshark -r "$work/second.pcap" -d "tcp.port==$port,nbss" -Y "$1" 2>/dev/null | wc -l
}

# add_counts LOG: of a suite within this one, which ends as this one does.
add_counts() {
	[[ $(tail -n 1 "$1") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed,\ ([0-9]+)\ skipped$ ]] || return 1
	sed '$d' "$1"
	((passed += BASH_REMATCH[1], failed += BASH_REMATCH[2], skipped += BASH_REMATCH[3]))
	return 0
}

# replay WORKLOAD [OPTION ...]: against the private server; its exit status.
replay() {
	timeout -k 5 "$limit" "$SMBENCH" replay "$1" //127.0.0.1 -p "$port" -U "$credentials" "${@:2}"
}
