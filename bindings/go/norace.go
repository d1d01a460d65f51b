// norace.go - without -race there is nobody to tell what race.go tells

//go:build !race

package ln

// #include "glue.h"
import "C"

const racing = false

func (t *Tensors) tellRaces(*C.ln_desc) {}

func (t *Gradients) tellRaces(*C.ln_desc) {}

func tellPlainRaces[T Element](x, gamma, beta, y []T) {}
