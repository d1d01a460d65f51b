# reports.sh - lnorm info, selftest, bench and check: what they print, and that they see a broken library

data=$here/../../examples/data
lnorm info >info.txt
isas=$(awk '/^kernels/ { on = 1; $1 = "" } /^chosen/ { on = 0 } on { print $1 }' info.txt)
best=$(echo "$isas" | tail -n 1)

check "info: the CPU" grep -q '^cpu  *[^ ]' info.txt
check "info: scalar is unfused" grep -qE '^(kernels)? +scalar +unfused' info.txt
check "info: the best is chosen" grep -qxE "chosen +$best: the best that this CPU can run \(LN_ISA is not set\)" info.txt
check "info: versions" grep -qE '^library +([0-9.]+), lnorm was built with the header of \1$' info.txt
for isa in $isas; do
	check "info: LN_ISA=$isa is obeyed" eval "LN_ISA=$isa lnorm info | grep -qE '^chosen +$isa: LN_ISA=$isa asks for it'"
done
for isa in nonsense '' SCALAR; do
	check "info: LN_ISA='$isa' is ignored, and why" eval "LN_ISA='$isa' lnorm info |
		grep -qE '^chosen +$best: .*\(LN_ISA=$isa is ignored: unknown, or it cannot run on this CPU\)'"
done

check "selftest: passes" eval 'lnorm selftest >selftest.txt'
for isa in $isas; do
	check "selftest: $isa" grep -qE "^$isa +(un)?fused +[23][0-9]{4} .* OK$" selftest.txt
done

check "bench: one shape" eval 'lnorm bench --rows 4 --cols 64 >bench.txt'
for row in $isas memcpy; do
	check "bench: $row" grep -qE "^$row +4x64 +[0-9.]+ +[0-9.]+ +[0-9.]+$" bench.txt
done
check "bench: one kernel" eval '[ $(lnorm bench --rows 4 --cols 64 --isa scalar | grep -c 4x64) -eq 2 ]'
too_much() {
	lnorm bench --rows 4611686018427387904 --cols 64 2>err.txt
	[ $? -eq 1 ] && grep -qx 'lnorm: bench: not enough memory for 4611686018427387904 rows of 64 columns' err.txt
}
check "bench: more than memory" too_much

# The real input: the hidden states of a sentence, and what the runtime of the model made of them.
real() {
	lnorm check "$data/x.npy" --gamma "$data/gamma.npy" --beta "$data/beta.npy" --eps "$(cat "$data/eps.txt")" \
		--expect "$data/y.npy"
}
check "check: real input" eval 'real >check.txt'
for isa in $isas; do
	check "check: $isa" grep -qE "^$isa +(un)?fused( +[0-9.e-]+){3}  [0-9a-f]{16} +[0-9.]+ +[0-9.]+$" check.txt
done
one_hash() {		# CLASS - all kernels of the class have one hash
	[ "$(awk -v class="$1" '$2 == class { print $6 }' check.txt | sort -u | wc -l)" -le 1 ]
}
check "check: one hash for all unfused kernels" one_hash unfused
check "check: one hash for all fused kernels" one_hash fused
check "check: the statistics before are those of the input" grep -qE '^largest element +1\.86883 \.\. +121\.102 ' check.txt
check "check: the output expected is within the bound too" eval "awk '/^expected/ { exit !(\$4 < 8) }' check.txt"
check "check: without an expected output" eval "lnorm check m.npy | grep -qE '^scalar +unfused +- +[0-9.e-]+ '"
check "check: NaN rows" eval "lnorm check h.npy | grep -qE '^scalar'"
check "check: NaN rows are as expected" eval "lnorm norm h.npy -o hy.npy && lnorm check h.npy --expect hy.npy"

unlike() {		# ARGUMENT... - the output expected is something else
	lnorm check "$data/x.npy" --expect "$data/y.npy" "$@" >out.txt 2>err.txt
	local status=$?
	cat out.txt err.txt
	[ $status -eq 1 ] && grep -qE 'y.npy: [0-9]+ of 16896 elements are not within ' err.txt
}
check "check: another output than expected" unlike
check "check: within a tolerance of 100 nothing is another" eval 'lnorm check "$data/x.npy" --expect "$data/y.npy" --atol 100'
check "check: without a tolerance rounding is" unlike --gamma "$data/gamma.npy" --beta "$data/beta.npy" --eps 1e-12 --atol 0 --rtol 0
little_memory() {	# the results of all kernels at once would take more than this
	npy sparse rows.npy 524288 64
	( ulimit -v 450000 && lnorm check rows.npy | grep -q 'calls on 262144 rows' )
}
check "check: memory is not that of all results" little_memory

# A broken library: broken.c stands before the real one, and spoils its results in the way that LNORM_BREAK names.
broken() {		# HOW ARGUMENT... - lnorm must fail
	LNORM_BREAK=$1 LD_PRELOAD=./broken.so lnorm "${@:2}" >out.txt 2>err.txt
	local status=$?
	cat out.txt err.txt
	[ $status -eq 1 ]
}
preloads() {
	"${CC:-cc}" -shared -fPIC -I"$here/../../include" "$here/broken.c" -o broken.so && [ $last -eq 0 ] &&
		LNORM_BREAK=none LD_PRELOAD=./broken.so lnorm selftest 2>&1 | grep -q '^broken.c: none$'
}
if preloads >log.txt 2>&1; then
	for how in bits bound batch nan constant class rmsnorm bf16 f16 f64; do
		check "selftest: sees a library broken by: $how" eval "broken $how selftest && grep -q FAILED out.txt"
	done
	for how in bits bound; do
		check "check: sees a library broken by: $how" broken $how check m.npy
	done
else
	for how in selftest check; do
		skip "$how: sees a broken library" "broken.c cannot be built here or put before the library"
	done
fi
