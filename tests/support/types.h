/*
 * types.h - the element types of ln.h for the tests: their values as doubles, from the definitions of the formats
 */
#ifndef TYPES_H
#define TYPES_H

#include <ln.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * What the suites go over, so that a new type is in all of them when it stands here: the types of x, which all other tensors may have as
 * well, F64 last, and before it the FAMILY, which goes with one another; the types of y beside F64, this family and then those of y alone,
 * F8 and, last, the integers.
 */
enum { FAMILY = 3, X_TYPES = FAMILY + 1, Y_INTEGERS = 2, Y_ALONE = 2 + Y_INTEGERS, Y_TYPES = FAMILY + Y_ALONE };
extern const uint32_t x_types[X_TYPES], y_types[Y_TYPES];

bool type_is_known(uint32_t type);

/* Sizes and names of the types of ln.h; anything else ends the program. */
size_t type_size(uint32_t type);
const char *type_name(uint32_t type);

/* Whether the byte of an element that comes first in memory is its lowest. */
static inline bool low_byte_is_first(void) { return __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__; }

/* The largest finite value, the least positive one, the bits of mantissa with the hidden one. Not for I8 and U8. */
struct type_limits { double largest, least; int digits; };
struct type_limits type_limits(uint32_t type);

/* The value of a bit pattern of bf16, f16 or F8. */
double type_value(uint32_t type, uint32_t bits);
/* The pattern of v rounded as round_T of docs/numerics.md does it. v must be a float or fewer bits. */
uint32_t type_pattern(uint32_t type, double v);
/* round_T itself: v as the nearest value of any floating type. */
double type_round(uint32_t type, double v);

/* Element i of an array; on storing, a value is rounded into the type and a NaN becomes the quiet one. I8 and U8: integers. */
double type_load(uint32_t type, const void *p, size_t i);
void type_store(uint32_t type, void *p, size_t i, double v);

#endif
