/*
 * cell_call.h - one step of a recurrent cell, forward and backward: its arrays in one arena, so that two are compared by their arenas
 */
#ifndef CELL_CALL_H
#define CELL_CALL_H

#include "arena.h"
#include "model_cell.h"

enum cell_array { CWH, CWX, CH_PREV, CC_PREV, CPARAMS, CACTIVE, CDH, CDC, CH, CC, CDWH, CDWX, CDH_PREV, CDC_PREV, CDPARAMS, CELL_ARRAYS };

#define HAVING(array) (1u << (array))
enum { CELL_FORWARD = HAVING(CH) | HAVING(CC), CELL_ALL = (1 << CELL_ARRAYS) - 1, CELL_UNMASKED = CELL_ALL & ~(1 << CACTIVE) };

struct cell_call {
	struct cell c;
	unsigned char *arena;
	size_t bytes;
	struct part part[CELL_ARRAYS];
};

ln_cell_desc cell_desc(uint32_t cell, size_t rows, size_t hidden);

/* A call with these arrays, of those that the cell has. */
struct cell_call cell_make(const ln_cell_desc *d, unsigned arrays);
struct cell_call cell_clone(const struct cell_call *c);
void cell_free(struct cell_call *c);
void **cell_slot(struct cell *c, enum cell_array a);
bool cell_has(const ln_cell_desc *d, enum cell_array a);

/* wh and wx of this kind, with its eps; states, gradients and parameters of a usual size; of the rows, about one in four takes no step. */
void cell_fill(struct cell_call *c, const struct row_kind *kind, uint64_t seed);

struct arena cell_arena(const struct cell_call *c);

/* The library by the kernel in use: the forward where h is there, the backward where something of it is wanted. */
int cell_forward_status(const struct cell *c, const ln_cell_desc *d);
int cell_backward_status(const struct cell *c, const ln_cell_desc *d, void *workspace, size_t size);
void cell_run(struct cell_call *c);
void cell_run_model(enum arithmetic arithmetic, struct cell_call *c);

/* Fails the test where the arenas differ; where a kernel has not the bits of its class's model. */
void expect_same_cells(const struct kernel *k, const struct cell_call *got, const struct cell_call *want, const char *what);
void expect_cell_model(const struct cell_call *c, const char *what);

/* For messages; valid until the next call. */
const char *cell_name(const struct cell_call *c);

#endif
