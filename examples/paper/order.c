/*
 * order.c - embeddings, their penalty, the ranking loss and the gradients
 */
#include "order.h"
#include "must.h"
#include "widths.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const float MARGIN = 0.05f;

static double length_of(size_t cols, const float *x)
{
	double square = 0;

	for (size_t c = 0; c < cols; c++)
		square += (double)x[c] * (double)x[c];
	return sqrt(square) + 1e-12;
}

void order_embed(size_t rows, size_t cols, const float *x, float *y)
{
	for (size_t r = 0; r < rows; r++, x += cols, y += cols) {
		float scale = (float)(1 / length_of(cols, x));

		for (size_t c = 0; c < cols; c++)
			y[c] = fabsf(x[c]) * scale;
	}
}

void order_embed_backward(size_t rows, size_t cols, const float *x, const float *y, float *d)
{
	for (size_t r = 0; r < rows; r++, x += cols, y += cols, d += cols) {
		float scale = (float)(1 / length_of(cols, x));
		double along = 0;

		for (size_t c = 0; c < cols; c++)
			along += (double)d[c] * (double)y[c];
		for (size_t c = 0; c < cols; c++) {
			float at_size = scale * (d[c] - y[c] * (float)along);

			d[c] = x[c] < 0 ? -at_size : at_size;
		}
	}
}

static inline double square_over(float name, float image)
{
	double over = (double)name - (double)image;

	return over > 0 ? over * over : 0;
}

/* Eight sums side by side, in this order whatever the vectors. */
FOR_EACH_WIDTH static double penalty(size_t cols, const float *name, const float *image)
{
	double sum[8] = {0};
	size_t c = 0;

	for (; c + 8 <= cols; c += 8)
		for (size_t i = 0; i < 8; i++)
			sum[i] += square_over(name[c + i], image[c + i]);
	for (; c < cols; c++)
		sum[c % 8] += square_over(name[c], image[c]);
	return ((sum[0] + sum[4]) + (sum[1] + sum[5])) + ((sum[2] + sum[6]) + (sum[3] + sum[7]));
}

double order_penalty(size_t cols, const float *name, const float *image)
{
	return penalty(cols, name, image);
}

/* Adds the loss of all wrong pairs to *loss, and to de (names x images) how often it counts each penalty. */
static double count_penalties(size_t rows, const double *e, const uint32_t *number, float *de)
{
	double loss = 0;

	for (size_t p = 0; p < rows; p++)
		for (size_t k = 0; k < rows; k++) {
			const size_t wrong[] = {k * rows + p, p * rows + k}, right = p * rows + p;

			for (size_t w = 0; w < 2 && number[k] != number[p]; w++) {
				double over = (double)MARGIN + e[right] - e[wrong[w]];

				if (!(over > 0))
					continue;
				loss += over;
				de[right] += 1;
				de[wrong[w]] -= 1;
			}
		}
	return loss;
}

static void add_gradient(size_t cols, float scale, const float *name, const float *image, float *dname, float *dimage)
{
	for (size_t c = 0; c < cols; c++) {
		float over = name[c] > image[c] ? scale * (name[c] - image[c]) : 0;

		dname[c] += over;
		dimage[c] -= over;
	}
}

double order_loss(size_t rows, size_t cols, const float *image, const float *name, const uint32_t *number, float *dimage,
		  float *dname)
{
	double *e = calloc(rows * rows, sizeof *e);
	float *de = floats(rows * rows);

	if (!e)
		fail("memory", "no room for %zu penalties", rows * rows);
	for (size_t n = 0; n < rows; n++)
		for (size_t i = 0; i < rows; i++)
			e[n * rows + i] = penalty(cols, name + n * cols, image + i * cols);
	double loss = count_penalties(rows, e, number, de);
	if (dname && dimage) {
		memset(dname, 0, rows * cols * sizeof *dname);
		memset(dimage, 0, rows * cols * sizeof *dimage);
		for (size_t n = 0; n < rows; n++)
			for (size_t i = 0; i < rows; i++)
				if (de[n * rows + i] != 0)
					add_gradient(cols, 2 * de[n * rows + i] / (float)rows, name + n * cols, image + i * cols,
						     dname + n * cols, dimage + i * cols);
	}
	free(e);
	free(de);
	return loss / (double)rows;
}
