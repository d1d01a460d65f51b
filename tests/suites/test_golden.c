/* test_golden.c - golden outputs of the forward pass; `lntest --golden NAME` prints a file, by the model */
#include "call.h"
#include "golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3 };

/* One case of a file: what to call, on rows of which kind and seed. */
struct golden_case { ln_desc d; unsigned tensors; size_t kind, seed; };

/* Case i of a file, false past the last; `file` is its operation, if it is one of those. */
typedef bool golden_make(size_t file, size_t i, struct golden_case *c);

/* ---- The cases ---- */

/* A plain operation: every kind of row. */
static bool plain_case(size_t file, size_t i, struct golden_case *c)
{
	static const size_t counts[] = {1, 5, 64, 384, 768, 1025, 4097};
	enum { COUNTS = sizeof counts / sizeof counts[0] };
	const struct operation *op = operation(file);

	c->kind = c->seed = i / COUNTS;
	c->d = plain_desc(op->norm, op->type, ROWS, counts[i % COUNTS]);
	c->tensors = norm_facts(op->norm)->has_beta ? PLAIN : WITH(X) | WITH(GAMMA) | WITH(Y);
	return row_kind(c->kind) != NULL;
}

/* Takes a digit of this base from i. */
static size_t digit(size_t *i, size_t base)
{
	size_t d = *i % base;

	*i /= base;
	return d;
}

/* LayerNorm and RMSNorm, all sizes and kinds that the descriptor's files have in common. */
static void common(size_t *i, uint32_t type, struct golden_case *c)
{
	static const size_t counts[] = {5, 64, 1025}, kinds[] = {0, 4, 9};
	size_t cols = counts[digit(i, 3)], norm = digit(i, 2);

	c->kind = kinds[digit(i, 3)];
	c->seed = c->kind + 100;
	c->d = plain_desc((uint32_t)norm, type, ROWS, cols);
}

static bool residual_case(size_t file, size_t i, struct golden_case *c)
{
	static const uint32_t flags[] = {0, LN_ROUND_SUM, LN_CAST_BEFORE_GAMMA | LN_GAMMA_PLUS_ONE, LN_ROUND_SUM | LN_EPS_OUTSIDE};
	size_t type = digit(&i, X_TYPES), set = digit(&i, 4);

	(void)file;
	common(&i, x_types[type], c);
	c->d.flags = flags[set];
	c->tensors = PLAIN | STATS | WITH(RESIDUAL) | WITH(SUM);
	return i == 0;
}

static bool quantised_case(size_t file, size_t i, struct golden_case *c)
{
	static const uint32_t types[] = {LN_I8, LN_F8_E4M3, LN_F8_E5M2, LN_U8};
	size_t x_type = digit(&i, FAMILY), set = digit(&i, 7);

	(void)file;
	common(&i, x_types[x_type], c);
	c->d.y_type = types[set % 4];
	c->d.y_scale = 0.0244140625;
	c->tensors = PLAIN;
	if (set % 4 == 3 || set % 4 == 0)
		c->d.y_zero_point = set == 3 ? 128 : 3;
	if (set >= 4) {
		c->d.flags = LN_ROW_SCALE;
		c->d.y_scale = c->d.y_zero_point = 0;
		c->tensors |= WITH(Y_SCALE);
	}
	return i == 0;
}

/* Groups of columns with scales of their own, of either type: of a divisor of a block, of one that is none, and of one column. */
static bool scales_case(size_t file, size_t i, struct golden_case *c)
{
	static const uint32_t types[] = {LN_I8, LN_F8_E4M3, LN_F8_E5M2};
	static const size_t counts[] = {96, 256, 2560}, groups[] = {32, 1, 0};
	size_t x_type = digit(&i, 3), y_type = digit(&i, 3), power = digit(&i, 2), group = digit(&i, 3), cols = digit(&i, 3), norm = digit(&i, 2);

	(void)file;
	c->kind = (x_type + y_type + cols) % 3 * 4;
	c->seed = c->kind + 100;
	c->d = plain_desc((uint32_t)norm, x_types[x_type], ROWS, counts[cols]);
	c->d.y_type = types[y_type];
	c->d.flags = LN_ROW_SCALE;
	c->d.scale_type = power ? LN_E8M0 : LN_F32;
	c->d.cols_per_scale = groups[group] != 0 ? groups[group] : counts[cols] / 4 * (cols == 2 ? 2 : 1);
	c->tensors = PLAIN | WITH(Y_SCALE);
	return i == 0;
}

static bool gated_case(size_t file, size_t i, struct golden_case *c)
{
	size_t type = digit(&i, FAMILY);

	(void)file;
	common(&i, x_types[type], c);
	c->tensors = PLAIN | WITH(GATE);
	return i == 0;
}

/* Each of the flags of a gate, one after the other. */
static bool flagged_gate_case(size_t file, size_t i, struct golden_case *c)
{
	size_t type = digit(&i, FAMILY);

	(void)file;
	common(&i, x_types[type], c);
	c->d.flags = gate_flags(1 + digit(&i, GATES - 1), 0);
	c->tensors = PLAIN | WITH(GATE);
	return i == 0;
}

/* Two images of five pixels, each tensor with columns apart in its own way. */
static bool columns_case(size_t file, size_t i, struct golden_case *c)
{
	size_t type = digit(&i, X_TYPES), with = digit(&i, 2);

	(void)file;
	common(&i, x_types[type], c);
	c->d.rows = 10;
	c->d.heads = 5;
	c->d.x_col_stride = c->d.y_col_stride = 5;
	c->d.residual_col_stride = 7;
	c->d.sum_col_stride = 2 * c->d.heads;
	c->d.sum_head_stride = 2;
	c->tensors = PLAIN | STATS | (with ? WITH(RESIDUAL) | WITH(SUM) : 0);
	return i == 0;
}

/* The files are those of the plain operations, whichever there are, and after them these. */
static const struct { const char *name; golden_make *make; } more[] = {
	{"residual", residual_case}, {"quantised", quantised_case}, {"gated", gated_case}, {"gates", flagged_gate_case},
	{"columns", columns_case}, {"scales", scales_case},
};
enum { MORE = sizeof more / sizeof more[0] };

/* NULL past the last. */
static const char *file_name(size_t file)
{
	size_t n = operation_count();

	return file < n ? operation(file)->name : file < n + MORE ? more[file - n].name : NULL;
}

static bool make(size_t file, size_t i, struct golden_case *c)
{
	size_t n = operation_count();

	return (file < n ? plain_case : more[file - n].make)(file, i, c);
}

static struct call call_of(const struct golden_case *c)
{
	struct call call = call_make(&c->d, c->tensors);

	call_fill(&call, row_kind(c->kind), c->seed);
	return call;
}

/* ---- The lines ---- */

static uint64_t hash_input(const struct call *c)
{
	static const int inputs[] = {X, GAMMA, BETA, RESIDUAL, GATE};
	struct arena a = call_arena(c);

	return golden_hash(&a, inputs, sizeof inputs / sizeof inputs[0]);
}

static uint64_t hash_output(const struct call *c)
{
	static const int outputs[] = {Y, Y_SCALE, SUM, MEAN, RSTD};
	struct arena a = call_arena(c);

	return golden_hash(&a, outputs, sizeof outputs / sizeof outputs[0]);
}

static void print_line(char line[GOLDEN_LINE], const struct call *c, size_t kind, const struct golden_hashes *hashes)
{
	char size[100], words[GOLDEN_LINE - 60];
	bool is_plain = !c->f.d.flags && !c->f.residual && !c->f.gate && !c->f.d.y_type;

	snprintf(size, sizeof size, "%zu x %zu, eps %g", (size_t)c->f.d.rows, (size_t)c->f.d.cols, c->f.d.eps);
	snprintf(words, sizeof words, "%s, %s", is_plain ? size : call_name(c), row_kind(kind)->name);
	golden_line(line, hashes, words);
}

/* The line as the models have it. */
static void model_line(char line[GOLDEN_LINE], const struct call *c, size_t kind)
{
	struct golden_hashes hashes = {.input = hash_input(c)};

	for (int class = UNFUSED; class <= FUSED; class++) {
		struct call done = call_clone(c);
		model_forward((enum arithmetic)class, &done.f);
		hashes.of[class] = hash_output(&done);
		call_free(&done);
	}
	print_line(line, c, kind, &hashes);
}

static int print_file(size_t file)
{
	struct golden_case c;
	char line[GOLDEN_LINE];

	printf("# FNV-1a (64) of x, gamma, beta, residual, gate; of y, y_scale, sum, mean, rstd by unfused kernels; by fused ones"
	       " (lntest --golden %s)\n", file_name(file));
	for (size_t i = 0; make(file, i, &c); i++) {
		struct call call = call_of(&c);
		model_line(line, &call, c.kind);
		fputs(line, stdout);
		call_free(&call);
	}
	return EXIT_SUCCESS;
}

int golden_print(const char *name)
{
	for (size_t file = 0; file_name(file); file++)
		if (strcmp(file_name(file), name) == 0)
			return print_file(file);
	if (golden_print_backward(name) || golden_print_cells(name))
		return EXIT_SUCCESS;
	fprintf(stderr, "lntest: no golden file \"%s\"\n", name);
	return EXIT_FAILURE;
}

/* ---- The tests ---- */

/* A kernel knows one of the two classes; the other's hash is taken from the file. */
static void check_kernels(const struct call *c, size_t kind, const char *committed)
{
	const struct kernel *k;
	char line[GOLDEN_LINE];

	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		struct golden_hashes hashes = golden_hashes_of(committed);
		struct call done = call_clone(c);
		note(k, "golden, %s", committed);
		call_run(&done);
		hashes.of[k->arithmetic] = hash_output(&done);
		call_free(&done);
		print_line(line, c, kind, &hashes);
		expect_golden(k->name, line, committed);
	}
}

static bool check_case(size_t file, size_t i, const char *committed)
{
	struct golden_case c;
	char line[GOLDEN_LINE];

	if (!make(file, i, &c))
		return false;
	struct call call = call_of(&c);
	model_line(line, &call, c.kind);
	expect_golden("the model", line, committed);
	check_kernels(&call, c.kind, committed);
	call_free(&call);
	return true;
}

START_TEST(as_committed)
{
	golden_compare(file_name((size_t)_i), (size_t)_i, check_case);
}
END_TEST

Suite *suite_golden(void)
{
	Suite *suite = suite_create("golden");

	tcase_add_loop_test(add_case(suite, "golden"), as_committed, 0, (int)operation_count() + MORE);
	return suite;
}
