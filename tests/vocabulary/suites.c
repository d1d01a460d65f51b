/*
 * suites.c - the suites vocabulary_ISA: each word of that ISA's vec_*.h against plain C
 */
#include "lntest.h"
#include "vocabulary.h"

#include <stdio.h>
#include <string.h>

static const struct {
	const char *name;
	void (*check)(const struct vocabulary *v);
} words[] = {
#define ANY(word) {#word, check_##word},
#include "words.def"
};

enum { WORDS = sizeof words / sizeof words[0] };

#define VOCABULARY(isa) extern const struct vocabulary vocabulary_##isa;
#include "vocabularies.inc"
#undef VOCABULARY

static const struct vocabulary *const vocabularies[] = {
#define VOCABULARY(isa) &vocabulary_##isa,
#include "vocabularies.inc"
#undef VOCABULARY
};

const struct kernel *kernel_of(const struct vocabulary *v)
{
	for (size_t i = 0; known_kernel(i); i++)
		if (strcmp(known_kernel(i)->name, v->name) == 0)
			return known_kernel(i);
	ck_abort_msg("the library is built with \"%s\", of which the tests do not know the arithmetic", v->name);
}

size_t places(size_t all)
{
	return small_run() && all > 2 ? 2 : all;
}

/* What is left out is said once, by the first word. */
START_TEST(each_word)
{
	const struct vocabulary *v = vocabularies[_i / WORDS];
	size_t word = (size_t)_i % WORDS;

	if (!is_usable(v->name)) {
		if (word == 0)
			printf("skipped: vocabulary_%s: this CPU cannot run it\n", v->name);
		return;
	}
	if (word == 0 && places(v->lanes()) < v->lanes())
		thinned("vocabulary: lanes in which every value is tried", v->lanes(), places(v->lanes()));
	note(kernel_of(v), "%s%s", strncmp(words[word].name, "wide_", 5) == 0 ? "" : "vec_", words[word].name);
	words[word].check(v);
}
END_TEST

static Suite *suite_of(const char *name, const struct vocabulary *v)
{
	Suite *suite = suite_create(name);
	int isa = 0;

	while (vocabularies[isa] != v)
		isa++;
	tcase_add_loop_test(add_case(suite, name), each_word, isa * WORDS, (isa + 1) * WORDS);
	return suite;
}

#define VOCABULARY(isa) Suite *suite_vocabulary_##isa(void) { return suite_of("vocabulary_" #isa, &vocabulary_##isa); }
#include "vocabularies.inc"
#undef VOCABULARY
