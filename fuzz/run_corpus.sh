#!/bin/sh
# Runs every fuzz target over its committed corpus and its old crashes; part of `make check`.
set -eu
src=${srcdir:-.}
ran=0
for target in ./fuzz/fuzz_*; do
	case $target in *.o | *.c | *.dSYM) continue ;; esac
	[ -x "$target" ] || continue
	name=${target##*/}
	set --
	for f in "$src/fuzz/corpus/$name"/* "$src/fuzz/repro/$name"/*; do
		[ -f "$f" ] && set -- "$@" "$f"
	done
	[ $# -gt 0 ] || { echo "$name: no corpus"; exit 1; }
	echo "$name: $#"
	if ! "$target" "$@" >"$name.corpus.log" 2>&1; then
		tail -40 "$name.corpus.log"
		exit 1
	fi
	rm -f "$name.corpus.log"
	ran=$((ran + 1))
done
[ "$ran" -gt 0 ] || { echo "no fuzz target was built"; exit 1; }
