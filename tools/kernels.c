/*
 * kernels.c - the kernels that this CPU can run, and the arithmetic of each
 */
#include "kernels.h"

#include <ln.h>
#include <stdio.h>
#include <string.h>

#include "complain.h"

/*
 * Measure how the kernels in use round gamma * xhat + beta. The row has mean 0 and variance 1 exactly, so xhat[0] is exactly 3.
 * gamma * 3 = 3 + 3*2^-23 lies between two floats and would be rounded to 3 + 4*2^-23; less 3, that leaves 4*2^-23 if the product
 * was rounded, and 3*2^-23 if it was not.
 */
static enum arithmetic measure(void)
{
	enum { COLS = 12 };
	static const float x[COLS] = {3, -1, -1, -1};
	static const float gamma[COLS] = {1 + 0x1p-23f};
	static const float beta[COLS] = {-3};
	float y[COLS];

	if (ln_layernorm_f32(1, COLS, x, gamma, beta, 0, y) != LN_OK)
		return NEITHER;
	return y[0] == 3 * 0x1p-23f ? FUSED : y[0] == 4 * 0x1p-23f ? UNFUSED : NEITHER;
}

size_t kernels_list(struct kernel list[MAX_KERNELS])
{
	size_t count = 0;

	for (const char *name; count < MAX_KERNELS && (name = ln_isa_name(count)); count++) {
		ln_set_isa(name);
		list[count] = (struct kernel){name, measure()};
	}
	ln_set_isa(NULL);
	return count;
}

bool kernels_agree(const struct kernel *kernel)
{
	static const struct kernel stated[] = {
		{"avx2", FUSED}, {"avx512", FUSED}, {"neon", FUSED}, {"sve", FUSED}, {"scalar", UNFUSED}, {"portable", UNFUSED}, {"sse41", UNFUSED},
	};

	for (size_t i = 0; i < sizeof stated / sizeof *stated; i++)
		if (strcmp(kernel->name, stated[i].name) == 0)
			return kernel->arithmetic == stated[i].arithmetic;
	return true;
}

int kernels_use(const char *name)
{
	char usable[256] = "";
	size_t at = 0;

	if (!name || ln_set_isa(name) == LN_OK)
		return 0;
	for (size_t i = 0; ln_isa_name(i) && at < sizeof usable; i++)
		at += (size_t)snprintf(usable + at, sizeof usable - at, " %s", ln_isa_name(i));
	complain("--isa", "'%s' is unknown or cannot run on this CPU; usable here:%s", name, usable);
	return -1;
}

const char *arithmetic_name(enum arithmetic arithmetic)
{
	static const char *const names[CLASSES] = {[UNFUSED] = "unfused", [FUSED] = "fused", [NEITHER] = "neither"};

	return names[arithmetic];
}

const char *version_text(uint32_t version, char text[VERSION_TEXT])
{
	snprintf(text, VERSION_TEXT, "%u.%u.%u", version >> 16 & 255, version >> 8 & 255, version & 255);
	return text;
}
