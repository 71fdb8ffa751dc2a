#!/bin/sh
# The manual and the program agree: what --help lists stands in the page's "Options of COMMAND", and nothing else; the pages are
# well-formed.
set -eu
src=${srcdir:-.}
smbench=${SMBENCH:-./smbench}
page=$src/man/smbench.1
bad=0

complain() {
	echo "$1"
	bad=$((bad + 1))
}

# Options of a command as --help lists them, at the start of a line: "-n", "--number".
help_options() {
	"$smbench" "$1" --help | sed -nE 's/^  +(-.*)/\1/p' | sed -E 's/  .*//' | grep -oE '(^|[ ,])--?[A-Za-z][a-z-]*' |
		tr -d ' ,' | sort -u
}

# The same as the page has them: "Fl n", "Fl -number".
page_options() {
	sed -n "/^\.Ss Options of $1\$/,/^\.S[sh] /p" "$page" | grep '^\.It Fl' | tail -n +1 |
		grep -oE 'Fl (-[a-z][a-z-]*|[A-Za-z])' | sed 's/Fl /-/' | sort -u
}

commands=$("$smbench" --help | sed -nE 's/^  ([a-z]+) .*/\1/p')
[ -n "$commands" ] || { echo "no commands in --help"; exit 1; }
for command in $commands; do
	"$smbench" "$command" --help >/dev/null || complain "$command --help: exit status $?"
	# -h and --help stand in the page once for all.
	for option in $(help_options "$command" | grep -vxE -e '-h|--help'); do
		page_options "$command" | grep -qxF -e "$option" || complain "$command $option is not in the manual"
	done
	for option in $(page_options "$command"); do
		help_options "$command" | grep -qxF -e "$option" || complain "$command $option is in the manual, not in --help"
	done
done
for file in "$src"/man/*.[1-9]; do
	if command -v mandoc >/dev/null; then
		mandoc -Tlint -Wwarning "$file" || complain "$file: mandoc"
	fi
	if command -v groff >/dev/null; then
		said=$(groff -mdoc -ww -z -Tutf8 "$file" 2>&1)
		[ -z "$said" ] || complain "$file: groff: $said"
	fi
done
echo "$bad faults in the manual"
[ "$bad" -eq 0 ]
