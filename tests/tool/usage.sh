# usage.sh - wrong options and arguments: status 2, a hint on stderr, nothing done

npy make x.npy 2x3

for c in info norm check selftest bench; do
	check "help: $c" eval "lnorm $c --help | grep -q 'Usage: lnorm $c'"
done
check "help: lists the commands" eval "lnorm --help | grep -q 'selftest  *test every kernel'"
check "version" eval "lnorm --version | grep -qE '^lnorm [0-9.]+ \(libln [0-9.]+\)\$'"

usage_error() {		# NAME PATTERN ARGUMENT...
	check "usage: $1" refused_with_hint "${@:2}"
}
refused_with_hint() {
	refused 2 "$@" && grep -q 'Try .lnorm' err.txt && clean
}
usage_error "no command" 'Usage: lnorm'
usage_error "unknown command" "unknown command 'frob'" frob
usage_error "unknown option" "unrecognized option '--frob'" norm x.npy -o scratch/y.npy --frob
usage_error "norm without input" 'no input file' norm -o scratch/y.npy
usage_error "norm without output" 'no output file' norm x.npy
usage_error "norm with two inputs" "one input file only, not also 'z.npy'" norm x.npy z.npy -o scratch/y.npy
usage_error "check with a negative tolerance" '--atol: -1 is not finite and >= 0' check x.npy --expect x.npy --atol -1
usage_error "check without input" 'no input file' check
usage_error "info with an argument" 'Too many arguments' info x
usage_error "selftest with an argument" 'Too many arguments' selftest x
usage_error "bench with an argument" 'Too many arguments' bench x
for eps in abc '' ' 1' 1e-5x 1,5; do
	usage_error "eps '$eps'" "--eps: '$eps' is not a number" norm x.npy -o scratch/y.npy --eps "$eps"
done
for eps in nan inf -inf -1 1e999; do
	usage_error "eps $eps" "--eps: $eps is not finite and >= 0" norm x.npy -o scratch/y.npy --eps "$eps"
done
usage_error "eps 1e-400" '--eps: 1e-400 is too small' norm x.npy -o scratch/y.npy --eps 1e-400
for axis in x '' 1.5 ' 1' 0x1; do
	usage_error "axis '$axis'" "--axis: '$axis' is not an integer" norm x.npy -o scratch/y.npy --axis "$axis"
done
usage_error "axis of 30 digits" '--axis: 1{30} is out of range' norm x.npy -o scratch/y.npy --axis 111111111111111111111111111111
usage_error "bench: rows alone" '--rows and --cols go together' bench --rows 3
usage_error "bench: no rows" '--rows: 0 is out of range' bench --rows 0 --cols 3
usage_error "bench: cols that are no number" "--cols: '3k' is not an integer" bench --rows 3 --cols 3k

check "isa: unknown, in norm" refused 2 "^lnorm: --isa: 'z80' is unknown or cannot run on this CPU; usable here:.* scalar" \
	norm x.npy -o scratch/y.npy --isa z80
check "isa: unknown, in bench" refused 2 "^lnorm: --isa: 'z80' is unknown or cannot run" bench --isa z80
check "isa: the empty name" refused 2 "^lnorm: --isa: '' is unknown or cannot run" norm x.npy -o scratch/y.npy --isa ''
check "isa: nothing was written" clean
