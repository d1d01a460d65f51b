/* test_backward_golden.c - golden gradients; `lntest --golden NAME` prints a file, by the model */
#include "backward_call.h"
#include "call.h"
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct golden_file { const char *name; uint32_t norm; unsigned more; uint32_t types, flags; };

/* One for each norm, backward_layernorm and its like, and after them these. */
static const struct golden_file more[] = {
	{"backward_residual", LN_LAYERNORM, OF(GDSUM) | GRAD_STATS, X_TYPES, 0}, {"backward_gated", LN_RMSNORM, GRAD_GATED, FAMILY, 0},
	{"backward_sigmoid", LN_LAYERNORM, GRAD_GATED, FAMILY, LN_GATE_SIGMOID},
	{"backward_silu", LN_LAYERNORM, GRAD_GATED, FAMILY, LN_GATE_SELF},
	{"backward_before", LN_RMSNORM, GRAD_GATED | OF(GDSUM), FAMILY, LN_GATE_BEFORE},
};
enum { MORE = sizeof more / sizeof more[0] };

/* File i, up to norm_count() + MORE. */
static struct golden_file file_of(size_t i)
{
	static char name[64];
	uint32_t norm = (uint32_t)i;

	if (i >= norm_count())
		return more[i - norm_count()];
	snprintf(name, sizeof name, "backward_%s", norm_facts(norm)->name);
	return (struct golden_file){name, norm, 0, X_TYPES, 0};
}

/* A digit of i in this base. */
static size_t digit(size_t *i, size_t base)
{
	size_t d = *i % base;

	*i /= base;
	return d;
}

/* Case i of a file: false past the last. */
static bool make(const struct golden_file *file, size_t i, struct grad_call *c, const struct row_kind **kind)
{
	static const size_t counts[] = {1, 5, 64, 768, 1025, 2500}, row_counts[] = {3, 100}, kinds[] = {0, 4, 9, 16};
	static const uint32_t flags[] = {0, LN_ACCUMULATE | LN_GRADS_AS_PARAMS, LN_GAMMA_PLUS_ONE};
	size_t type = digit(&i, file->types), cols = counts[digit(&i, 6)], rows = row_counts[digit(&i, 2)], k = digit(&i, 4);

	if (i != 0)
		return false;
	ln_desc d = plain_desc(file->norm, x_types[type], cols > 1000 ? 7 : rows, cols);
	d.flags = flags[(cols + k) % 3] | file->flags;
	d.rows_per_param = k == 1 ? 40 : 0;
	*c = grad_make(&d, GRAD_PLAIN | file->more);
	*kind = row_kind(kinds[k]);
	grad_fill(c, *kind, 100 + k);
	return true;
}

/* ---- The lines ---- */

static uint64_t hash_input(const struct grad_call *c)
{
	static const int inputs[] = {GX, GDY, GDSUM, GGAMMA, GBETA, GGATE, GMEAN, GRSTD};
	struct arena a = grad_arena(c);

	return golden_hash(&a, inputs, sizeof inputs / sizeof inputs[0]);
}

static uint64_t hash_output(const struct grad_call *c)
{
	static const int outputs[] = {GDX, GDGAMMA, GDBETA, GDGATE};
	struct arena a = grad_arena(c);

	return golden_hash(&a, outputs, sizeof outputs / sizeof outputs[0]);
}

static void print_line(char line[GOLDEN_LINE], const struct grad_call *c, const struct row_kind *kind, const struct golden_hashes *hashes)
{
	char words[GOLDEN_LINE - 60];

	snprintf(words, sizeof words, "%s, %s", grad_name(c), kind->name);
	golden_line(line, hashes, words);
}

static void model_line(char line[GOLDEN_LINE], const struct grad_call *c, const struct row_kind *kind)
{
	struct golden_hashes hashes = {.input = hash_input(c)};

	for (int class = UNFUSED; class <= FUSED; class++) {
		struct grad_call done = grad_clone(c);
		model_backward((enum arithmetic)class, &done.b, NULL);
		hashes.of[class] = hash_output(&done);
		grad_free(&done);
	}
	print_line(line, c, kind, &hashes);
}

bool golden_print_backward(const char *name)
{
	struct golden_file file = {0};
	const struct row_kind *kind;
	struct grad_call c;
	char line[GOLDEN_LINE];
	size_t n = 0;

	while (n < norm_count() + MORE && strcmp((file = file_of(n)).name, name) != 0)
		n++;
	if (n == norm_count() + MORE)
		return false;
	printf("# FNV-1a (64) of x, dy, dsum, gamma, beta, gate, mean, rstd; of dx, dgamma, dbeta, dgate by unfused kernels; by fused ones"
	       " (lntest --golden %s)\n", name);
	for (size_t i = 0; make(&file, i, &c, &kind); i++) {
		model_line(line, &c, kind);
		fputs(line, stdout);
		grad_free(&c);
	}
	return true;
}

/* ---- The tests ---- */

/* A kernel knows one of the two classes; the other's hash is taken from the file. */
static void check_kernels(const struct grad_call *c, const struct row_kind *kind, const char *committed)
{
	const struct kernel *k;
	char line[GOLDEN_LINE];

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct golden_hashes hashes = golden_hashes_of(committed);
		struct grad_call done = grad_clone(c);
		note(k, "golden, %s", committed);
		grad_run(&done);
		hashes.of[k->arithmetic] = hash_output(&done);
		grad_free(&done);
		print_line(line, c, kind, &hashes);
		expect_golden(k->name, line, committed);
	}
}

static size_t of_eleven;	/* cases that are checked: eleven is no step of a digit of i */

static bool check_case(size_t file, size_t i, const char *committed)
{
	struct golden_file of = file_of(file);
	const struct row_kind *kind;
	struct grad_call c;
	char line[GOLDEN_LINE];

	if (!make(&of, i, &c, &kind))
		return false;
	if (i % 11 < of_eleven) {
		model_line(line, &c, kind);
		expect_golden("the model", line, committed);
		check_kernels(&c, kind, committed);
	}
	grad_free(&c);
	return true;
}

START_TEST(as_committed)
{
	of_eleven = thinned("backward_golden: of every eleven cases", 11, 1);
	golden_compare(file_of((size_t)_i).name, (size_t)_i, check_case);
}
END_TEST

Suite *suite_backward_golden(void)
{
	Suite *suite = suite_create("backward_golden");

	tcase_add_loop_test(add_case(suite, "backward_golden"), as_committed, 0, (int)norm_count() + MORE);
	return suite;
}
