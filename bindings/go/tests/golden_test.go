// golden_test.go - the bits of the library's own golden files, from Go, on every kernel

package tests

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"libln.example.invalid/ln"
)

// line is one of a golden file: "input unfused fused  rows x cols, eps e, kind", the first three being hashes.
type line struct {
	text                  string
	input, unfused, fused uint64
	rows, cols            int
	kind                  string
}

func read(t *testing.T, file string) []line {
	text, err := os.ReadFile("../../../tests/golden/" + file + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	var lines []line
	for _, row := range strings.Split(strings.TrimSpace(string(text)), "\n") {
		if strings.HasPrefix(row, "#") {
			continue
		}
		l, eps := line{text: row}, 0.0
		if n, err := fmt.Sscanf(row, "%x %x %x  %d x %d, eps %g,", &l.input, &l.unfused, &l.fused, &l.rows, &l.cols, &eps); n != 6 {
			t.Fatalf("%s: %v", row, err)
		}
		l.kind = strings.SplitN(row, ", ", 3)[2]
		lines = append(lines, l)
	}
	if len(lines) < 100 {
		t.Fatalf("%s has %d lines, too few to be true", file, len(lines))
	}
	return lines
}

func (l line) expected(isa string) uint64 {
	switch isa {
	case "avx2", "avx512", "neon", "sve":
		return l.fused
	}
	return l.unfused
}

// golden tries every line of a file, on every kernel, by each way to the same rows.
func golden[T ln.Element](t *testing.T, norm ln.Norm, file string, of int) {
	defer ln.SetISA("")
	for _, l := range read(t, file) {
		k, eps := kind(l.kind)
		x, gamma, beta := make([]T, l.rows*l.cols), make([]T, l.cols), make([]T, l.cols)
		fill(k, of, l.rows, l.cols, x, gamma, beta)
		input := hash(hash(hashBegin(), x), gamma)
		if norm == ln.Layer {
			input = hash(input, beta)
		} else {
			beta = nil
		}
		if input != l.input {
			t.Fatalf("the input is another: %s", l.text)
		}
		for _, isa := range ln.ISAs() {
			if err := ln.SetISA(isa); err != nil {
				t.Fatal(err)
			}
			for way, y := range ways(t, norm, l.cols, x, gamma, beta, eps) {
				if found := hash(hashBegin(), y); found != l.expected(isa) {
					t.Errorf("%s, %s: %016x, not as in %s", isa, way, found, l.text)
				}
			}
		}
	}
}

// ways are the outputs of each way to normalise the same rows.
func ways[T ln.Element](t *testing.T, norm ln.Norm, cols int, x, gamma, beta []T, eps float64) map[string][]T {
	call := func(x, y []T) error {
		switch norm {
		case ln.RMS:
			return ln.RMSNorm(cols, x, gamma, eps, y)
		case ln.L2:
			return ln.L2Norm(cols, x, gamma, eps, y)
		}
		return ln.LayerNorm(cols, x, gamma, beta, eps, y)
	}
	plain, place, shared := make([]T, len(x)), append([]T(nil), x...), make([]T, len(x))
	d := ln.Desc{Norm: norm, Cols: cols, Eps: eps}
	tensors := ln.Tensors{X: ln.Of(x), Gamma: ln.Of(gamma), Beta: ln.Of(beta), Y: ln.Of(shared), Goroutines: 2}
	for _, err := range []error{call(x, plain), call(place, place), ln.Forward(&d, &tensors)} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return map[string][]T{"plain": plain, "in place": place, "descriptor": shared}
}

func TestGolden(t *testing.T) {
	for norm, name := range map[ln.Norm]string{ln.Layer: "layernorm_", ln.RMS: "rmsnorm_", ln.L2: "l2norm_"} {
		norm, name := norm, name
		t.Run(name+"f32", func(t *testing.T) { golden[float32](t, norm, name+"f32", 1) })
		t.Run(name+"f64", func(t *testing.T) { golden[float64](t, norm, name+"f64", 2) })
		t.Run(name+"bf16", func(t *testing.T) { golden[ln.BF16](t, norm, name+"bf16", 3) })
		t.Run(name+"f16", func(t *testing.T) { golden[ln.F16](t, norm, name+"f16", 4) })
	}
}

func TestChecksAreOn(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("a pointer of Go's to one of Go's passes: cgo checks nothing, so no test shows that it allows the calls of package ln")
		}
	}()
	withGoStruct([]float32{1})
}
