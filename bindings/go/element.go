// element.go - the types of elements, and the numbers that ln.h gives them

package ln

// #include "glue.h"
import "C"

// BF16 is the upper half of a float32, as its bits.
type BF16 uint16

// F16 is an IEEE 754 binary16, as its bits.
type F16 uint16

// F8E4M3 is an OCP 8-bit float with 4 bits of exponent, as its bits.
type F8E4M3 uint8

// F8E5M2 is an OCP 8-bit float with 5 bits of exponent, as its bits.
type F8E5M2 uint8

// Element is a type that every tensor may have.
type Element interface {
	float32 | float64 | BF16 | F16
}

// Value is a type that an output may have; those that are no Element are quantised.
type Value interface {
	Element | int8 | uint8 | F8E4M3 | F8E5M2
}

func typeOf[T Value]() C.uint32_t {
	var v T
	switch any(v).(type) {
	case float32:
		return C.LN_F32
	case float64:
		return C.LN_F64
	case BF16:
		return C.LN_BF16
	case F16:
		return C.LN_F16
	case int8:
		return C.LN_I8
	case uint8:
		return C.LN_U8
	case F8E4M3:
		return C.LN_F8_E4M3
	default:
		return C.LN_F8_E5M2
	}
}
