# files.sh - files that cannot be read or written: status 1, and one line that names the file and what is wrong with it

norm_fails() {		# NAME FILE PATTERN ARGUMENT...
	check "$1" fails "$2" "$3" norm "${@:4}" -o scratch/y.npy
}

# Malformed .npy files, made by npy.py with what must be said of each.
mkdir bad good
npy corpus bad >corpus.txt
while IFS=$'\t' read -r name say; do
	norm_fails "malformed: $name" "bad/$name.npy" "$say" "bad/$name.npy"
done <corpus.txt

# Valid ones, however unusual, give what the usual one gives.
npy valid good >valid.txt
lnorm norm good/usual.npy -o usual-y.npy
same_as_usual() {	# the scalar kernels too: they are the ones in which a sanitizer sees a misaligned address
	lnorm norm "good/$1.npy" -o y.npy && cmp y.npy usual-y.npy && lnorm norm "good/$1.npy" -o z.npy --isa scalar
}
while read -r name; do
	check "valid: $name" same_as_usual "$name"
done <valid.txt
unusual_parameters() {
	npy make g1.npy 3
	npy make g2.npy 1x3
	python3 - <<-'P'
		content = open("g1.npy", "rb").read()
		text = content[10:-12].strip()
		text += b" " * (1 + -(10 + len(text)) % 4)
		open("g3.npy", "wb").write(content[:8] + bytes([len(text), 0]) + text + content[-12:])
	P
	for g in g1 g2 g3; do
		lnorm norm x.npy -o y-$g.npy --gamma $g.npy --beta $g.npy || return 1
	done
	cmp y-g1.npy y-g2.npy && cmp y-g1.npy y-g3.npy
}
check "valid: gamma and beta of another shape, and misaligned" unusual_parameters

# Inputs that are no such file.
norm_fails "input: missing" no.npy 'No such file' no.npy
norm_fails "input: a folder" bad 'is a directory' bad
mkfifo pipe
norm_fails "input: a pipe" pipe 'is a pipe or a device; a regular file is needed' pipe
norm_fails "input: a device" /dev/null 'is a pipe or a device' /dev/null
if [ "$(id -u)" -ne 0 ]; then
	cp x.npy secret.npy
	chmod 0 secret.npy
	norm_fails "input: no permission" secret.npy 'Permission denied' secret.npy
else
	skip "input: no permission" "run by root, who may read all"
fi

# Shapes that do not fit.
npy make x234.npy 2x3x4
npy make x50.npy 5x0
npy make x0.npy 0
npy make g5.npy 5
norm_fails "axis: too large" x234.npy 'axis 3 is out of range for shape \(2, 3, 4\); valid are -3 to 2' x234.npy --axis 3
norm_fails "axis: too small" x234.npy 'axis -4 is out of range for shape \(2, 3, 4\); valid are -3 to 2' x234.npy --axis -4
norm_fails "axis: the largest integer" x234.npy 'axis 9223372036854775807 is out of range' x234.npy --axis 9223372036854775807
norm_fails "no columns" x50.npy 'no columns to normalise: shape \(5, 0\) has a 0 from axis -1 on' x50.npy
norm_fails "no columns, 1 dimension" x0.npy 'no columns to normalise: shape \(0,\)' x0.npy
norm_fails "gamma: wrong length" g5.npy '5 elements, shape \(5,\), but each row of x.npy has 3 columns' x.npy --gamma g5.npy
norm_fails "beta: wrong length" g5.npy '5 elements, shape \(5,\), but each row of x.npy has 3 columns' x.npy --beta g5.npy
norm_fails "gamma: wrong length for the axis" g1.npy '3 elements.*has 12 columns' x234.npy --axis 1 --gamma g1.npy
norm_fails "gamma: malformed" bad/int64.npy 'dtype' x.npy --gamma bad/int64.npy
norm_fails "beta: missing" no.npy 'No such file' x.npy --beta no.npy
check "check: expected output of another shape" \
	fails x234.npy 'shape \(2, 3, 4\), but x.npy has shape \(2, 3\)' check x.npy --expect x234.npy
npy make x05.npy 0x5
check "check: no rows" fails x05.npy 'no rows to check' check x05.npy

# Outputs that cannot be.
check "output: no such folder" fails no/y.npy 'no temporary file can be made in its folder: No such file' norm x.npy -o no/y.npy
check "output: a folder" fails bad 'it is not a regular file' norm x.npy -o bad
# Never the real /dev/null: a broken tool, run by root, would put a file in its place for the whole machine.
if mknod null c 1 3 2>/dev/null; then
	check "output: a device" fails null 'it is not a regular file' norm x.npy -o null
	check "output: the device is still one" test -c null
else
	skip "output: a device" "no permission to make one"
fi
check "output: a pipe" fails pipe 'it is not a regular file' norm x.npy -o pipe
check "output: the empty name" fails "" 'No such file' norm x.npy -o ""
check "output: the empty name leaves no temporary file" eval '! ls -A | grep -q "^.lnorm-"'
ln -s nowhere/y.npy dangling
check "output: a dangling link" fails dangling 'it is a symbolic link to a file that does not exist' norm x.npy -o dangling
clean_names() {		# a name with an escape sequence, a line end and a letter of two bytes
	local name=$'\e[31mred\n\xc3\xa9\x9b1m.npy'
	lnorm check "$name" 2>err.txt
	cat -v err.txt
	cp x.npy "$name" && lnorm check "$name" >out.txt && rm "$name"
	[ "$(wc -l <err.txt)" -eq 1 ] && ! LC_ALL=C grep -q $'[\e\x9b]' err.txt && head -n 1 out.txt | grep -q '^?\[31mred?' &&
		! LC_ALL=C grep -q $'[\e\x9b]' out.txt
}
check "names: no escape sequence reaches the terminal" clean_names
if [ "$(id -u)" -ne 0 ]; then
	cp x.npy readonly.npy
	chmod 444 readonly.npy
	check "output: read only" fails readonly.npy 'Permission denied' norm x.npy -o readonly.npy
else
	skip "output: read only" "run by root, who may write all"
fi
if [ -w /dev/full ]; then
	full() {
		! lnorm info >/dev/full 2>err.txt && grep -q '^lnorm: standard output: No space left' err.txt
	}
	check "standard output: full" full
	full_help() {
		! lnorm "$@" >/dev/full 2>err.txt && grep -q '^lnorm: standard output: No space left' err.txt
	}
	for option in --help --version; do
		check "standard output: full, $option" full_help $option
	done
	check "standard output: full, help of a command" full_help norm --help
else
	skip "standard output: full" "no /dev/full here"
fi
