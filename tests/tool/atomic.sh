# atomic.sh - the output appears whole or not at all, whatever happens

# 2^27 rows of one column take no space as input, and the slowest kernels more than a second.
npy sparse long.npy 134217728 1

ended_by() {		# SIGNAL - a long job, sent the signal once its temporary file is there, is ended by it
	# whoever runs the tests in the background may ignore signals, and what is ignored is inherited
	LN_ISA=scalar npy kill "$1" scratch env --default-signal "${command[@]}" norm long.npy -o scratch/y.npy | grep -x "SIG$1"
}
for s in INT TERM HUP QUIT PIPE ALRM USR1 USR2 XCPU VTALRM PROF IO PWR SYS RTMIN; do
	check "signal: SIG$s leaves nothing" eval "ended_by $s && clean"
done

closed_pipe() {		# standard error is a pipe that nobody reads: SIGPIPE, when the progress is shown or a fault is told
	mkfifo reader
	LN_ISA=scalar env --default-signal "${command[@]}" norm long.npy -o scratch/y.npy --mean "scratch/no/such" 2>reader &
	exec 9<reader
	exec 9<&-
	wait $!
	[ $? -ne 0 ] && clean
}
check "signal: SIGPIPE of a closed standard error leaves nothing" closed_pipe

old_kept() {		# SIGNAL - an old file of that name is untouched
	find scratch -type f -delete
	cp m.npy scratch/y.npy
	ended_by "$1" && cmp m.npy scratch/y.npy
}
check "signal: SIGTERM keeps the old file" eval 'old_kept TERM && [ "$(ls -A scratch)" = y.npy ]'
check "signal: SIGKILL keeps the old file" old_kept KILL
find scratch -type f -delete

await_temporary() {	# PID
	local tries
	for ((tries = 0; tries < 500; tries++)); do
		[ -n "$(find scratch -name '.lnorm-*')" ] && return 0
		kill -0 "$1" || return 1
		sleep 0.01
	done
	return 1
}
ignored_hangup() {
	npy sparse short.npy 16777216 1
	(
		trap '' HUP
		LN_ISA=scalar "${command[@]}" norm short.npy -o scratch/y.npy &
		child=$!
		await_temporary $child && kill -HUP $child
		wait $child
	) && npy layout scratch/y.npy
	local result=$?
	find scratch -type f -delete
	return $result
}
check "signal: SIGHUP stays ignored under nohup" ignored_hangup

# The input becomes shorter while it is read: an error, not a crash.
shortened() {
	cp --sparse=always long.npy shrinks.npy
	LN_ISA=scalar "${command[@]}" norm shrinks.npy -o scratch/y.npy 2>err.txt &
	local child=$!
	await_temporary $child && truncate -s 1000 shrinks.npy
	wait $child
	local status=$?
	cat err.txt
	[ $status -eq 1 ] && grep -q '^lnorm: an input file was shortened' err.txt && clean
}
if [ $last -eq 0 ]; then
	check "input: shortened while it is read" shortened
else
	skip "input: shortened while it is read" "the emulator ends first"
fi

size_limit() {
	npy make 1mb.npy 1024x256
	(
		ulimit -f 100
		fails scratch/y.npy 'cannot be written, 1048704 bytes: File too large' norm 1mb.npy -o scratch/y.npy
	)
}
check "output: over the limit of file sizes" size_limit

# Of several files one cannot take its place: the others have theirs back, or are gone again.
in_others_folder() {	# OLD - a folder where nobody may replace the file of root; OLD: whether there is an old y.npy
	find scratch -type f -delete
	rm -rf others own && mkdir others own && cp m.npy others/mean.npy && chmod 666 others/mean.npy && chmod 1777 others && chmod 777 own
	[ -z "$1" ] || { cp x.npy own/y.npy && chown 65534 own/y.npy; }
	chmod 755 "$work"
	setpriv --reuid=65534 --clear-groups "${command[@]}" norm m.npy -o own/y.npy --mean others/mean.npy 2>err.txt
	local status=$?
	cat err.txt
	[ $status -eq 1 ] && grep -q '^lnorm: others/mean.npy: cannot be written: ' err.txt && [ "$(ls -A others)" = mean.npy ] &&
		cmp m.npy others/mean.npy && if [ "$1" ]; then [ "$(ls -A own)" = y.npy ] && cmp x.npy own/y.npy; else [ -z "$(ls -A own)" ]; fi
}
if [ "$(id -u)" -eq 0 ] && setpriv --reuid=65534 --clear-groups "${command[@]}" info >/dev/null 2>&1; then
	check "output: a second file that cannot be replaced leaves the first as it was" in_others_folder old
	check "output: or away" in_others_folder ""
else
	skip "output: of two files the second cannot be replaced" "only root can be another user"
fi

# A full disk, on a file system of 2 MB.
on_small_disk() {
	unshare -m bash -c 'mount -t tmpfs -o size=2m none scratch && "$@"' _ "$@"
}
full_disk() {
	npy make 4mb.npy 1024x1024
	cat >full.sh <<-'S'
		cp "$1" scratch/y.npy || exit 1
		"${@:2}" norm 4mb.npy -o scratch/y.npy 2>err.txt
		status=$?
		cat err.txt
		[ $status -eq 1 ] && cmp "$1" scratch/y.npy && [ "$(ls -A scratch)" = y.npy ] &&
			grep -q '^lnorm: scratch/y.npy: cannot be written, 4194432 bytes: No space left on device$' err.txt
	S
	on_small_disk bash full.sh m.npy "${command[@]}"
}
if on_small_disk true 2>/dev/null; then
	check "output: a full disk" full_disk
else
	skip "output: a full disk" "no permission to mount a small one"
fi

# The progress bar: on a terminal, for long jobs, and gone when they end.
bar_shown() {
	LN_ISA=scalar npy pty TERM "${command[@]}" norm long.npy -o scratch/y.npy >shown.txt
	cat shown.txt
	grep -qE '^\[#*\.*\] +[0-9]+ %  [0-9.]+ GB/s  [0-9]+ (s|min) left(SIGTERM)?$' shown.txt &&
		grep -q 'SIGTERM$' shown.txt && clean
}
no_bar_when_quick() {
	npy pty NONE "${command[@]}" norm m.npy -o y.npy | diff - <(echo 'status 0')
}
no_bar_in_a_file() {
	LN_ISA=scalar "${command[@]}" norm long.npy -o scratch/y.npy 2>err.txt &
	local child=$!
	sleep 0.8
	kill $child
	wait $child
	[ ! -s err.txt ] && clean
}
bar_fits() {
	LN_ISA=scalar COLUMNS=40 npy pty TERM "${command[@]}" norm long.npy -o scratch/y.npy >shown.txt
	cat shown.txt
	grep -q '%' shown.txt && ! grep -qE ".{40}" <(sed 's/SIGTERM$//' shown.txt) && clean
}
check "progress: a bar on a terminal" bar_shown
check "progress: no wider than the terminal" bar_fits
check "progress: none for a quick job" no_bar_when_quick
check "progress: none in a file" no_bar_in_a_file
