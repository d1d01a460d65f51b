/*
 * test_backward_golden.c - the bits of the gradients are part of the ABI: hashes of outputs for fixed inputs, in golden/backward_*.txt
 *
 * As test_golden.c has it for the forward: 64-bit FNV-1a over the elements' bytes, tensor by tensor; `lntest --golden NAME` prints the
 * file, by the model.
 */
#include "backward_call.h"
#include "call.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LINE_BYTES = 500 };

static const uint32_t types[] = {LN_F32, LN_BF16, LN_F16, LN_F64};

struct golden_file { const char *name; uint32_t norm; unsigned more; uint32_t types; };

static const struct golden_file files[] = {
	{"backward_layernorm", LN_LAYERNORM, 0, 4}, {"backward_rmsnorm", LN_RMSNORM, 0, 4},
	{"backward_residual", LN_LAYERNORM, OF(GDSUM) | GRAD_STATS, 4}, {"backward_gated", LN_RMSNORM, GRAD_GATED, 3},
};
enum { FILES = sizeof files / sizeof files[0] };

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
	ln_desc d = plain_desc(file->norm, types[type], cols > 1000 ? 7 : rows, cols);
	d.flags = flags[(cols + k) % 3];
	d.rows_per_param = k == 1 ? 40 : 0;
	*c = grad_make(&d, GRAD_PLAIN | file->more);
	*kind = row_kind(kinds[k]);
	grad_fill(c, *kind, 100 + k);
	return true;
}

/* ---- The lines ---- */

static uint64_t hash_tensors(const struct grad_call *c, enum grad_tensor first, enum grad_tensor last)
{
	uint64_t h = 0xcbf29ce484222325;

	for (int t = (int)first; t <= (int)last; t++)
		for (size_t i = 0; i < c->part[t].bytes; i++)	/* the machines of the tests are little-endian */
			h = (h ^ c->arena[c->part[t].at + i]) * 0x100000001b3;
	return h;
}

/* One line of a file; of the inputs' hash, it is seen whether the test has changed, and not the library. */
static void print_line(char line[LINE_BYTES], const struct grad_call *c, const struct row_kind *kind, const uint64_t of[2])
{
	snprintf(line, LINE_BYTES, "%016" PRIx64 " %016" PRIx64 " %016" PRIx64 "  %s, %s\n", hash_tensors(c, GX, GRSTD), of[UNFUSED],
		 of[FUSED], grad_name(c), kind->name);
}

static void model_line(char line[LINE_BYTES], const struct grad_call *c, const struct row_kind *kind)
{
	uint64_t of[2];

	for (int class = UNFUSED; class <= FUSED; class++) {
		struct grad_call done = grad_clone(c);
		model_backward((enum arithmetic)class, &done.b, NULL);
		of[class] = hash_tensors(&done, GDX, GDGATE);
		grad_free(&done);
	}
	print_line(line, c, kind, of);
}

bool golden_print_backward(const char *name)
{
	const struct golden_file *file = NULL;
	const struct row_kind *kind;
	struct grad_call c;
	char line[LINE_BYTES];

	for (size_t i = 0; i < FILES; i++)
		if (strcmp(files[i].name, name) == 0)
			file = &files[i];
	if (!file)
		return false;
	printf("# FNV-1a (64) of x, dy, dsum, gamma, beta, gate, mean, rstd; of dx, dgamma, dbeta, dgate by unfused kernels; by fused ones"
	       " (lntest --golden %s)\n", name);
	for (size_t i = 0; make(file, i, &c, &kind); i++) {
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
	char line[LINE_BYTES];
	uint64_t input, of[2];

	if (sscanf(committed, "%" SCNx64 " %" SCNx64 " %" SCNx64, &input, &of[UNFUSED], &of[FUSED]) != 3)
		ck_abort_msg("not a golden line: %s", committed);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		uint64_t mixed[2] = {of[UNFUSED], of[FUSED]};
		struct grad_call done = grad_clone(c);
		note(k, "golden, %s", committed);
		grad_run(&done);
		mixed[k->arithmetic] = hash_tensors(&done, GDX, GDGATE);
		grad_free(&done);
		print_line(line, c, kind, mixed);
		if (strcmp(line, committed) != 0)
			ck_abort_msg("%s: the bits have changed:\n%scommitted:\n%s", k->name, line, committed);
	}
}

START_TEST(as_committed)
{
	const struct golden_file *file = &files[_i];
	const struct row_kind *kind;
	char committed[LINE_BYTES], line[LINE_BYTES], path[300];
	struct grad_call c;

	snprintf(path, sizeof path, "%s/golden/%s.txt", LN_TEST_DIR, file->name);
	FILE *golden = fopen(path, "r");
	ck_assert_msg(golden && fgets(committed, sizeof committed, golden), "no %s; lntest --golden makes it", path);
	size_t of_five = thinned("backward_golden: of every five cases", 5, 1);	/* five: no step of a digit of i */
	for (size_t i = 0; make(file, i, &c, &kind); i++) {
		ck_assert_msg(fgets(committed, sizeof committed, golden), "%s ends before its case %zu", path, i);
		if (i % 5 >= of_five) {
			grad_free(&c);
			continue;
		}
		model_line(line, &c, kind);
		if (strcmp(line, committed) != 0)
			ck_abort_msg("the model's bits are not those committed:\n%scommitted:\n%s", line, committed);
		check_kernels(&c, kind, committed);
		grad_free(&c);
	}
	ck_assert_msg(!fgets(committed, sizeof committed, golden), "%s has more lines than cases", path);
	fclose(golden);
}
END_TEST

Suite *suite_backward_golden(void)
{
	Suite *suite = suite_create("backward_golden");

	tcase_add_loop_test(add_case(suite, "backward_golden"), as_committed, 0, FILES);
	return suite;
}
