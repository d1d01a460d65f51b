/* fault.h - why a call is refused: the check that finds it notes it here, and explain.c puts it into words */
#ifndef LN_FAULT_H
#define LN_FAULT_H

#include <stdint.h>

/*
 * In the words '@' stands for the next of the names, '#' for the next of the numbers, '$' for it as hexadecimal, and '%' for it as a
 * number with a sign.
 */
struct fault {
	int status;
	const char *words;
	const char *names[2];
	uint64_t numbers[3];
};

/* Note a fault. Returns its status, so that a check may end with this. */
static inline int ln_refuse(struct fault *fault, struct fault why)
{
	*fault = why;
	return why.status;
}

#endif
