/*
 * program.c - the golden bits on a platform that need not have files, an environment or Check: golden files of the plain operations come by
 * standard input, one line a kernel goes out
 */
#include "rows.h"
#include "types.h"

#include <inttypes.h>
#include <ln.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 3, COLS_MAX = 4097, SIZE_MAX_OF_TYPE = 8, KERNELS_MAX = 8 };

struct file { uint32_t norm, type; size_t cases; };

/* One case: a line of a file and its tensors. */
struct one { uint64_t input, of[2]; const struct row_kind *kind; size_t cols; struct file file; };

static const size_t counts[] = {1, 5, 64, 384, 768, 1025, 4097};
enum { COUNTS = sizeof counts / sizeof counts[0] };

static _Alignas(16) unsigned char x[ROWS * COLS_MAX * SIZE_MAX_OF_TYPE], y[sizeof x], gamma_[COLS_MAX * SIZE_MAX_OF_TYPE], beta[sizeof gamma_];
static size_t cases, equal[KERNELS_MAX];

static bool is_fused(const char *kernel)
{
	return strcmp(kernel, "avx2") == 0 || strcmp(kernel, "avx512") == 0 || strcmp(kernel, "neon") == 0;
}

/* FNV-1a, as in golden.h: of the elements' bytes, the lowest first. */
static uint64_t hash(uint64_t h, const unsigned char *p, size_t n, size_t size)
{
	size_t flip = low_byte_is_first() ? 0 : size - 1;

	for (size_t i = 0; i < n * size; i++)
		h = (h ^ p[i ^ flip]) * 0x100000001b3;
	return h;
}

/* What a comment of the golden files says of the lines that follow it. */
static bool is_head(const char *line, struct file *file)
{
	static const char *const types[] = {[LN_F32] = "f32", [LN_F64] = "f64", [LN_BF16] = "bf16", [LN_F16] = "f16"};
	const char *name = strstr(line, "--golden ");

	if (line[0] != '#' || !name)
		return false;
	*file = (struct file){.norm = strstr(name, "rmsnorm") ? LN_RMSNORM : LN_LAYERNORM};
	for (uint32_t type = LN_F32; type <= LN_F16; type++)
		if (strncmp(strchr(name, '_') + 1, types[type], strlen(types[type])) == 0)
			file->type = type;
	return true;
}

static struct one case_of(const char *line, const struct file *file)
{
	struct one c = {.cols = counts[file->cases % COUNTS], .kind = row_kind(file->cases / COUNTS), .file = *file};

	if (!c.kind || sscanf(line, "%" SCNx64 " %" SCNx64 " %" SCNx64, &c.input, &c.of[0], &c.of[1]) != 3) {
		fprintf(stderr, "not a line of a golden file: %s", line);
		exit(EXIT_FAILURE);
	}
	return c;
}

static void fill(const struct one *c)
{
	size_t size = type_size(c->file.type), seed = c->file.cases / COUNTS;
	uint64_t h = 0xcbf29ce484222325;

	rows_fill(c->kind, c->file.type, seed, ROWS, c->cols, x);
	rows_parameters(seed, c->file.type, c->cols, gamma_, beta);
	h = hash(hash(h, x, ROWS * c->cols, size), gamma_, c->cols, size);
	if (c->file.norm == LN_LAYERNORM)
		h = hash(h, beta, c->cols, size);
	if (h != c->input) {
		fprintf(stderr, "the input of case %zu is not that of the golden file\n", c->file.cases);
		exit(EXIT_FAILURE);
	}
}

static bool is_equal(const struct one *c, const char *kernel)
{
	ln_desc d = {.struct_size = sizeof d, .norm = c->file.norm, .x_type = c->file.type, .rows = ROWS, .cols = c->cols, .eps = c->kind->eps};
	ln_forward_tensors t = {.struct_size = sizeof t, .x = x, .gamma = gamma_, .beta = c->file.norm == LN_LAYERNORM ? beta : NULL, .y = y};

	return ln_set_isa(kernel) == LN_OK && ln_forward(&d, &t) == LN_OK &&
	       hash(0xcbf29ce484222325, y, ROWS * c->cols, type_size(c->file.type)) == c->of[is_fused(kernel)];
}

int main(void)
{
	char line[400];
	struct file file = {0, 0, 0};
	bool all = true;

	while (fgets(line, sizeof line, stdin)) {
		if (is_head(line, &file))
			continue;
		struct one c = case_of(line, &file);
		fill(&c);
		for (size_t k = 0; ln_isa_name(k); k++)
			equal[k] += is_equal(&c, ln_isa_name(k));
		file.cases++;
		cases++;
	}
	for (size_t k = 0; ln_isa_name(k); k++) {
		printf("%s %zu of %zu\n", ln_isa_name(k), equal[k], cases);
		all = all && equal[k] == cases;
	}
	return all && cases > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
