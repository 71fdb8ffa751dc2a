# Sourced by the lab's scripts: the private server's facts, small checks and waits.
# shellcheck shell=bash

LAB_IP=${LAB_IP:-127.0.0.1}
LAB_USERS="smbtest smbtest2"
LAB_PASSWORD=Secret1x
LAB_WORKGROUP=LAB

die() {
	echo "${0##*/}: $*" >&2
	exit 2
}

# need PROGRAM...: stops with a reason when one is not installed.
need() {
	local p
	for p; do
		command -v "$p" >/dev/null || die "$p is missing (scripts/install-deps test)"
	done
}

# alive PID: runs; a zombie that its parent has not collected yet does not.
alive() {
	local stat
	{ read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
	[[ ${stat##*) } != Z* ]]
}

# await SECONDS COMMAND...: runs the command until it succeeds; fails at the deadline.
await() {
	local deadline=$((SECONDS + $1))
	shift
	until "$@"; do
		((SECONDS < deadline)) || return 1
		read -rt 0.02 <> <(:) || :
	done
}

# listeners IP PORT: the inodes of the sockets that listen there. Read from the kernel: a connection to try it would make smbd fork a
# child, whose end could fall into a capture.
listeners() {
	local hex
	printf -v hex '%02X%02X%02X%02X:%04X' $(awk -F. '{ print $4, $3, $2, $1 }' <<<"$1") "$2"
	awk -v at="$hex" '$2 == at && $4 == "0A" { print $10 }' /proc/net/tcp
}

# listens IP PORT: something does.
listens() {
	[[ $(listeners "$@") ]]
}

# owns PID IP PORT: that process listens there and no other one does: two smbd can have the same port, and each gets a part of the
# connections.
owns() {
	local inode
	inode=$(listeners "$2" "$3")
	[[ $inode ]] && readlink "/proc/$1/fd/"* 2>/dev/null | grep -qxF "socket:[$inode]"
}

# free_port IP: a port that nobody has bound now, below the range of outgoing connections.
free_port() {
	python3 -c 'import random, socket, sys
for port in random.sample(range(20000, 32000), 200):
    with socket.socket() as s:
        try:
            s.bind((sys.argv[1], port))
        except OSError:
            continue
    print(port)
    sys.exit(0)
sys.exit("no free port")' "$1"
}

# lab_launch DIR: starts smbd on DIR/smb.conf and waits until it listens. Fails when the port has got another server in the meantime.
lab_launch() {
	local dir=$1 port ip pid
	read -r port <"$dir/port"
	read -r ip <"$dir/ip"
	# A daemon must not hold the caller's pipes open.
	# A winbindd of the machine (that of a domain controller, say) would give this server's users other numbers.
	_NO_WINBINDD=1 "${LAB_SMBD:-smbd}" -s "$dir/smb.conf" -D >"$dir/log/start.log" 2>&1 </dev/null ||
		die "smbd: $(cat "$dir/log/start.log")"
	# The notify daemon is a process of its own: a watch that a client sets before that is there never fires.
	lab_ready() {
		pid=$(lab_pid "$dir") && listens "$ip" "$port" && grep -qsa notify-daemon "$dir/lock/names.tdb"
	}
	if await 60 lab_ready; then
		owns "$pid" "$ip" "$port" && return 0
		lab_halt "$dir"
		return 1
	fi
	lab_halt "$dir" || :
	die "smbd does not listen on $ip:$port: $(tail -20 "$dir/log/smbd.log")"
}

# lab_pid DIR [DAEMON]: the pid of the smbd (or other daemon) that runs on DIR; fails when there is none. A pid is reused
# after a crash, so only a process with this very configuration counts; samba's own process renames itself, but holds files there.
lab_pid() {
	local pid
	{ read -r pid <"$1/pid/${2-smbd}.pid"; } 2>/dev/null || [[ ${pid-} ]] || return 1
	alive "$pid" || return 1
	tr '\0' ' ' <"/proc/$pid/cmdline" | grep -qE -- "$1/(etc/)?smb.conf" ||
		readlink "/proc/$pid/fd/"* 2>/dev/null | grep -qF -- "$1/" || return 1
	echo "$pid"
}

# lab_halt DIR [DAEMON]: ends the smbd of DIR (or other daemon) and its children, no other process. A daemon and all that
# it ever forked are one session, named after its pid.
lab_halt() {
	local dir=$1 daemon=${2-smbd} pid signal=TERM
	if pid=$(lab_pid "$dir" "$daemon"); then
		session_gone() {
			local p left=()
			for p in $(pgrep -s "$pid"); do
				alive "$p" && left+=("$p")
			done
			((${#left[@]})) || return 0
			kill -s $signal "${left[@]}" 2>/dev/null || :
			return 1
		}
		if ! await 20 session_gone; then
			signal=KILL
			await 20 session_gone || die "$daemon $pid of $dir does not end"
		fi
	fi
	rm -f "$dir/pid/$daemon.pid"
	# smbd starts that one when a client wants RPC, and does not end it. It keeps files that the next smbd has not.
	[[ $daemon != smbd ]] || lab_halt "$dir" samba-dcerpcd
}

# lab_clear_shares DIR: all shares empty. A test can leave the root of a share with other rights, times or
# attributes, so that is made anew too.
lab_clear_shares() {
	local root
	for root in "$1"/share/*; do
		chattr -R -i -a "$root" 2>/dev/null || :
		rm -rf "$root"
		install -d -m 777 "$root"
	done
}

# Only loopback addresses are ever served.
lab_check_ip() {
	[[ $1 == 127.* ]] || die "LAB_IP=$1 is not a loopback address"
}
