#!/bin/sh
# A folder of src includes only what its .may_include lists: folders below it, and the third-party headers that it owns.
set -eu
src=${srcdir:-.}/src
third='<(cjson|event2|gssapi|krb5|openssl|pcap|cmocka)|<(zlib|zstd|xxhash|uthash|cJSON|pcap|event)\.h'
bad=0
files=0
for list in "$src"/.may_include "$src"/*/.may_include; do
	folder=${list%/.may_include}
	name=${folder#"$src"}
	name=${name#/}
	for file in "$folder"/*.[ch]; do
		[ -e "$file" ] || continue
		files=$((files + 1))
		while IFS= read -r header; do
			case $header in
			'"config.h"') continue ;;
			'"'*/*) what=${header#\"} what=${what%%/*} ;;
			'"'*)
				# Without a folder: only the program's own files use each other so.
				[ -z "$name" ] && continue
				what=$header
				;;
			*)
				echo "$header" | grep -qE "$third" || continue
				what=
				while IFS= read -r allowed; do
					case $allowed in '<'*) case $header in "$allowed"*) what=ok ;; esac ;; esac
				done <"$list"
				[ "$what" = ok ] && continue
				what=$header
				;;
			esac
			[ "$what" = "$name" ] || grep -qxF "$what" "$list" || {
				echo "$file includes $header, which $name/.may_include does not list"
				bad=$((bad + 1))
			}
		done <<-LIST
			$(sed -nE 's/^#[ ]*include[ ]+(["<][^">]*[">]).*/\1/p' "$file")
		LIST
	done
done
[ "$files" -gt 20 ] || { echo "only $files files found in $src"; exit 1; }
echo "$files files checked, $bad wrong includes"
[ "$bad" -eq 0 ]
