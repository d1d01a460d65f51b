/*
 * explained.c - what every explanation of a call must be, whatever the suite
 */
#include "lntest.h"

#include <string.h>

void expect_explained(int status, int explained, const char *words)
{
	size_t length = strlen(words);

	if (status == LN_ERR_PARALLEL)		/* no arguments tell that */
		status = LN_OK;
	if (explained != status)
		ck_abort_msg("status %d is explained as %d: \"%s\"", status, explained, words);
	if ((strcmp(words, "nothing is wrong") == 0) != (status == LN_OK))
		ck_abort_msg("status %d is explained as \"%s\"", status, words);
	if (length < 8 || length + 1 >= LN_EXPLANATION || words[length - 1] == '.' || strpbrk(words, "@#$%") || strstr(words, "(null)"))
		ck_abort_msg("status %d is explained badly: \"%s\"", status, words);
}
