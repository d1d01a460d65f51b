/*
 * order.h - order embeddings (Vendrov et al. 2015, arXiv:1511.06361), as the paper's section 6.1 uses them
 *
 * An image should lie above its name in each coordinate: the penalty of a pair is E = |max(0, name - image)|^2, and a right pair's must
 * be lower than a wrong one's by a margin.
 */
#ifndef ORDER_H
#define ORDER_H

#include <stddef.h>
#include <stdint.h>

/* y = |x| / length of x, row by row; x, y: rows x cols. */
void order_embed(size_t rows, size_t cols, const float *x, float *y);

/* d: the gradient at y, becomes that at x. */
void order_embed_backward(size_t rows, size_t cols, const float *x, const float *y, float *d);

double order_penalty(size_t cols, const float *name, const float *image);

/*
 * The loss of a batch, a mean over its rows: for each right pair the sum over all wrong ones that share its name or its image of
 * max(0, margin + E(right) - E(wrong)). Row r of image and of name show the same number[r]. dimage and dname, where they are not NULL, are
 * written.
 */
double order_loss(size_t rows, size_t cols, const float *image, const float *name, const uint32_t *number, float *dimage,
		  float *dname);

#endif
