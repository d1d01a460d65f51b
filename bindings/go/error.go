// error.go - why a call was refused

package ln

// #include "glue.h"
import "C"

import "fmt"

// Status is a kind of error, one of ln.h's LN_ERR_*: errors.Is(err, ln.ErrShape) asks for it.
type Status int

// What a call may return.
const (
	ErrNull        Status = C.LN_ERR_NULL        // a tensor that may not be left out is
	ErrShape       Status = C.LN_ERR_SHAPE       // Cols is 0, a slice has not the length of its tensor, or sizes or strides do not fit together
	ErrEps         Status = C.LN_ERR_EPS         // Eps is negative, infinite or NaN
	ErrOverlap     Status = C.LN_ERR_OVERLAP     // an output overlaps another tensor in a way that is not allowed
	ErrUnsupported Status = C.LN_ERR_UNSUPPORTED // no such kernels, or this CPU cannot run them
	ErrType        Status = C.LN_ERR_TYPE        // types that do not go together
	ErrFlags       Status = C.LN_ERR_FLAGS       // an unknown norm or flag, or flags and tensors that do not go together
	ErrScale       Status = C.LN_ERR_SCALE       // YScale is not positive and finite, or YZeroPoint is out of range
	ErrWorkspace   Status = C.LN_ERR_WORKSPACE   // Workspace is too short
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
