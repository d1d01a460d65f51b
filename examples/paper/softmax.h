/*
 * softmax.h - softmax and cross-entropy
 */
#ifndef SOFTMAX_H
#define SOFTMAX_H

#include <stddef.h>

/* logits: rows x classes, become the gradient of the mean loss of the rows. Returns the sum of the rows' losses, in nats. */
double softmax_loss(size_t rows, size_t classes, float *logits, const unsigned char *class);

/* The class of the largest logit. */
size_t softmax_guess(size_t classes, const float *logits);

#endif
