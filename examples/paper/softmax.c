/*
 * softmax.c - softmax with the largest logit taken off first, so that nothing overflows
 */
#include "softmax.h"
#include "elementary.h"
#include "must.h"

enum { CLASSES_MAX = 256 };

size_t softmax_guess(size_t classes, const float *logits)
{
	size_t guess = 0;

	for (size_t c = 1; c < classes; c++)
		guess = logits[c] > logits[guess] ? c : guess;
	return guess;
}

double softmax_loss(size_t rows, size_t classes, float *logits, const unsigned char *class)
{
	double loss = 0;

	if (classes > CLASSES_MAX)
		fail("softmax", "%zu classes; at most %d", classes, CLASSES_MAX);
	for (size_t r = 0; r < rows; r++, logits += classes) {
		double e[CLASSES_MAX], sum = 0, largest = (double)logits[softmax_guess(classes, logits)];

		for (size_t c = 0; c < classes; c++)
			e[c] = (double)logits[c] - largest;
		exp_same_all(classes, e);
		for (size_t c = 0; c < classes; c++)
			sum += e[c];
		loss += log_same(sum) - ((double)logits[class[r]] - largest);
		for (size_t c = 0; c < classes; c++)
			logits[c] = (float)((e[c] / sum - (c == class[r])) / (double)rows);
	}
	return loss;
}
