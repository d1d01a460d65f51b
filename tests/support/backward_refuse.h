/*
 * backward_refuse.h - for the suites of what ln_backward() refuses: a good call, to be made bad in one respect
 */
#ifndef BACKWARD_REFUSE_H
#define BACKWARD_REFUSE_H

#include "backward_call.h"

enum { GRAD_ROWS = 6, GRAD_COLS = 8, GRAD_ROOM = 1 << 16 };

/* The status of c with this descriptor and workspace; where it is an error, neither tensors nor workspace may change. */
int grad_refusal(struct grad_call *c, const ln_desc *d, unsigned char *workspace, size_t size, const char *what);

/* c must give this status with a workspace that is large enough. */
void grad_refuse(int want, struct grad_call *c, const ln_desc *d, const char *what);

ln_desc grad_good_desc(void);
struct grad_call grad_good_call(uint32_t type, unsigned more);

/* The good call of d's x_type, if that is LN_F64, or of LN_F32, with this descriptor. */
void grad_refuse_desc(int want, ln_desc d, unsigned more, const char *what);

/* What must come of the good descriptor d after these assignments. */
#define EXPECT_WITH(want, more, ...)                                                                                               \
	do {                                                                                                                       \
		ln_desc d = grad_good_desc();                                                                                      \
		__VA_ARGS__;                                                                                                       \
		grad_refuse_desc(want, d, more, #__VA_ARGS__);                                                                     \
		if ((want) != LN_OK)                                                                                               \
			ck_assert_uint_eq(ln_backward_workspace_size(&d), 0);                                                      \
	} while (0)

#endif
