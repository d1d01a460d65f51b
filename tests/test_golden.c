/*
 * test_golden.c - the bits are part of the ABI: hashes of outputs for fixed inputs, committed in golden/layernorm_f32.txt
 *
 * The hash is 64-bit FNV-1a over the floats' bytes in little-endian order. `lntest --golden` prints the file, by the model.
 */
#include "lntest.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3, LINE_BYTES = 200 };

static const size_t column_counts[] = {1, 5, 64, 384, 768, 1025, 4097};
enum { COUNTS = sizeof column_counts / sizeof column_counts[0] };

static uint64_t hash(const float *values, size_t n)
{
	uint64_t h = 0xcbf29ce484222325;
	uint32_t bits;

	for (size_t i = 0; i < n; i++) {
		memcpy(&bits, &values[i], sizeof bits);
		for (int shift = 0; shift < 32; shift += 8)
			h = (h ^ (bits >> shift & 0xff)) * 0x100000001b3;
	}
	return h;
}

static uint64_t hash_output(const struct problem *p)
{
	return hash(p->y, p->rows * p->cols);
}

/* x, gamma and beta one after the other: if this changed, the test did, and not the library. */
static uint64_t hash_input(const struct problem *p)
{
	size_t n = p->rows * p->cols;
	float *all = floats(n + 2 * p->cols);

	memcpy(all, p->x, n * sizeof *all);
	memcpy(all + n, p->gamma, p->cols * sizeof *all);
	memcpy(all + n + p->cols, p->beta, p->cols * sizeof *all);
	uint64_t h = hash(all, n + 2 * p->cols);
	free(all);
	return h;
}

/* One line of the file, from the input's hash and one hash per class. */
static void print_line(char line[LINE_BYTES], const struct problem *p, const char *kind, uint64_t unfused, uint64_t fused)
{
	snprintf(line, LINE_BYTES, "%016" PRIx64 " %016" PRIx64 " %016" PRIx64 "  %d x %zu, eps %g, %s\n", hash_input(p), unfused,
		 fused, ROWS, p->cols, p->eps, kind);
}

/* The line as the models have it. */
static void model_line(char line[LINE_BYTES], struct problem *p, const char *kind)
{
	uint64_t of[2];

	for (int class = UNFUSED; class <= FUSED; class++) {
		solve_by_model(p, (enum arithmetic)class);
		of[class] = hash_output(p);
	}
	print_line(line, p, kind, of[UNFUSED], of[FUSED]);
}

int golden_print(void)
{
	const struct row_kind *kind;
	char line[LINE_BYTES];

	printf("# ln_layernorm_f32: FNV-1a (64) of x, gamma, beta; of y by unfused kernels; of y by fused ones (lntest --golden)\n");
	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = 0; i < COUNTS; i++) {
			struct problem p = problem_make(ROWS, column_counts[i]);
			problem_fill(&p, kind, n);
			model_line(line, &p, kind->name);
			fputs(line, stdout);
			problem_free(&p);
		}
	return EXIT_SUCCESS;
}

/* A kernel knows one of the two classes; the other's hash is taken from the file. */
static void check_kernels(struct problem *p, const char *kind, const char *committed)
{
	const struct kernel *k;
	char line[LINE_BYTES];
	uint64_t input, of[2];

	if (sscanf(committed, "%" SCNx64 " %" SCNx64 " %" SCNx64, &input, &of[UNFUSED], &of[FUSED]) != 3)
		ck_abort_msg("not a golden line: %s", committed);
	for (size_t i = 0; (k = use_kernel(i)) != NULL; i++) {
		uint64_t mixed[2] = {of[UNFUSED], of[FUSED]};
		note(k, "golden, %zu columns, %s", p->cols, kind);
		solve(p);
		mixed[k->arithmetic] = hash_output(p);
		print_line(line, p, kind, mixed[UNFUSED], mixed[FUSED]);
		if (strcmp(line, committed) != 0)
			ck_abort_msg("%s: the bits have changed:\n%scommitted:\n%s", k->name, line, committed);
	}
}

START_TEST(as_committed)
{
	const struct row_kind *kind;
	char committed[LINE_BYTES], line[LINE_BYTES];
	FILE *file = fopen(LN_TEST_DIR "/golden/layernorm_f32.txt", "r");

	ck_assert_msg(file && fgets(committed, sizeof committed, file), "no golden/layernorm_f32.txt; lntest --golden makes it");
	for (size_t n = 0; (kind = row_kind(n)) != NULL; n++)
		for (size_t i = 0; i < COUNTS; i++) {
			struct problem p = problem_make(ROWS, column_counts[i]);
			problem_fill(&p, kind, n);
			ck_assert_msg(fgets(committed, sizeof committed, file), "the golden file ends before %s", kind->name);
			model_line(line, &p, kind->name);
			if (strcmp(line, committed) != 0)
				ck_abort_msg("the model's bits are not those committed:\n%scommitted:\n%s", line, committed);
			check_kernels(&p, kind->name, committed);
			problem_free(&p);
		}
	ck_assert_msg(!fgets(committed, sizeof committed, file), "the golden file has more lines than cases");
	fclose(file);
}
END_TEST

Suite *suite_golden(void)
{
	Suite *suite = suite_create("golden");

	tcase_add_test(add_case(suite, "golden"), as_committed);
	return suite;
}
