/*
 * kernels.h - the kernels that this CPU can run, and the arithmetic of each
 */
#ifndef LNORM_KERNELS_H
#define LNORM_KERNELS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_KERNELS 16			/* far more than one CPU has */
#define VERSION_TEXT 16			/* characters of "255.255.255" and more */

/* All kernels of one class give the same bits. */
enum arithmetic { UNFUSED, FUSED, NEITHER, CLASSES };

struct kernel {
	const char *name;
	enum arithmetic arithmetic;	/* as measured, not as promised */
};

/* kernels_list() - list the usable kernels, worst to best; returns how many. The kernels in use are chosen anew. */
size_t kernels_list(struct kernel list[MAX_KERNELS]);

/* kernels_agree() - whether the measured class is the one that ln.h states for this name; true for names it does not state */
bool kernels_agree(const struct kernel *kernel);

/* kernels_use() - switch to the kernels that the option --isa names; NULL leaves the choice. Returns 0, or -1 having complained */
int kernels_use(const char *name);

const char *arithmetic_name(enum arithmetic arithmetic);

/* version_text() - 0x00XXYYZZ as "XX.YY.ZZ"; returns `text` */
const char *version_text(uint32_t version, char text[VERSION_TEXT]);

#endif
