# Sourced by the scripts: a work folder that is gone afterwards, a clean copy of the tree, a build of it.
# shellcheck shell=bash

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The tests' temporary folders go below this one, which the private servers' users must be able to enter.
make_work() {
	work=$(mktemp -d "${TMPDIR:-/tmp}/smbench.XXXXXX")
	chmod 755 "$work"
	export TMPDIR=$work
	trap clean_up EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
}

# Whatever was left running below the work folder, by its own pid files, then the folder.
clean_up() {
	local pidfile
	trap - EXIT
	while read -r pidfile; do
		"$root/tests/lab/smbd-stop" "${pidfile%/pid/smbd.pid}" || :
	done < <(find "$work" -path '*/pid/smbd.pid' 2>/dev/null)
	while read -r pidfile; do
		"$root/tests/lab/capture-stop" --kill "${pidfile%.tcpdump/pid}" || :
	done < <(find "$work" -path '*.tcpdump/pid' 2>/dev/null)
	chmod -R u+rwX "$work" 2>/dev/null || :
	rm -rf "$work"
}

# copy_tree DIR: the sources without what a build leaves, as they stand in the work tree.
copy_tree() {
	mkdir -p "$1"
	if git -C "$root" rev-parse --show-toplevel >/dev/null 2>&1; then
		(cd "$root" && git ls-files -z --cached --others --exclude-standard |
			while IFS= read -rd '' file; do
				[[ -e $file ]] && printf '%s\0' "$file"
			done | tar -c --null -T - | tar -x -C "$1")
	else
		cp -a "$root/." "$1"
	fi
}

# build SOURCE DIR [configure option ...]: out of tree.
build() {
	local source=$1 dir=$2
	shift 2
	[[ -x $source/configure ]] || (cd "$source" && autoreconf -i) || return 1
	mkdir -p "$dir"
	(cd "$dir" && "$source/configure" --enable-silent-rules "$@" && make -j"$(nproc)")
}
