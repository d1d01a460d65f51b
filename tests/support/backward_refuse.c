/*
 * backward_refuse.c - for the suites of what ln_backward() refuses: calls, and that a refusal writes nothing
 */
#include "backward_refuse.h"
#include "call.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { STRANGE_ERRNO = 4242 };

/* The status of b with this descriptor and workspace; where it is an error, neither tensors nor workspace may change. */
int grad_refusal(struct grad_call *c, const ln_desc *d, unsigned char *workspace, size_t size, const char *what)
{
	struct grad_call before = grad_clone(c);
	unsigned char *held = NULL;

	if (workspace)
		held = memcpy(elements(LN_U8, GRAD_ROOM), workspace, GRAD_ROOM - 8);
	errno = STRANGE_ERRNO;
	int status = grad_status(&c->b, d, workspace, size, NULL, NULL);
	ck_assert_int_eq(errno, STRANGE_ERRNO);
	bool written = memcmp(c->arena, before.arena, c->bytes) != 0 || (held && memcmp(held, workspace, GRAD_ROOM - 8) != 0);
	if (status != LN_OK && written)
		ck_abort_msg("%s: status %d, but something was written: %s", what, status, grad_name(c));
	free(held);
	grad_free(&before);
	return status;
}

void grad_refuse(int want, struct grad_call *c, const ln_desc *d, const char *what)
{
	unsigned char *workspace = memset(elements(LN_U8, GRAD_ROOM), 0, GRAD_ROOM);
	int status = grad_refusal(c, d, workspace, GRAD_ROOM, what);

	if (status != want)
		ck_abort_msg("%s: %d (%s), not %d: %s", what, status, ln_strerror(status), want, grad_name(c));
	free(workspace);
}

ln_desc grad_good_desc(void)
{
	return plain_desc(LN_LAYERNORM, LN_F32, GRAD_ROWS, GRAD_COLS);
}

struct grad_call grad_good_call(uint32_t type, unsigned more)
{
	ln_desc d = plain_desc(LN_LAYERNORM, type, GRAD_ROWS, GRAD_COLS);
	struct grad_call c = grad_make(&d, GRAD_PLAIN | GRAD_STATS | more);

	grad_fill(&c, row_kind(0), 1);
	return c;
}

void grad_refuse_desc(int want, ln_desc d, unsigned more, const char *what)
{
	struct grad_call c = grad_good_call(d.x_type == LN_F64 ? LN_F64 : LN_F32, more);

	grad_refuse(want, &c, &d, what);
	grad_free(&c);
}
