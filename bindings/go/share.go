// share.go - goroutines that take the tasks of a call

package ln

// #include "glue.h"
import "C"

import (
	"sync"
	"unsafe"
)

// helpers are goroutines beside the one that calls, and what they have in common. It is kept for later calls, so that none allocates.
type helpers struct {
	deal unsafe.Pointer // in C
	take func()
	all  sync.WaitGroup
}

var free = sync.Pool{New: func() any {
	h := new(helpers)
	h.take = func() {
		C.ln_go_take(h.deal)
		h.all.Done()
	}
	return h
}}

// lnGoShare has so many goroutines take tasks, this one among them, and returns when all tasks are done. C calls it in the midst of a call, and
// what it passes on is a pointer of C's, so that no pointer of Go's is kept anywhere.
//
//export lnGoShare
func lnGoShare(deal unsafe.Pointer, goroutines C.size_t) {
	h := free.Get().(*helpers)
	h.deal = deal
	h.all.Add(int(goroutines) - 1)
	for i := 1; i < int(goroutines); i++ {
		go h.take()
	}
	C.ln_go_take(deal)
	h.all.Wait()
	h.deal = nil
	free.Put(h)
}

// share is how C is told of a number of goroutines.
func share(goroutines int) C.uintptr_t {
	if goroutines < 1 {
		return 0
	}
	return C.uintptr_t(goroutines)
}
