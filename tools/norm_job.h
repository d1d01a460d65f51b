/*
 * norm_job.h - one norm of a file: which files come out of it, and the work
 */
#ifndef LNORM_NORM_JOB_H
#define LNORM_NORM_JOB_H

#include "layer.h"

/* The files that can be written. */
enum { NORM_Y, NORM_SUM, NORM_MEAN, NORM_RSTD, NORM_OUTPUTS };

struct norm_job {
	struct layer layer;
	struct npy_file residual, gate;	/* data is NULL if none was named */
	uint32_t flags;			/* of ln_desc */
	uint32_t y_type;		/* 0: that of x */
	const char *paths[NORM_OUTPUTS];	/* NULL: not wanted */
};

/* norm_job_run() - do it; all files appear, or none. Returns 0, or -1 having complained */
int norm_job_run(const struct norm_job *job);

#endif
