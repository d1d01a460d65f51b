/*
 * refuse.c - for the suites of what ln_forward() refuses: calls, and that a refusal writes nothing
 */
#include "refuse.h"

#include <errno.h>
#include <string.h>

enum { STRANGE_ERRNO = 4242 };

int refuse_run(const struct forward *f, const ln_desc *d)
{
	errno = STRANGE_ERRNO;
	int status = forward_status(f, d, NULL, NULL);
	ck_assert_int_eq(errno, STRANGE_ERRNO);
	return status;
}

void refuse_expect(int want, struct call *c, const ln_desc *d, const char *what)
{
	struct call before = call_clone(c);
	int status = refuse_run(&c->f, d);

	if (status != want)
		ck_abort_msg("%s: %d (%s), not %d: %s", what, status, ln_strerror(status), want, call_name(c));
	if (status != LN_OK && memcmp(c->arena, before.arena, c->bytes) != 0)
		ck_abort_msg("%s: status %d, but something was written: %s", what, status, call_name(c));
	call_free(&before);
}

struct call refuse_good_call(uint32_t type, unsigned more)
{
	ln_desc d = plain_desc(LN_LAYERNORM, type, REFUSE_ROWS, REFUSE_COLS);
	struct call c = call_make(&d, PLAIN | STATS | WITH(RESIDUAL) | WITH(SUM) | more);

	call_fill(&c, row_kind(0), 1);
	return c;
}

void refuse_expect_desc(int want, ln_desc d, unsigned more, const char *what)
{
	struct call c = refuse_good_call(d.x_type == LN_F64 ? LN_F64 : LN_F32, more);

	refuse_expect(want, &c, &d, what);
	call_free(&c);
}

ln_desc refuse_good_desc(void)
{
	return plain_desc(LN_LAYERNORM, LN_F32, REFUSE_ROWS, REFUSE_COLS);
}
