/*
 * gradients.c - every gradient of the experiments against differences of a loss: fails if one does not agree
 *
 * The loss is a sum of outputs with random weights. In a random direction v its slope, by differences, must be g v. Along g itself it
 * would not do: a g that is 0, or lacks some of its elements, is right there.
 */
#include "layer.h"
#include "must.h"
#include "order.h"
#include "recurrent.h"

#include <ln.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS = 6, STEPS = 7, SYMBOLS = 9, IN = 11, OUT = 20, OUTPUTS = STEPS * ROWS * OUT, DIRECTIONS = 3 };

/* Greater steps cross the bends of relu and of the ranking loss, smaller ones drown in rounding; of this one the error is below 0.0004. */
static const float STEP = 1e-3f;
static const double TOLERANCE = 0.002;

static struct {
	struct layer layer;
	struct recurrent recurrent;
	struct tensor x, name;		/* inputs whose gradients are looked at too */
	struct parameters parameters;
	float weight[OUTPUTS];
	unsigned char symbol[STEPS * ROWS];
	uint32_t number[ROWS];
} net;

/* Rows that take each step of a GRU. Never two: batch norm makes 1 and -1 of them, with bends that are too sharp for STEP. */
static const size_t some[STEPS] = {0, 1, 3, ROWS, 4, 4, ROWS};
static const size_t *taking;

static double weighted(size_t n, const float *y)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)y[i] * (double)net.weight[i];
	return sum;
}

static double layer_loss(void)
{
	layer_forward(&net.layer, NORM_LEARN, ROWS, net.x.value);
	return weighted(ROWS * OUT, net.layer.h);
}

static void layer_gradients(void)
{
	float d[ROWS * OUT];

	memcpy(d, net.weight, sizeof d);
	layer_backward(&net.layer, ROWS, net.x.value, d, net.x.grad);
}

static double recurrent_loss(void)
{
	recurrent_forward(&net.recurrent, NORM_LEARN, ROWS, net.symbol, taking);
	return weighted(OUTPUTS, net.recurrent.h + ROWS * OUT);
}

static void recurrent_gradients(void)
{
	recurrent_backward(&net.recurrent, ROWS, net.symbol, taking, net.weight, false);
}

static double embed_loss(float *dimage, float *dname)
{
	static float image[ROWS * OUT], name[ROWS * OUT];

	order_embed(ROWS, OUT, net.x.value, image);
	order_embed(ROWS, OUT, net.name.value, name);
	double loss = order_loss(ROWS, OUT, image, name, net.number, dimage, dname);
	if (dimage) {
		order_embed_backward(ROWS, OUT, net.x.value, image, dimage);
		order_embed_backward(ROWS, OUT, net.name.value, name, dname);
	}
	return loss;
}

static double order_only_loss(void)
{
	return embed_loss(NULL, NULL);
}

static void order_gradients(void)
{
	embed_loss(net.x.grad, net.name.grad);
}

struct slope { double own, seen, size; };	/* by the gradient; by differences; what a sum of its terms, signs at random, comes to */

/* Floats do not move by just STEP v, so the gradient is asked about the way that they went. */
static struct slope random_slope(const struct tensor *t, double (*loss)(void), struct random *random)
{
	struct slope s = {0};
	size_t bytes = t->size * sizeof(float);
	float *from = floats(t->size), *down = floats(t->size);

	memcpy(from, t->value, bytes);
	for (size_t i = 0; i < t->size; i++) {
		float v = STEP * random_uniform(random);

		t->value[i] = from[i] + v;
		down[i] = from[i] - v;
		double term = (double)t->grad[i] * ((double)t->value[i] - (double)down[i]) / (2 * (double)STEP);
		s.own += term;
		s.size += term * term;
	}
	double up_loss = loss();
	memcpy(t->value, down, bytes);
	s.seen = (up_loss - loss()) / (2 * (double)STEP);
	s.size = sqrt(s.size);
	memcpy(t->value, from, bytes);
	free(from);
	free(down);
	return s;
}

/* A gradient of zeros has size 0, and is right only of a loss that does not move at all. */
static int check_tensor(const char *what, size_t number, double (*loss)(void), struct random *random)
{
	int bad = 0;

	for (int i = 0; i < DIRECTIONS; i++) {
		struct slope s = random_slope(net.parameters.of[number], loss, random);
		int is_bad = !(fabs(s.own - s.seen) <= TOLERANCE * s.size);

		printf("%-20s tensor %zu: slope %9.5f, by differences %9.5f%s\n", what, number, s.own, s.seen, is_bad ? "  WRONG" : "");
		bad |= is_bad;
	}
	return bad;
}

static int check(const char *what, double (*loss)(void), void (*gradients)(void))
{
	struct random random = random_begin(1, 5);
	int bad = 0;

	/* Gains of just 1 and biases of 0 would hide a factor or a term that is missing. */
	for (size_t t = 0; t < net.parameters.count; t++)
		for (size_t i = 0; i < net.parameters.of[t]->size; i++)
			net.parameters.of[t]->value[i] += 0.05f * random_uniform(&random);
	/* What other rows leave in the buffers must not matter. */
	taking = NULL;
	loss();
	gradients();
	for (size_t t = 0; t < net.parameters.count; t++)
		memset(net.parameters.of[t]->grad, 0, net.parameters.of[t]->size * sizeof(float));
	taking = net.recurrent.cell.type == LN_GRU ? some : NULL;
	loss();
	gradients();
	for (size_t t = 0; t < net.parameters.count; t++)
		bad |= check_tensor(what, t, loss, &random);
	parameters_free(&net.parameters);
	return bad;
}

static void begin(struct random *random)
{
	*random = random_begin(1, 4);
	for (size_t i = 0; i < OUTPUTS; i++)
		net.weight[i] = random_uniform(random);
	for (size_t i = 0; i < STEPS * ROWS; i++)
		net.symbol[i] = (unsigned char)random_below(random, SYMBOLS);
	for (size_t i = 0; i < ROWS; i++)
		net.number[i] = (uint32_t)(i / 2 * 2);	/* the two of a couple are not wrong for each other */
}

static int check_layer(const char *what, enum norm_kind kind)
{
	struct random random;

	begin(&random);
	layer_init(&net.layer, kind, ROWS, IN, OUT, &net.parameters, &random);
	tensor_init(&net.parameters, &net.x, ROWS * IN, 0);
	tensor_randomise(&net.x, 1, &random);
	int bad = check(what, layer_loss, layer_gradients);
	layer_free(&net.layer);
	return bad;
}

static int check_recurrent(const char *what, uint32_t type, enum norm_kind kind)
{
	struct random random;

	begin(&random);
	recurrent_init(&net.recurrent, (struct cell){type, kind, OUT}, ROWS, STEPS, SYMBOLS, &net.parameters, &random);
	int bad = check(what, recurrent_loss, recurrent_gradients);
	recurrent_free(&net.recurrent);
	return bad;
}

static int check_order(void)
{
	struct random random;

	begin(&random);
	tensor_init(&net.parameters, &net.x, ROWS * OUT, 0);
	tensor_init(&net.parameters, &net.name, ROWS * OUT, 0);
	tensor_randomise(&net.x, 1, &random);
	tensor_randomise(&net.name, 1, &random);
	return check("order embedding", order_only_loss, order_gradients);
}

int main(void)
{
	int bad = check_layer("layer, no norm", NORM_NONE) | check_layer("layer, batch norm", NORM_BATCH) |
		  check_layer("layer, layer norm", NORM_LAYER) | check_recurrent("LSTM, no norm", LN_LSTM, NORM_NONE) |
		  check_recurrent("LSTM, batch norm", LN_LSTM, NORM_BATCH) | check_recurrent("LSTM, layer norm", LN_LSTM, NORM_LAYER) |
		  check_recurrent("GRU, no norm", LN_GRU, NORM_NONE) |
		  check_recurrent("GRU, batch norm", LN_GRU, NORM_BATCH) | check_recurrent("GRU, layer norm", LN_GRU, NORM_LAYER) | check_order();

	return bad ? EXIT_FAILURE : EXIT_SUCCESS;
}
