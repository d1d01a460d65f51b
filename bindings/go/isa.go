// isa.go - the kernels in use, and the version

package ln

/*
#include "glue.h"
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"unsafe"
)

// ISA is the name of the kernels in use: the best that this CPU can run, or those that LN_ISA in the environment names.
func ISA() string { return C.GoString(C.ln_isa()) }

// SetISA has the whole process use the kernels of this name from now on; "" chooses again as at first.
func SetISA(name string) error {
	var text *C.char
	if name != "" {
		text = C.CString(name)
		defer C.free(unsafe.Pointer(text))
	}
	if status := C.ln_set_isa(text); status != C.LN_OK {
		return refuse(Status(status), "%q: %v", name, Status(status))
	}
	return nil
}

// ISAs are the names of the kernels that this CPU can run, the best last.
func ISAs() []string {
	var names []string
	for i := C.size_t(0); ; i++ {
		name := C.ln_isa_name(i)
		if name == nil {
			return names
		}
		names = append(names, C.GoString(name))
	}
}

// Version is that of the library in use.
func Version() string {
	v := uint32(C.ln_version())
	return fmt.Sprintf("%d.%d.%d", v>>16, v>>8&0xff, v&0xff)
}
