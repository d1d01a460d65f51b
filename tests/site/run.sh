#!/usr/bin/env bash
# run.sh - makes the site and opens every page of it in a browser: headings, styles, pictures, links, and the search
set -eu
cd "$(dirname "$0")/../.."
scripts/need chromium
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT

scripts/site "$work/site"
cp tests/site/check.html "$work"
(cd "$work" && find site -name '*.html' ! -name genindex.html ! -name search.html ! -path site/index.html | sort > pages.txt)
[ "$(wc -l < "$work/pages.txt")" -ge 30 ] || { echo "too few pages to be true"; exit 1; }
for page in site/README.html site/docs/numerics.html site/manual/libln.html; do
	grep -qx "$page" "$work/pages.txt" || { echo "there is no $page"; exit 1; }
done

# The server takes a free port and says which.
python3 -u -m http.server --bind 127.0.0.1 --directory "$work" 0 > "$work/server.log" 2> "$work/requests.log" &
server=$!
for _ in $(seq 50); do
	port=$(sed -nE 's/.* port ([0-9]+) .*/\1/p' "$work/server.log")
	[ -z "$port" ] || break
	sleep 0.1
done
# A container has no sandbox of its own for the browser, and what it opens is ours.
timeout 150 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$work/profile" --virtual-time-budget=120000 --dump-dom \
	"http://127.0.0.1:$port/check.html" > "$work/dom.html" 2> "$work/browser.log" || { cat "$work/browser.log"; exit 1; }
sed -n '/<pre id="report">/,/<\/pre>/p' "$work/dom.html" | sed 's/<[^>]*>//g'
grep -q 'by the search, 0 faults' "$work/dom.html"
