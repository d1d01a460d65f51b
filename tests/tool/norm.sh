# norm.sh - lnorm norm: the numbers, the axis, the file it writes, the choice of kernels

right() {		# FILE COLS EPS GAMMA BETA ARGUMENT... - "-" for no gamma or beta; the result is within the bound of ln.h
	local file=$1 cols=$2 eps=$3 gamma=$4 beta=$5 given=()
	shift 5
	[ "$gamma" = - ] || given+=(--gamma "$gamma")
	[ "$beta" = - ] || given+=(--beta "$beta")
	lnorm norm "$file" -o y.npy "${given[@]}" "$@" && npy verify "$file" y.npy "$cols" "$eps" "$gamma" "$beta"
}
npy make m.npy 7x130 2
npy make g130.npy 130 3
npy make b130.npy 130 4
npy make g12.npy 3x4 5
npy make b12.npy 12 6
npy make x1.npy 9
npy hostile h.npy
check "values: defaults" right m.npy 130 1e-5 - -
check "values: gamma" right m.npy 130 1e-5 g130.npy -
check "values: beta" right m.npy 130 1e-5 - b130.npy
check "values: gamma, beta, eps" right m.npy 130 0.25 g130.npy b130.npy --eps 0.25
check "values: eps 0" right m.npy 130 0 - - --eps 0
check "values: eps in hexadecimal" right m.npy 130 0.5 - - --eps 0x1p-1
check "values: 1 dimension" right x1.npy 9 1e-5 - -
check "values: axis 1 of 3" right x234.npy 12 1e-5 g12.npy b12.npy --axis 1
check "values: axis 0 of 3" right x234.npy 24 1e-5 - - --axis=0
check "values: NaN, infinity and a constant row" right h.npy 40 1e-5 - -

nan_rows() {
	lnorm norm h.npy -o y.npy || return 1
	for row in 2 5; do
		npy floats y.npy $row 40 | tr ' ' '\n' | sort -u | diff - <(echo 7fc00000) || return 1
	done
	npy floats y.npy 6 40 | tr ' ' '\n' | sort -u | diff - <(echo 00000000)
}
check "values: NaN is 0x7fc00000 throughout, and constant is 0" nan_rows

same_axis() {		# AXIS AXIS
	lnorm norm x234.npy -o a.npy --axis "$1" && lnorm norm x234.npy -o b.npy --axis "$2" && cmp a.npy b.npy
}
check "axis: default is -1" eval 'lnorm norm x234.npy -o a.npy && lnorm norm x234.npy -o b.npy --axis -1 && cmp a.npy b.npy'
check "axis: -1 is 2" same_axis -1 2
check "axis: -2 is 1" same_axis -2 1
check "axis: -3 is 0" same_axis -3 0
check "axis: 1 differs from 2" eval '! same_axis 1 2'
as_matrix() {		# AXIS SHAPE - the same numbers as a matrix, split at its last axis, have the same bits
	npy reshape x234.npy flat.npy "$2" && lnorm norm x234.npy -o a.npy --axis "$1" && lnorm norm flat.npy -o b.npy &&
		npy reshape b.npy c.npy 2x3x4 && npy same a.npy c.npy
}
check "axis: 1 has the bits of a 2x12 matrix" as_matrix 1 2x12
check "axis: 2 has the bits of a 6x4 matrix" as_matrix 2 6x4

shape_kept() {		# FILE SHAPE
	lnorm norm "$1" -o y.npy && npy layout y.npy | grep -qxF "$2"
}
check "header: 1 dimension" shape_kept x1.npy "(9,)"
check "header: 3 dimensions" shape_kept x234.npy "(2, 3, 4)"
npy make many.npy "$(printf '1x%.0s' {1..63})5"
check "header: 64 dimensions" shape_kept many.npy "($(printf '1, %.0s' {1..63})5)"
check "header: no rows" shape_kept x05.npy "(0, 5)"
npy make x305.npy 3x0x5
check "header: no rows, 3 dimensions" shape_kept x305.npy "(3, 0, 5)"
check "no rows: gamma is checked all the same" \
	fails g12.npy '12 elements.*has 5 columns' norm x05.npy --gamma g12.npy -o scratch/y.npy

# More than one group of rows is written; a row alone has the same bits.
npy make big.npy 3000x131 8
pieces() {		# 2001 rows are the first group
	lnorm norm big.npy -o y.npy && npy verify big.npy y.npy 131 1e-5 || return 1
	for at in 0 2000 2001 2999; do
		npy slice big.npy row.npy $at $((at + 1)) && lnorm norm row.npy -o a.npy &&
			npy slice y.npy b.npy $at $((at + 1)) && npy same a.npy b.npy || return 1
	done
}
check "pieces: rows of many groups" pieces
npy make wide.npy 2x300000 9
check "pieces: rows longer than a group" right wide.npy 300000 1e-5 - -

# Where the output goes.
in_place() {
	cp m.npy p.npy && lnorm norm m.npy -o y.npy && lnorm norm p.npy -o p.npy && cmp p.npy y.npy
}
over_gamma() {
	cp g130.npy p.npy && lnorm norm m.npy --gamma g130.npy -o y.npy && lnorm norm m.npy --gamma p.npy -o p.npy && cmp p.npy y.npy
}
through_link() {
	rm -rf real && mkdir real && cp x.npy real/z.npy && ln -sf real/z.npy link && lnorm norm m.npy -o link &&
		[ -L link ] && lnorm norm m.npy -o y.npy && cmp real/z.npy y.npy && [ "$(ls -A real)" = z.npy ]
}
modes() {
	umask 027
	rm -f new.npy && lnorm norm m.npy -o new.npy && [ "$(stat -c %a new.npy)" = 640 ] &&
		chmod 604 new.npy && lnorm norm m.npy -o new.npy && [ "$(stat -c %a new.npy)" = 604 ]
}
check "output: over the input" in_place
check "output: over gamma" over_gamma
check "output: through a link" through_link
check "output: mode by the umask, or as it was" modes
check "output: a name of 255 characters" lnorm norm m.npy -o "$(printf 'y%.0s' {1..255})"
check "output: nothing is printed" eval '[ -z "$(lnorm norm m.npy -o y.npy 2>&1)" ]'

# Which kernels: LN_ISA obeyed or ignored, --isa before LN_ISA.
default_bits() { lnorm norm m.npy -o default.npy; }
default_bits
for isa in $(lnorm info | awk '/^kernels/ { on = 1; $1 = "" } /^chosen/ { on = 0 } on { print $1 }'); do
	check "isa: --isa $isa has the bits of LN_ISA=$isa" eval "lnorm norm m.npy -o a.npy --isa $isa &&
		LN_ISA=$isa lnorm norm m.npy -o b.npy && cmp a.npy b.npy && npy verify m.npy a.npy 130 1e-5"
	check "isa: --isa $isa comes before LN_ISA=scalar" eval "lnorm norm m.npy -o a.npy --isa $isa &&
		LN_ISA=scalar lnorm norm m.npy -o b.npy --isa $isa && cmp a.npy b.npy"
done
for isa in nonsense '' AVX2; do
	check "isa: LN_ISA='$isa' is ignored" eval "LN_ISA='$isa' lnorm norm m.npy -o a.npy && cmp a.npy default.npy"
done
