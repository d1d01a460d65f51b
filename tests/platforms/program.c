/*
 * program.c - the golden bits on a platform that need not have files, an environment or Check: golden files of the plain operations come by
 * standard input, one line a kernel goes out
 */
#include "fnv.h"
#include "norms.h"
#include "rows.h"

#include <inttypes.h>
#include <ln.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 3, COLS_MAX = 4097, ELEMENT_MAX = sizeof(double), KERNELS_MAX = 8 };

/* A golden file's operation, and a line of it: hashes of input and outputs, the shape, and the kind of row, whose number is the seed too. */
struct file { uint32_t norm, type; };
struct one { uint64_t input, of[2]; size_t rows, cols, kind; };

static _Alignas(16) unsigned char x[ROWS_MAX * COLS_MAX * ELEMENT_MAX], y[sizeof x], gamma_[COLS_MAX * ELEMENT_MAX], beta[sizeof gamma_];
static size_t cases, equal[KERNELS_MAX];

static bool is_fused(const char *kernel)
{
	return strcmp(kernel, "avx2") == 0 || strcmp(kernel, "avx512") == 0 || strcmp(kernel, "neon") == 0 || strcmp(kernel, "sve") == 0;
}

/* What a comment of the golden files says of the lines that follow it. */
static bool is_head(const char *line, struct file *file)
{
	static const char *const types[] = {[LN_F32] = "f32", [LN_F64] = "f64", [LN_BF16] = "bf16", [LN_F16] = "f16"};
	const char *name = strstr(line, "--golden ");

	if (line[0] != '#' || !name)
		return false;
	name += strlen("--golden ");
	for (uint32_t norm = 0; norm_facts(norm); norm++)
		if (strncmp(name, norm_facts(norm)->name, strlen(norm_facts(norm)->name)) == 0)
			file->norm = norm;
	for (uint32_t type = LN_F32; type <= LN_F16; type++)
		if (strncmp(strchr(name, '_') + 1, types[type], strlen(types[type])) == 0)
			file->type = type;
	return true;
}

static void stop(const char *what, const char *line)
{
	fprintf(stderr, "%s: %s", what, line);
	exit(EXIT_FAILURE);
}

static struct one case_of(const char *line)
{
	char name[100];
	struct one c;

	if (sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNx64 " %zu x %zu, eps %*[^,], %99[^\n]", &c.input, &c.of[0], &c.of[1], &c.rows, &c.cols,
		   name) != 6 || c.rows > ROWS_MAX || c.cols > COLS_MAX)
		stop("not a line of a golden file of plain operations", line);
	for (c.kind = 0; row_kind(c.kind) && strcmp(row_kind(c.kind)->name, name) != 0;)
		c.kind++;
	if (!row_kind(c.kind))
		stop("of an unknown kind of row", line);
	return c;
}

static void fill(const struct one *c, const struct file *file, const char *line)
{
	size_t size = type_size(file->type), parameters = c->cols * size;

	rows_fill(row_kind(c->kind), file->type, c->kind, c->rows, c->cols, x);
	rows_parameters(c->kind, file->type, c->cols, gamma_, beta);
	uint64_t h = fnv_add(fnv_add(fnv_begin, x, c->rows * parameters, size), gamma_, parameters, size);
	if (norm_facts(file->norm)->has_beta)
		h = fnv_add(h, beta, parameters, size);
	if (h != c->input)
		stop("its input is another one here", line);
}

static bool is_equal(const struct one *c, const struct file *file, const char *kernel)
{
	size_t size = type_size(file->type);
	ln_desc d = {.struct_size = sizeof d, .norm = file->norm, .x_type = file->type, .rows = c->rows, .cols = c->cols,
		     .eps = row_kind(c->kind)->eps};
	ln_forward_tensors t = {.struct_size = sizeof t, .x = x, .gamma = gamma_, .beta = norm_facts(file->norm)->has_beta ? beta : NULL, .y = y};

	return ln_set_isa(kernel) == LN_OK && ln_forward(&d, &t) == LN_OK &&
	       fnv_add(fnv_begin, y, c->rows * c->cols * size, size) == c->of[is_fused(kernel)];
}

int main(void)
{
	char line[400];
	struct file file = {0, LN_F32};
	bool all = true;

	while (fgets(line, sizeof line, stdin)) {
		if (is_head(line, &file))
			continue;
		struct one c = case_of(line);
		fill(&c, &file, line);
		for (size_t k = 0; ln_isa_name(k); k++)
			equal[k] += is_equal(&c, &file, ln_isa_name(k));
		cases++;
	}
	for (size_t k = 0; ln_isa_name(k); k++) {
		printf("%s %zu of %zu\n", ln_isa_name(k), equal[k], cases);
		all = all && equal[k] == cases;
	}
	return all && cases > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
