/*
 * recurrent.c - the products of a recurrent net; all else in a step is the cell's
 */
#include "recurrent.h"
#include "must.h"
#include "product.h"
#include "widths.h"

#include <ln.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/*
 * Gains begin at 1; those of recurrent batch norm at 0.1, as its paper found necessary. Biases begin at 0, but 1 for an LSTM's forget gates
 * (Jozefowicz et al. 2015). Where the parameters are: ln.h.
 */
static void params_init(struct recurrent *n)
{
	size_t h = n->cell.hidden;
	float gain = n->cell.kind == NORM_BATCH ? 0.1f : 1;

	for (size_t i = 0; i < 2 * n->gates; i++)
		n->params.value[i] = gain;
	if (n->cell.type != LN_LSTM)
		return;
	for (size_t i = 0; i < h; i++) {
		n->params.value[2 * n->gates + i] = 1;
		n->params.value[3 * n->gates + i] = gain;
	}
}

/* Rows of wx have variance 1, as a norm would give them: with the 1 / sqrt(hidden) of wh the plain net learns far more slowly. */
void recurrent_init(struct recurrent *n, struct cell cell, size_t rows_max, size_t steps, size_t symbols, struct parameters *p,
		    struct random *random)
{
	size_t states = rows_max * cell.hidden, gates = cell_gates(&cell) * states;

	*n = (struct recurrent){.cell = cell, .steps = steps, .gates = cell_gates(&cell) * cell.hidden};
	tensor_init(p, &n->wh, cell.hidden * n->gates, 0);
	tensor_init(p, &n->wx, symbols * n->gates, 0);
	tensor_init(p, &n->params, cell_params(&cell), 0);
	tensor_randomise(&n->wh, 1 / sqrt((double)cell.hidden), random);
	tensor_randomise(&n->wx, sqrt(3), random);
	params_init(n);
	n->h = floats((steps + 1) * states);
	n->c = floats((steps + 1) * states);
	n->gh = floats(steps * gates);
	n->gx = floats(steps * gates);
	n->dgh = floats(steps * gates);
	n->dgx = floats(gates);
	n->dh = floats(states);
	n->dc = floats(states);
	n->back = floats(states);
	n->statistics = floats(steps * CELL_STATISTICS * cell.hidden);
	n->scratch = floats(cell_scratch(&cell, rows_max));
	n->wh_turned = floats(n->wh.size);
}

void recurrent_free(struct recurrent *n)
{
	float *const all[] = {n->h, n->c, n->gh, n->gx, n->dgh, n->dgx, n->dh, n->dc, n->back, n->statistics, n->scratch, n->wh_turned};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		free(all[i]);
}

static struct step step_of(const struct recurrent *n, enum norm_mode mode, size_t rows, size_t t)
{
	return (struct step){n->cell, mode, rows, n->statistics + t * CELL_STATISTICS * n->cell.hidden, n->scratch};
}

/* Step t, of s->rows of the rows */
static void step_on(struct recurrent *n, const struct step *s, size_t rows, size_t t, const unsigned char *symbol)
{
	size_t hidden = n->cell.hidden, gates = n->gates, states = rows * hidden, done = s->rows * hidden;
	float *gh = n->gh + t * rows * gates, *gx = n->gx + t * rows * gates, *h = n->h + t * states, *c = n->c + t * states;

	product(s->rows, gates, hidden, h, n->wh.value, gh);
	for (size_t r = 0; r < s->rows; r++)	/* a symbol is a 1 among zeros: the product is a row of wx */
		memcpy(gx + r * gates, n->wx.value + symbol[r] * gates, gates * sizeof *gx);
	step_forward(s, gh, gx, h, c, n->params.value, h + states, c + states);
	memcpy(h + states + done, h + done, (states - done) * sizeof *h);
	memcpy(c + states + done, c + done, (states - done) * sizeof *c);
}

void recurrent_forward(struct recurrent *n, enum norm_mode mode, size_t rows, const unsigned char *symbol, const size_t *taking)
{
	memset(n->h, 0, rows * n->cell.hidden * sizeof *n->h);
	memset(n->c, 0, rows * n->cell.hidden * sizeof *n->c);
	for (size_t t = 0; t < n->steps; t++) {
		struct step s = step_of(n, mode, taking ? taking[t] : rows, t);

		step_on(n, &s, rows, t, symbol + t * rows);
	}
}

static void turn_wh(struct recurrent *n)
{
	size_t h = n->cell.hidden;

	for (size_t i = 0; i < h; i++)
		for (size_t j = 0; j < n->gates; j++)
			n->wh_turned[j * h + i] = n->wh.value[i * n->gates + j];
}

FOR_EACH_WIDTH static void add(size_t n, const float *x, float *to)
{
	for (size_t i = 0; i < n; i++)
		to[i] += x[i];
}

static void add_to_wx(struct recurrent *n, size_t rows, const unsigned char *symbol)
{
	for (size_t r = 0; r < rows; r++)
		add(n->gates, n->dgx + r * n->gates, n->wx.grad + symbol[r] * n->gates);
}

void recurrent_backward(struct recurrent *n, size_t rows, const unsigned char *symbol, const size_t *taking, const float *dh, bool last)
{
	size_t hidden = n->cell.hidden, states = rows * hidden, gates = rows * n->gates;

	turn_wh(n);
	memset(n->dh, 0, states * sizeof *n->dh);
	memset(n->dc, 0, states * sizeof *n->dc);
	for (size_t t = n->steps; t-- > 0;) {
		struct step s = step_of(n, NORM_LEARN, taking ? taking[t] : rows, t);
		float *dgh = n->dgh + t * gates;

		if (!last || t == n->steps - 1)
			add(states, last ? dh : dh + t * states, n->dh);
		step_backward(&s, n->gh + t * gates, n->gx + t * gates, n->h + t * states, n->c + t * states, n->c + (t + 1) * states,
			      n->params.value, n->dh, n->dc, dgh, n->dgx, n->params.grad);
		memset(dgh + s.rows * n->gates, 0, (rows - s.rows) * n->gates * sizeof *dgh);
		add_to_wx(n, s.rows, symbol + t * rows);
		product(s.rows, hidden, n->gates, dgh, n->wh_turned, n->back);
		add(s.rows * hidden, n->back, n->dh);
	}
	product_at_add(hidden, n->gates, n->steps * rows, n->h, n->dgh, n->wh.grad);
}
