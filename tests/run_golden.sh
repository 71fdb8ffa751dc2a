#!/bin/sh
# Golden runs: each line of tests/golden/LIST is a name, an exit status and a command line of smbench; what it prints must be
# tests/golden/NAME.out. Each tests/captures/X.pcap stands in the work folder as X.pcap, compiled as X.smb, and each workload of
# tests/golden as it is. Of a page.html that a command writes, the text is added to what it prints.
#
#   run_golden.sh [--update]    --update (make update-golden) rewrites the expected files; review the difference
set -u
src=$(cd "${srcdir:-.}" && pwd)
smbench=$(cd "$(dirname "${SMBENCH:-./smbench}")" && pwd)/smbench
golden=$src/tests/golden
unset COLUMNS
update=${1:-}
work=$(mktemp -d) || exit 1

# The text of a page, a line for each piece between two tags.
page_text() {
	sed -e '/<style>/,/<\/style>/d' "$1" | sed -e 's/<[^>]*>/\n/g' | grep -v '^[[:space:]]*$'
}

trap 'rm -rf "$work"' EXIT
passed=0
failed=0

for capture in "$src"/tests/captures/*.pcap; do
	name=${capture##*/}
	cp "$capture" "$work/$name"
	"$smbench" compile --quiet -o "$work/${name%.pcap}.smb" "$capture" 2>"$work/err" || {
		cat "$work/err"
		exit 1
	}
done
for workload in "$golden"/*.smb; do
	cp -r "$workload" "$work/"
done
chmod -R u+w "$work"
while read -r name status command; do
	case $name in '' | '#'*) continue ;; esac
	got=0
	# shellcheck disable=SC2086 # the command line is words
	(cd "$work" && "$smbench" $command) >"$work/out" 2>&1 </dev/null || got=$?
	if [ -e "$work/page.html" ]; then
		page_text "$work/page.html" >>"$work/out"
		rm "$work/page.html"
	fi
	if [ "$update" = --update ]; then
		cp "$work/out" "$golden/$name.out"
	fi
	if [ "$got" -ne "$status" ]; then
		echo "FAILED: $name: exit status $got, not $status"
		head -n 5 "$work/out"
		failed=$((failed + 1))
	elif ! diff -u "$golden/$name.out" "$work/out" >"$work/diff"; then
		echo "FAILED: $name: smbench $command"
		head -n 40 "$work/diff"
		failed=$((failed + 1))
	else
		passed=$((passed + 1))
	fi
done <"$golden/LIST"
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
