/*
 * refuse.h - for the suites of what ln_forward() refuses: a good call, to be made bad in one respect, and what must come of it
 */
#ifndef REFUSE_H
#define REFUSE_H

#include "call.h"

enum { REFUSE_ROWS = 6, REFUSE_COLS = 8 };

/* The status of f with this descriptor, which may be one that f does not hold; errno must be left alone. */
int refuse_run(const struct forward *f, const ln_desc *d);

/* c must give this status; where it is an error, its arena must stay as it was. */
void refuse_expect(int want, struct call *c, const ln_desc *d, const char *what);

/* A good call with all tensors but those that need a flag. */
struct call refuse_good_call(uint32_t type, unsigned more);
ln_desc refuse_good_desc(void);

/* The good call of d's x_type, if that is LN_F64, or of LN_F32, with this descriptor. */
void refuse_expect_desc(int want, ln_desc d, unsigned more, const char *what);

/* What must come of the good descriptor d after these assignments. */
#define EXPECT_WITH(want, more, ...)                                                                                               \
	do {                                                                                                                       \
		ln_desc d = refuse_good_desc();                                                                                    \
		__VA_ARGS__;                                                                                                       \
		refuse_expect_desc(want, d, more, #__VA_ARGS__);                                                                   \
	} while (0)

#endif
