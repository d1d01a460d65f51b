/*
 * lstm.c - the products of an LSTM; all else in a step is in lstm_step.c
 */
#include "lstm.h"
#include "lstm_step.h"
#include "must.h"
#include "product.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Rows of wx have variance 1, as a norm would give them: with the 1 / sqrt(hidden) of wh the plain net learns far more slowly.
 * Biases of forget gates begin at 1 (Jozefowicz et al. 2015), gains at 1; those of recurrent batch norm at 0.1, as its paper found
 * necessary.
 */
static void params_init(struct lstm *l)
{
	size_t h = l->hidden;
	float gain = l->kind == NORM_BATCH ? 0.1f : 1;

	for (size_t i = 0; i < 8 * h; i++)
		l->params.value[i] = gain;
	for (size_t i = 0; i < h; i++) {
		l->params.value[8 * h + i] = 1;
		l->params.value[12 * h + i] = gain;
	}
}

void lstm_init(struct lstm *l, enum norm_kind kind, size_t rows_max, size_t steps, size_t symbols, size_t hidden, struct parameters *p,
	       struct random *random)
{
	size_t states = rows_max * hidden, gates = 4 * states;

	*l = (struct lstm){.kind = kind, .hidden = hidden, .symbols = symbols, .steps = steps};
	tensor_init(p, &l->wh, hidden * 4 * hidden, 0);
	tensor_init(p, &l->wx, symbols * 4 * hidden, 0);
	tensor_init(p, &l->params, LSTM_PARAMETERS * hidden, 0);
	tensor_randomise(&l->wh, 1 / sqrt((double)hidden), random);
	tensor_randomise(&l->wx, sqrt(3), random);
	params_init(l);
	l->h = floats((steps + 1) * states);
	l->c = floats((steps + 1) * states);
	l->gh = floats(steps * gates);
	l->gx = floats(steps * gates);
	l->dgh = floats(steps * gates);
	l->dgx = floats(gates);
	l->dh = floats(states);
	l->dc = floats(states);
	l->statistics = floats(steps * LSTM_STATISTICS * hidden);
	l->scratch = floats(lstm_step_scratch(rows_max, hidden));
	l->wh_turned = floats(l->wh.size);
}

void lstm_free(struct lstm *l)
{
	float *const all[] = {l->h, l->c, l->gh, l->gx, l->dgh, l->dgx, l->dh, l->dc, l->statistics, l->scratch, l->wh_turned};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		free(all[i]);
}

static struct lstm_step step_of(const struct lstm *l, enum norm_mode mode, size_t rows, size_t t)
{
	return (struct lstm_step){l->kind, mode, rows, l->hidden, l->statistics + t * LSTM_STATISTICS * l->hidden, l->scratch};
}

void lstm_forward(struct lstm *l, enum norm_mode mode, size_t rows, const unsigned char *symbol)
{
	size_t states = rows * l->hidden, cols = 4 * l->hidden;

	memset(l->h, 0, states * sizeof *l->h);
	memset(l->c, 0, states * sizeof *l->c);
	for (size_t t = 0; t < l->steps; t++) {
		struct lstm_step s = step_of(l, mode, rows, t);
		float *gh = l->gh + t * rows * cols, *gx = l->gx + t * rows * cols, *h = l->h + t * states, *c = l->c + t * states;

		product(rows, cols, l->hidden, h, l->wh.value, gh);
		for (size_t r = 0; r < rows; r++)	/* a symbol is a 1 among zeros: the product is a row of wx */
			memcpy(gx + r * cols, l->wx.value + symbol[t * rows + r] * cols, cols * sizeof *gx);
		lstm_step_forward(&s, gh, gx, c, l->params.value, h + states, c + states);
	}
}

static void add_to_wx(struct lstm *l, size_t rows, const unsigned char *symbol)
{
	size_t cols = 4 * l->hidden;

	for (size_t r = 0; r < rows; r++)
		for (size_t i = 0; i < cols; i++)
			l->wx.grad[symbol[r] * cols + i] += l->dgx[r * cols + i];
}

void lstm_backward(struct lstm *l, size_t rows, const unsigned char *symbol, const float *dh)
{
	size_t h = l->hidden, states = rows * h, cols = 4 * h;

	for (size_t i = 0; i < h; i++)
		for (size_t j = 0; j < cols; j++)
			l->wh_turned[j * h + i] = l->wh.value[i * cols + j];
	memset(l->dh, 0, states * sizeof *l->dh);
	memset(l->dc, 0, states * sizeof *l->dc);
	for (size_t t = l->steps; t-- > 0;) {
		struct lstm_step s = step_of(l, NORM_LEARN, rows, t);
		float *gh = l->gh + t * rows * cols, *gx = l->gx + t * rows * cols, *dgh = l->dgh + t * rows * cols;

		for (size_t i = 0; i < states; i++)
			l->dh[i] += dh[t * states + i];
		lstm_step_backward(&s, gh, gx, l->c + t * states, l->c + (t + 1) * states, l->params.value, l->dh, l->dc, dgh, l->dgx,
				   l->params.grad);
		add_to_wx(l, rows, symbol + t * rows);
		product(rows, h, cols, dgh, l->wh_turned, l->dh);
	}
	product_at_add(h, cols, l->steps * rows, l->h, l->dgh, l->wh.grad);
}
