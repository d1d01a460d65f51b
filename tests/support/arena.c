/* arena.c - compares calls by their memory */
#include "arena.h"

#include <string.h>

#include "types.h"

/* The tensor that holds this byte; where tensors share, the one that was laid out there. */
static size_t part_at(const struct arena *a, size_t byte)
{
	size_t t = 0;

	while (t < a->count && !(a->parts[t].bytes && byte >= a->parts[t].at && byte < a->parts[t].at + a->parts[t].bytes))
		t++;
	return t;
}

void expect_same_arena(const struct kernel *k, const struct arena *got, const struct arena *want, const char *call, const char *what)
{
	char is[BITS_TEXT], should[BITS_TEXT];
	size_t byte = 0;

	if (memcmp(got->memory, want->memory, want->bytes) == 0)
		return;
	while (got->memory[byte] == want->memory[byte])
		byte++;
	size_t t = part_at(want, byte);
	if (t == want->count)
		ck_abort_msg("%s: wrote between tensors, at byte %zu of the arena: %s: %s", k->name, byte, call, what);
	const struct part *part = &want->parts[t];
	size_t i = (byte - part->at) / type_size(part->type);
	bits_text(is, part->type, got->memory + part->at, i);
	bits_text(should, part->type, want->memory + part->at, i);
	ck_abort_msg("%s: element %zu of what lies in %s is %s, not %s: %s: %s", k->name, i, want->names[t], is, should, call, what);
}
