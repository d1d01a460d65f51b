/*
 * mlp.c - the paper's section 6.6 in small: a perceptron learns digits whose pixels have no order, in batches of any size
 *
 * 64 pixels, two hidden layers of HIDDEN with relu, 10 classes; cross-entropy.
 */
#include "digits.h"
#include "layer.h"
#include "must.h"
#include "product.h"
#include "run.h"
#include "softmax.h"

#include <math.h>
#include <string.h>

enum { HIDDEN = 256, CLASSES = 10, ROWS_MAX = DIGITS_TRAIN };

struct network {
	struct layer first, second;
	struct tensor w, b;		/* the last layer */
	struct parameters parameters;
	float *logits, *d2, *d1;	/* the gradients at the hidden layers */
};

static void network_init(struct network *n, enum norm_kind kind, uint64_t seed)
{
	struct random random = random_begin(seed, 1);

	layer_init(&n->first, kind, ROWS_MAX, DIGIT_PIXELS, HIDDEN, &n->parameters, &random);
	layer_init(&n->second, kind, ROWS_MAX, HIDDEN, HIDDEN, &n->parameters, &random);
	tensor_init(&n->parameters, &n->w, HIDDEN * CLASSES, 0);
	tensor_randomise(&n->w, sqrt(3.0 / HIDDEN), &random);
	tensor_init(&n->parameters, &n->b, CLASSES, 0);
	n->logits = floats(ROWS_MAX * CLASSES);
	n->d2 = floats(ROWS_MAX * HIDDEN);
	n->d1 = floats(ROWS_MAX * HIDDEN);
}

/* Returns the sum of the losses; logits become their gradients. *errors: rows whose guess was wrong, or NULL */
static double forward(struct network *n, enum norm_mode mode, size_t rows, const float *x, const unsigned char *class, size_t *errors)
{
	layer_forward(&n->first, mode, rows, x);
	layer_forward(&n->second, mode, rows, n->first.h);
	product(rows, CLASSES, HIDDEN, n->second.h, n->w.value, n->logits);
	for (size_t r = 0; r < rows; r++) {
		float *logits = n->logits + r * CLASSES;

		for (size_t c = 0; c < CLASSES; c++)
			logits[c] += n->b.value[c];
		if (errors)
			*errors += softmax_guess(CLASSES, logits) != class[r];
	}
	return softmax_loss(rows, CLASSES, n->logits, class);
}

static void backward(struct network *n, size_t rows, const float *x)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < CLASSES; c++)
			n->b.grad[c] += n->logits[r * CLASSES + c];
	product_at_add(HIDDEN, CLASSES, rows, n->second.h, n->logits, n->w.grad);
	product_bt(rows, HIDDEN, CLASSES, n->logits, n->w.value, n->d2);
	layer_backward(&n->second, rows, n->first.h, n->d2, n->d1);
	layer_backward(&n->first, rows, x, n->d1, NULL);
}

/* One pass over the training set, which also gives batch norm its statistics, then the digits that were kept back. */
static void evaluate(struct network *n, const struct digits *d, struct run *r, size_t step)
{
	size_t errors = 0;
	double train = forward(n, NORM_LEARN, DIGITS_TRAIN, d->pixels[0], d->class, NULL);
	double valid = forward(n, NORM_USE, DIGITS_VALID, d->pixels[DIGITS_TRAIN], d->class + DIGITS_TRAIN, &errors);

	run_report(r, step, train / DIGITS_TRAIN, valid / DIGITS_VALID, (double)errors / DIGITS_VALID);
}

static void train(struct network *n, const struct digits *d, struct run *r)
{
	static float x[ROWS_MAX][DIGIT_PIXELS];
	static unsigned char class[ROWS_MAX];
	static size_t order[DIGITS_TRAIN];
	struct random random = random_begin(r->seed, 2);
	size_t next = DIGITS_TRAIN;

	for (size_t i = 0; i < DIGITS_TRAIN; i++)
		order[i] = i;
	evaluate(n, d, r, 0);
	for (size_t step = 1; step <= r->steps; step++) {
		if (next + r->batch > DIGITS_TRAIN) {		/* a rest that fills no batch waits for the next order */
			random_shuffle(&random, DIGITS_TRAIN, order);
			next = 0;
		}
		for (size_t i = 0; i < r->batch; i++) {
			memcpy(x[i], d->pixels[order[next + i]], sizeof x[i]);
			class[i] = d->class[order[next + i]];
		}
		next += r->batch;
		forward(n, NORM_LEARN, r->batch, x[0], class, NULL);
		backward(n, r->batch, x[0]);
		parameters_step(&n->parameters, r->rate);
		if (step % r->every == 0 || step == r->steps)
			evaluate(n, d, r, step);
	}
}

int main(int argc, char **argv)
{
	static struct digits digits;
	static struct network network;
	struct run run = {.program = "ln_paper_mlp", .score = "valid_error", .batch = 128, .steps = 600, .every = 10, .rate = 1e-3};

	run_begin(&run, argc, argv, "Train a perceptron on handwritten digits, and write its losses as CSV.");
	if (run.batch > ROWS_MAX)
		fail(run.program, "--batch: %zu is more than the %d digits there are", run.batch, ROWS_MAX);
	digits_read(run.data, &digits);
	network_init(&network, run.norm, run.seed);
	train(&network, &digits, &run);
	layer_free(&network.first);
	layer_free(&network.second);
	parameters_free(&network.parameters);
	run_end(&run);
}
