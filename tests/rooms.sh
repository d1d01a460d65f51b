#!/bin/sh
# rooms.sh - which folder of src/ uses which, by what its files include and what their objects call; fails where that, or which file calls
# which, goes in a circle
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

room() { # the folder of src/ that each path on standard input lies in
	sed -E 's|^src/([^/]*)/.*|\1|; s|^src/.*|ground|'
}
object() { echo "$work/$(echo "$1" | tr / :).o"; }
printf '%s\n' src/*.c src/*/*.c > "$work/sources"
while read -r source; do
	printf '%s\0-o\0%s\0' "$source" "$(object "$source")"
done < "$work/sources" | xargs -0 -n 3 -P "$(nproc)" cc -w -O0 -Iinclude -Isrc -MMD -c
while read -r source; do
	from=$(echo "$source" | room)
	made=$(object "$source")
	sed 's/\\$//' "${made%.o}.d" | tr ' ' '\n' | grep '^src/.' | room | sort -u | sed "s/^/$from /" >> "$work/includes"
	nm --defined-only -g "$made" | awk -v file="$source" '{ print $3, file }' >> "$work/defined"
	nm -u "$made" | awk -v file="$source" '{ print $2, file }' >> "$work/called"
done < "$work/sources"
sort -u -o "$work/defined" "$work/defined"
sort -u "$work/called" | join "$work/defined" - | cut -d ' ' -f 2- | awk '{ print $2, $1 }' | sort -u > "$work/calls"
[ "$(wc -l < "$work/calls")" -ge 50 ] || { echo "rooms.sh: too few calls to be true"; exit 1; }

if ! tsort < "$work/calls" > "$work/order" 2> "$work/circle"; then
	echo "BROKEN  files of src/ call each other in a circle:"
	sed 's/^tsort: //' "$work/circle"
	exit 1
fi
echo "ok      each file of src/ calls only files below it, in this order:"
sed "s/^/        /" "$work/order"

while read -r from to; do
	echo "$(echo "$from" | room) $(echo "$to" | room)"
done < "$work/calls" >> "$work/includes"
sort -u "$work/includes" | awk '$1 != $2' > "$work/uses"
if ! tsort < "$work/uses" > "$work/floors" 2> "$work/circle"; then
	echo "BROKEN  the rooms of src/ use each other in a circle:"
	sed 's/^tsort: //' "$work/circle"
	exit 1
fi
echo "ok      each room of src/ uses only rooms below it:"
while read -r name; do
	printf '        %-10s %s\n' "$name" "$(sed -n "s/^$name //p" "$work/uses" | tr '\n' ' ')"
done < "$work/floors"
