// error.go - why a call was refused
package ln

// #include "glue.h"
import "C"

import "fmt"

// Status is a kind of error, one of ln.h's LN_ERR_*: errors.Is(err, ln.ErrShape) asks for it.
type Status int

// What a call may return.
const (
	ErrNull        Status = C.LN_ERR_NULL
	ErrShape       Status = C.LN_ERR_SHAPE
	ErrEps         Status = C.LN_ERR_EPS
	ErrOverlap     Status = C.LN_ERR_OVERLAP
	ErrUnsupported Status = C.LN_ERR_UNSUPPORTED
	ErrType        Status = C.LN_ERR_TYPE
	ErrFlags       Status = C.LN_ERR_FLAGS
	ErrScale       Status = C.LN_ERR_SCALE
	ErrWorkspace   Status = C.LN_ERR_WORKSPACE
)

func (s Status) Error() string { return C.GoString(C.ln_strerror(C.int(s))) }

// Error is a call that was refused, before anything was written.
type Error struct {
	Status Status
	Text   string // which argument it is, and what is wrong with it
}

func (e *Error) Error() string { return "ln: " + e.Text }

// Unwrap returns the Status.
func (e *Error) Unwrap() error { return e.Status }

func refuse(status Status, format string, args ...any) error {
	return &Error{status, fmt.Sprintf(format, args...)}
}

// explained is why a call was not made, or was refused. What is wrong with numbers and types C says first; a slice of the wrong length, which C
// cannot see, comes before what C would say of its pointers.
func explained(explain func(text *C.char) C.int, wrongHere error) error {
	var text [C.LN_EXPLANATION]C.char
	status := explain(&text[0])
	ofPointers := status == C.LN_ERR_NULL || status == C.LN_ERR_OVERLAP || status == C.LN_ERR_WORKSPACE
	if status == C.LN_OK || (ofPointers && wrongHere != nil) {
		return wrongHere
	}
	return &Error{Status(status), C.GoString(&text[0])}
}
