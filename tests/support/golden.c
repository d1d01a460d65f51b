/* golden.c - hashes, lines and files of golden outputs */
#include "golden.h"
#include "fnv.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

uint64_t golden_hash(const struct arena *a, const int *tensors, size_t count)
{
	uint64_t h = fnv_begin;

	for (size_t n = 0; n < count; n++) {
		const struct part *part = &a->parts[tensors[n]];
		if (part->bytes > 0)
			h = fnv_add(h, a->memory + part->at, part->bytes, type_size(part->type));
	}
	return h;
}

void golden_line(char line[GOLDEN_LINE], const struct golden_hashes *hashes, const char *words)
{
	snprintf(line, GOLDEN_LINE, "%016" PRIx64 " %016" PRIx64 " %016" PRIx64 "  %s\n", hashes->input, hashes->of[UNFUSED],
		 hashes->of[FUSED], words);
}

struct golden_hashes golden_hashes_of(const char *committed)
{
	struct golden_hashes h;

	if (sscanf(committed, "%" SCNx64 " %" SCNx64 " %" SCNx64, &h.input, &h.of[UNFUSED], &h.of[FUSED]) != 3)
		ck_abort_msg("not a golden line: %s", committed);
	return h;
}

void expect_golden(const char *whose, const char *line, const char *committed)
{
	if (strcmp(line, committed) != 0)
		ck_abort_msg("%s: the bits have changed:\n%scommitted:\n%s", whose, line, committed);
}

void golden_compare(const char *name, size_t file, golden_check *check)
{
	char committed[GOLDEN_LINE], path[300];
	size_t i = 0;

	snprintf(path, sizeof path, "%s/golden/%s.txt", LN_TEST_DIR, name);
	FILE *golden = fopen(path, "r");
	ck_assert_msg(golden && fgets(committed, sizeof committed, golden), "no %s; lntest --golden makes it", path);
	while (fgets(committed, sizeof committed, golden))
		ck_assert_msg(check(file, i++, committed), "%s has more lines than the %zu cases", path, i);
	ck_assert_msg(!check(file, i, ""), "%s ends before its case %zu", path, i);
	fclose(golden);
}
