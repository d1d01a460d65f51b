# family.sh - lnorm norm: RMSNorm, the types, residual and sum, statistics; and that several files appear together or not at all

family() { python3 -I -S "$here/family.py" "$@"; }

for type in float16 float32 float64; do
	family make x-$type.npy $type 7x130 2
	family make r-$type.npy $type 7x130 3
	family make g-$type.npy $type 130 4
	family make b-$type.npy $type 130 5
done

gives() {		# X "KEY=VALUE..." ARGUMENT... - the result is within the bound of ln.h
	local x=$1 settings=$2
	shift 2
	lnorm norm "$x" -o y.npy "$@" && family verify "$x" y.npy $settings
}
for type in float16 float32 float64; do
	given=(--gamma g-$type.npy)
	settings="gamma=g-$type.npy eps=0.25"
	check "$type: layernorm" gives x-$type.npy "$settings beta=b-$type.npy" "${given[@]}" --beta b-$type.npy --eps 0.25
	for norm in rmsnorm l2norm; do
		check "$type: $norm" gives x-$type.npy "$settings norm=$norm" "${given[@]}" --norm $norm --eps 0.25
	done
	check "$type: 1 + gamma" gives x-$type.npy "$settings flags=plus-one" "${given[@]}" --gamma-plus-one --eps 0.25
	check "$type: eps outside" gives x-$type.npy "$settings flags=outside" "${given[@]}" --eps-outside --eps 0.25
	check "$type: residual, sum" gives x-$type.npy "$settings residual=r-$type.npy sum=s.npy" "${given[@]}" --eps 0.25 \
		--residual r-$type.npy --sum s.npy
	if [ $type != float64 ]; then
		check "$type: gate" gives x-$type.npy "$settings gate=r-$type.npy" "${given[@]}" --eps 0.25 --gate r-$type.npy
		check "$type: sigmoid of a gate" gives x-$type.npy "$settings gate=r-$type.npy act=sigmoid" "${given[@]}" --eps 0.25 \
			--gate r-$type.npy --activation sigmoid
		check "$type: silu of the norm" gives x-$type.npy "$settings act=silu" "${given[@]}" --eps 0.25 --activation silu
		check "$type: gate before" gives x-$type.npy "$settings gate=r-$type.npy flags=before sum=s.npy" "${given[@]}" --eps 0.25 \
			--gate r-$type.npy --gate-before --sum s.npy
	fi
	check "$type: statistics" gives x-$type.npy "mean=mean.npy rstd=rstd.npy" --mean mean.npy --rstd rstd.npy
	check "$type: the output has the type of the input" eval "lnorm norm x-$type.npy -o y.npy && family type y.npy |
		grep -qxF '$type (7, 130)'"
done
check "rstd of rmsnorm" gives x-float32.npy "norm=rmsnorm rstd=rstd.npy" --norm rmsnorm --rstd rstd.npy
for to in float16 float32; do
	for from in float16 float32; do
		check "$from to $to" eval "gives x-$from.npy '' --dtype $to && family type y.npy | grep -qxF '$to (7, 130)'"
	done
	check "float16 with $to parameters and residual, whose type the sum has" eval "gives x-float16.npy \
		'gamma=g-$to.npy beta=b-$to.npy residual=r-$to.npy sum=s.npy' --gamma g-$to.npy --beta b-$to.npy --residual r-$to.npy \
		--sum s.npy && family type s.npy | grep -qxF '$to (7, 130)'"
done

# The shape of the statistics, as in ONNX: 1 where something was normalised; float, also for float16.
npy make x234.npy 2x3x4
statistics_shape() {	# AXIS SHAPE
	lnorm norm x234.npy -o y.npy --axis "$1" --mean mean.npy --rstd rstd.npy && [ "$(family type mean.npy)" = "float32 $2" ] &&
		[ "$(family type rstd.npy)" = "float32 $2" ] && family verify x234.npy y.npy cols="$3" mean=mean.npy rstd=rstd.npy
}
check "statistics: axis 2" statistics_shape 2 "(2, 3, 1)" 4
check "statistics: axis 1" statistics_shape 1 "(2, 1, 1)" 12
check "statistics: axis 0" statistics_shape 0 "(1, 1, 1)" 24
check "statistics: no rows" eval "lnorm norm x05.npy -o y.npy --mean mean.npy && [ \"\$(family type mean.npy)\" = 'float32 (0, 1)' ]"
check "statistics: float32 for float16" eval "lnorm norm x-float16.npy -o y.npy --rstd rstd.npy && [ \"\$(family type rstd.npy)\" = 'float32 (7, 1)' ]"

# Many groups of rows, in all files.
family make big.npy float16 9000x131 8
family make bigr.npy float32 9000x131 9
pieces() {
	lnorm norm big.npy --residual bigr.npy -o y.npy --sum s.npy --mean mean.npy --rstd rstd.npy || return 1
	npy reshape mean.npy flat.npy 9000x1 && cmp mean.npy flat.npy
	lnorm norm s.npy -o z.npy --mean m2.npy --rstd r2.npy && cmp mean.npy m2.npy && cmp rstd.npy r2.npy
}
check "pieces: the statistics of the sum are those that the norm of the sum has" pieces
same_bits() {		# every kernel that lnorm info lists as fused, or as unfused, writes the same files
	local class isa first
	for class in fused unfused; do
		first=
		for isa in $(lnorm info | awk -v c=$class '$NF == c || $(NF - 3) == c || $(NF - 2) == c { print $(1 + ($1 == "kernels")) }'); do
			lnorm norm x-float16.npy --residual r-float16.npy --gamma g-float16.npy -o y-$isa.npy --sum s-$isa.npy --isa $isa || return 1
			[ -z "$first" ] || { cmp y-$isa.npy y-$first.npy && cmp s-$isa.npy s-$first.npy; } || return 1
			first=$isa
		done
	done
}
check "isa: the same files from all kernels of a class" same_bits

# What is refused.
usage_error "norm: unknown" "--norm: 'groupnorm' is not layernorm, rmsnorm or l2norm" norm x.npy -o scratch/y.npy --norm groupnorm
usage_error "norm: unknown, in bench" "--norm: '' is not" bench --norm ''
for norm in rmsnorm l2norm; do
	usage_error "beta of $norm" "--beta: $norm has none" norm x.npy -o scratch/y.npy --norm $norm --beta x.npy
	usage_error "mean of $norm" "--mean: $norm has none" norm x.npy -o scratch/y.npy --norm $norm --mean scratch/m.npy
done
usage_error "sum without residual" '--sum: without --residual there is no sum' norm x.npy -o scratch/y.npy --sum scratch/s.npy
usage_error "activation: unknown" "--activation: 'relu' is not silu or sigmoid" norm x.npy -o scratch/y.npy --activation relu
usage_error "gate before without a gate" '--gate-before: there is no --gate' norm x.npy -o scratch/y.npy --gate-before
usage_error "gate before with a residual" '--gate-before: does not go with --residual' norm x.npy -o scratch/y.npy --gate-before --gate x.npy \
	--residual x.npy
norm_fails "gate: another shape" x.npy 'shape \(2, 3\), but x-float32.npy has shape \(7, 130\)' x-float32.npy --gate x.npy
norm_fails "gate: float64" x-float64.npy 'there is none for doubles' x-float64.npy --gate x-float64.npy
usage_error "1 + gamma without gamma" '--gamma-plus-one: there is no --gamma' norm x.npy -o scratch/y.npy --gamma-plus-one
usage_error "dtype: unknown" "--dtype: 'bfloat16' is not float16, float32 or float64" norm x.npy -o scratch/y.npy --dtype bfloat16
norm_fails "dtype: float64 from float32" x.npy 'float32 cannot become float64' x.npy --dtype float64
norm_fails "dtype: float16 from float64" x-float64.npy 'float64 cannot become float16' x-float64.npy --dtype float16
norm_fails "types: gamma of float32 for float64" g-float32.npy 'float32, but x-float64.npy is float64' x-float64.npy --gamma g-float32.npy
norm_fails "types: residual of float64 for float16" r-float64.npy 'float64, but x-float16.npy is float16' x-float16.npy --residual r-float64.npy
norm_fails "types: gamma and beta" b-float16.npy 'float16, but g-float32.npy is float32; gamma and beta have one type' x-float32.npy \
	--gamma g-float32.npy --beta b-float16.npy
norm_fails "residual: another shape" x.npy 'shape \(2, 3\), but x-float32.npy has shape \(7, 130\)' x-float32.npy --residual x.npy
norm_fails "residual: missing" no.npy 'No such file' x.npy --residual no.npy
check "check: float16" fails x-float16.npy 'float16; only float32 can be checked' check x-float16.npy
check "check: rmsnorm" eval "lnorm check x-float32.npy --norm rmsnorm | grep -q 'x-float32.npy: rmsnorm, 7 rows'"
check "check: l2norm" eval "lnorm check x-float32.npy --norm l2norm | grep -qF 'max(1 / sqrt(columns), |xhat|)'"
check "bench: rmsnorm" eval "lnorm bench --rows 4 --cols 64 --norm rmsnorm | grep -q '^RMSNorm on one thread, float32 with gamma. Times'"

# All files or none.
all_args=(norm x-float32.npy --residual r-float32.npy -o scratch/y.npy --sum scratch/s.npy --mean scratch/m.npy --rstd)
check "all: an output that cannot be, and none is written" fails no/d.npy 'no temporary file' "${all_args[@]}" no/d.npy
check "all: two of one name" fails scratch/./s.npy 'cannot be written: scratch/s.npy is the same file' "${all_args[@]}" scratch/./s.npy
all_or_none() {
	find scratch -type f -delete
	lnorm "${all_args[@]}" scratch/d.npy && [ "$(ls -A scratch | tr '\n' ' ')" = "d.npy m.npy s.npy y.npy " ]
	local result=$?
	find scratch -type f -delete
	return $result
}
check "all: four files" all_or_none
ended_with_four() {
	npy sparse long.npy 134217728 1
	LN_ISA=scalar npy kill TERM scratch "${command[@]}" norm long.npy --residual long.npy -o scratch/y.npy --sum scratch/s.npy \
		--mean scratch/m.npy --rstd scratch/d.npy | grep -x SIGTERM && clean
}
check "all: a signal leaves nothing" ended_with_four
in_place_sum() {
	cp x-float32.npy p.npy && cp r-float32.npy q.npy && lnorm norm x-float32.npy --residual r-float32.npy -o y.npy --sum s.npy &&
		lnorm norm p.npy --residual q.npy -o p.npy --sum q.npy && cmp p.npy y.npy && cmp q.npy s.npy
}
check "all: over the inputs" in_place_sum
