/*
 * test_expected.c - the kernels that LN_EXPECT_ISA names must be usable here; what is skipped is said by name, kernels and suites
 */
#include "lntest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

START_TEST(expected_kernels_are_usable)
{
	const char *expected = getenv("LN_EXPECT_ISA");
	char names[200], *rest = NULL;

	for (size_t i = 0; known_kernel(i); i++) {
		const char *name = known_kernel(i)->name;
		printf(is_usable(name) ? "usable: %s\n" : "skipped: %s: this CPU cannot run it\n", name);
	}
	if (*LN_TEST_LEFT_OUT)
		printf("skipped: no type of 113 bits here: %s\n", LN_TEST_LEFT_OUT);
	ck_assert_int_lt(snprintf(names, sizeof names, "%s", expected ? expected : ""), (int)sizeof names);
	for (char *name = strtok_r(names, " ,", &rest); name; name = strtok_r(NULL, " ,", &rest))
		ck_assert_msg(is_usable(name), "LN_EXPECT_ISA names %s, which cannot be used here", name);
}
END_TEST

Suite *suite_expected(void)
{
	Suite *suite = suite_create("expected");

	tcase_add_test(add_case(suite, "expected"), expected_kernels_are_usable);
	return suite;
}
