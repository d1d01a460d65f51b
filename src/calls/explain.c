/* explain.c - why a call is refused, in words */
#include "backward/backward.h"
#include "recurrent/cell.h"

/* As much of a text as there is room for, and the 0 at its end. */
struct text {
	char *to;
	size_t size, length;
};

static void put(struct text *t, char c)
{
	if (t->length + 1 < t->size)
		t->to[t->length++] = c;
}

static void put_name(struct text *t, const char *name)
{
	while (*name != '\0')
		put(t, *name++);
}

static void put_number(struct text *t, uint64_t number, unsigned base)
{
	char digits[20];
	size_t n = 0;

	do
		digits[n++] = "0123456789abcdef"[number % base];
	while ((number /= base) != 0);
	while (n > 0)
		put(t, digits[--n]);
}

static void put_signed(struct text *t, uint64_t number)
{
	bool negative = number > INT64_MAX;

	if (negative)
		put(t, '-');
	put_number(t, negative ? 0 - number : number, 10);
}

static int explain(int status, const struct fault *fault, char *to, size_t size)
{
	struct text t = { to, size, 0 };
	const char *const *name = fault->names;
	const uint64_t *number = fault->numbers;

	for (const char *w = status == LN_OK ? "nothing is wrong" : fault->words; *w != '\0'; w++)
		switch (*w) {
		case '@': put_name(&t, *name++); break;
		case '#': put_number(&t, *number++, 10); break;
		case '$': put_name(&t, "0x"), put_number(&t, *number++, 16); break;
		case '%': put_signed(&t, *number++); break;
		default: put(&t, *w);
		}
	if (size > 0)
		to[t.length] = '\0';
	return status;
}

int ln_explain_forward(const ln_desc *d, const ln_forward_tensors *t, char *text, size_t size)
{
	struct request r;
	struct fault fault;
	return explain(ln_check_forward(d, t, &r, &fault), &fault, text, size);
}

int ln_explain_backward(const ln_desc *d, const ln_backward_tensors *t, char *text, size_t size)
{
	struct backward b;
	struct fault fault;
	return explain(ln_check_backward(d, t, &b, &fault), &fault, text, size);
}

int ln_explain_cell_forward(const ln_cell_desc *d, const ln_cell_forward_tensors *t, char *text, size_t size)
{
	struct cell c;
	struct fault fault;
	return explain(ln_check_cell_forward(d, t, &c, &fault), &fault, text, size);
}

int ln_explain_cell_backward(const ln_cell_desc *d, const ln_cell_backward_tensors *t, char *text, size_t size)
{
	struct cell c;
	struct fault fault;
	return explain(ln_check_cell_backward(d, t, &c, &fault), &fault, text, size);
}
