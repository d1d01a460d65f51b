/*
 * chars.c - the paper's recurrent claim in small: an LSTM learns to say the next character of a text
 *
 * Windows of STEPS characters from anywhere in the first nine tenths of the text, states 0 at their beginning; the last tenth, cut into
 * windows, is for validation.
 */
#include "elementary.h"
#include "must.h"
#include "product.h"
#include "recurrent.h"
#include "run.h"
#include "softmax.h"
#include "text.h"

#include <ln.h>
#include <math.h>
#include <stdlib.h>

enum { HIDDEN = 128, STEPS = 64, JUDGED = 128 };	/* JUDGED: windows, of either part, that a line of the CSV is about */
static const double CLIP = 1, LN2 = 0.69314718055994531;

struct network {
	struct recurrent lstm;
	struct tensor w, b;		/* the last layer */
	struct parameters parameters;
	size_t symbols;
	float *logits, *dh;
	unsigned char *in, *out;	/* STEPS x rows */
};

static void network_init(struct network *n, enum norm_kind kind, size_t symbols, size_t rows_max, uint64_t seed)
{
	struct random random = random_begin(seed, 1);

	n->symbols = symbols;
	recurrent_init(&n->lstm, (struct cell){LN_LSTM, kind, HIDDEN}, rows_max, STEPS, symbols, &n->parameters, &random);
	tensor_init(&n->parameters, &n->w, HIDDEN * symbols, 0);
	tensor_randomise(&n->w, 1 / sqrt(HIDDEN), &random);
	tensor_init(&n->parameters, &n->b, symbols, 0);
	n->logits = floats(STEPS * rows_max * symbols);
	n->dh = floats(STEPS * rows_max * HIDDEN);
	n->in = calloc(2 * STEPS, rows_max);
	if (!n->in)
		fail("memory", "no room for %zu windows", rows_max);
	n->out = n->in + STEPS * rows_max;
}

static void network_free(struct network *n)
{
	recurrent_free(&n->lstm);
	parameters_free(&n->parameters);
	free(n->logits);
	free(n->dh);
	free(n->in);
}

/* Row r of the batch begins at this character. */
static void window(struct network *n, size_t rows, size_t r, const unsigned char *from)
{
	for (size_t t = 0; t < STEPS; t++) {
		n->in[t * rows + r] = from[t];
		n->out[t * rows + r] = from[t + 1];
	}
}

/* Returns the mean loss of a character, in bits; logits become the gradients of that in nats. */
static double forward(struct network *n, enum norm_mode mode, size_t rows)
{
	size_t all = STEPS * rows;

	recurrent_forward(&n->lstm, mode, rows, n->in, NULL);
	product(all, n->symbols, HIDDEN, n->lstm.h + rows * HIDDEN, n->w.value, n->logits);
	for (size_t r = 0; r < all; r++)
		for (size_t c = 0; c < n->symbols; c++)
			n->logits[r * n->symbols + c] += n->b.value[c];
	return softmax_loss(all, n->symbols, n->logits, n->out) / (double)all / LN2;
}

static void backward(struct network *n, size_t rows)
{
	size_t all = STEPS * rows;

	for (size_t r = 0; r < all; r++)
		for (size_t c = 0; c < n->symbols; c++)
			n->b.grad[c] += n->logits[r * n->symbols + c];
	product_at_add(HIDDEN, n->symbols, all, n->lstm.h + rows * HIDDEN, n->logits, n->w.grad);
	product_bt(all, HIDDEN, n->symbols, n->logits, n->w.value, n->dh);
	recurrent_backward(&n->lstm, rows, n->in, NULL, n->dh, false);
}

/* JUDGED windows spread evenly over a part of the text; those of the training part also give batch norm its statistics. */
static double judge(struct network *n, enum norm_mode mode, const unsigned char *part, size_t length)
{
	for (size_t r = 0; r < JUDGED; r++)
		window(n, JUDGED, r, part + (length - STEPS - 1) * r / (JUDGED - 1));
	return forward(n, mode, JUDGED);
}

static void evaluate(struct network *n, const struct text *t, size_t train, struct run *r, size_t step)
{
	double on_train = judge(n, NORM_LEARN, t->at, train), on_valid = judge(n, NORM_USE, t->at + train, t->length - train);

	run_report(r, step, on_train, on_valid, exp_same(LN2 * on_valid));
}

static void train(struct network *n, const struct text *t, struct run *r)
{
	struct random random = random_begin(r->seed, 2);
	size_t length = t->length / 10 * 9;

	evaluate(n, t, length, r, 0);
	for (size_t step = 1; step <= r->steps; step++) {
		for (size_t row = 0; row < r->batch; row++)
			window(n, r->batch, row, t->at + random_below(&random, length - STEPS));
		forward(n, NORM_LEARN, r->batch);
		backward(n, r->batch);
		parameters_clip(&n->parameters, CLIP);
		parameters_step(&n->parameters, r->rate);
		if (step % r->every == 0 || step == r->steps)
			evaluate(n, t, length, r, step);
	}
}

int main(int argc, char **argv)
{
	static struct network network;
	struct text text;
	struct run run = {.program = "ln_paper_chars", .score = "valid_perplexity", .batch = 16, .steps = 2000, .every = 50, .rate = 3e-3};

	run_begin(&run, argc, argv, "Train an LSTM to say the next character of a text, and write its losses as CSV.");
	text_read(run.data, "genesis.txt", &text);
	network_init(&network, run.norm, text.symbols, run.batch > JUDGED ? run.batch : JUDGED, run.seed);
	train(&network, &text, &run);
	network_free(&network);
	text_free(&text);
	run_end(&run);
}
