/*
 * embed.c - the paper's section 6.1 in small: one space for images of numbers and for their names, which a GRU reads letter by letter
 *
 * Image: a hidden layer with relu for each digit, the same for all, and a linear one for the number. Name: the last state of the GRU, the
 * one place where this experiment has a norm. Every line of the CSV is about JUDGED numbers, of digits that are for training or kept
 * back; recall_at_1 is the part of the kept images for which no other of their JUDGED names fits better.
 *
 * First weights of the GRU, clipping and margin are those of the published code of order embeddings (Vendrov et al.), which the paper took
 * as it was but for the norms; its rate of Adam is the default. With --usual they, or one of them, are those of chars.c.
 */
#include "layer.h"
#include "must.h"
#include "numbers.h"
#include "order.h"
#include "product.h"
#include "recurrent.h"
#include "run.h"

#include <ln.h>
#include <math.h>
#include <stdlib.h>

enum { HIDDEN = 128, SPACE = 128, JUDGED = 256, ROWS_MAX = JUDGED };	/* SPACE: dimensions of the space */
static const double CLIP = 2;

struct network {
	size_t all_hidden;		/* of all places */
	struct layer layer;
	struct tensor w, b;
	struct recurrent gru;
	struct parameters parameters;
	float *out;			/* of the image, before it is embedded; rows x SPACE, as all that follow */
	float *image, *name, *dimage, *dname, *dhidden;
};

/*
 * The published first weights of the GRU: wh is orthogonal; the vectors of words and the input weights are uniform in -0.1 ... 0.1, and so
 * is here a row of wx, which has the spread of their products.
 */
static void start_as_published(struct recurrent *gru, unsigned usual, struct random *random)
{
	if (!(usual & USUAL_REST))
		tensor_randomise(&gru->wx, 0.1, random);
	if (!(usual & USUAL_RECURRENT))
		tensor_orthogonal(&gru->wh, SPACE, random);
}

static void network_init(struct network *n, const struct run *r)
{
	struct random random = random_begin(r->seed, 1);

	n->all_hidden = r->places * HIDDEN;
	layer_init(&n->layer, NORM_NONE, r->places * ROWS_MAX, DIGIT_PIXELS, HIDDEN, &n->parameters, &random);
	tensor_init(&n->parameters, &n->w, n->all_hidden * SPACE, 0);
	tensor_randomise(&n->w, sqrt(3 / (double)n->all_hidden), &random);
	tensor_init(&n->parameters, &n->b, SPACE, 0);
	recurrent_init(&n->gru, (struct cell){LN_GRU, r->norm, SPACE}, ROWS_MAX, name_steps(r->places), NAME_SYMBOLS, &n->parameters, &random);
	start_as_published(&n->gru, r->usual, &random);
	n->out = floats(ROWS_MAX * SPACE);
	n->image = floats(ROWS_MAX * SPACE);
	n->name = floats(ROWS_MAX * SPACE);
	n->dimage = floats(ROWS_MAX * SPACE);
	n->dname = floats(ROWS_MAX * SPACE);
	n->dhidden = floats(ROWS_MAX * n->all_hidden);
}

static void network_free(struct network *n)
{
	float *const all[] = {n->out, n->image, n->name, n->dimage, n->dname, n->dhidden};

	layer_free(&n->layer);
	recurrent_free(&n->gru);
	parameters_free(&n->parameters);
	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		free(all[i]);
}

static void embed_images(struct network *n, const struct numbers *p)
{
	layer_forward(&n->layer, NORM_LEARN, p->places * p->rows, p->image);
	product(p->rows, SPACE, n->all_hidden, n->layer.h, n->w.value, n->out);
	norm_forward(NORM_NONE, NORM_LEARN, p->rows, SPACE, n->out, NULL, n->b.value, NULL, NULL, n->image);
	for (size_t i = 0; i < p->rows * SPACE; i++)
		n->out[i] = n->image[i];
	order_embed(p->rows, SPACE, n->out, n->image);
}

static const float *last_states(const struct network *n, const struct numbers *p)
{
	return n->gru.h + p->steps * p->rows * SPACE;
}

static void embed_names(struct network *n, enum norm_mode mode, const struct numbers *p)
{
	recurrent_forward(&n->gru, mode, p->rows, p->symbol, p->taking);
	order_embed(p->rows, SPACE, last_states(n, p), n->name);
}

/* As published, each tensor's gradient of the batch's sum is clipped. The loss here is the mean. */
static void move(struct network *n, const struct run *r)
{
	if (r->usual & USUAL_REST)
		parameters_clip(&n->parameters, CLIP);
	else
		parameters_clip_each(&n->parameters, CLIP / (double)r->batch);
	parameters_step(&n->parameters, r->rate);
}

static void learn(struct network *n, const struct numbers *p)
{
	embed_images(n, p);
	embed_names(n, NORM_LEARN, p);
	order_loss(p->rows, SPACE, n->image, n->name, p->number, n->dimage, n->dname);
	order_embed_backward(p->rows, SPACE, n->out, n->image, n->dimage);
	order_embed_backward(p->rows, SPACE, last_states(n, p), n->name, n->dname);
	recurrent_backward(&n->gru, p->rows, p->symbol, p->taking, n->dname, true);
	norm_backward(NORM_NONE, p->rows, SPACE, n->out, NULL, NULL, NULL, n->dimage, NULL, n->b.grad);
	product_at_add(n->all_hidden, SPACE, p->rows, n->layer.h, n->dimage, n->w.grad);
	product_bt(p->rows, n->all_hidden, SPACE, n->dimage, n->w.value, n->dhidden);
	layer_backward(&n->layer, p->places * p->rows, p->image, n->dhidden, NULL);
}

/* Of the numbers seen NORM_LEARN, which also gives batch norm its statistics; after that NORM_USE. */
static double judge(struct network *n, enum norm_mode mode, const struct numbers *p)
{
	embed_images(n, p);
	embed_names(n, mode, p);
	return order_loss(p->rows, SPACE, n->image, n->name, p->number, NULL, NULL);
}

/* Of the images that n holds embedded beside their names, those to which no other number's name fits better than their own. */
static double recall_at_1(const struct network *n, const struct numbers *p)
{
	size_t right = 0;

	for (size_t r = 0; r < p->rows; r++) {
		size_t lowest = 0;
		double of_lowest = INFINITY;

		for (size_t k = 0; k < p->rows; k++) {
			double e = order_penalty(SPACE, n->name + k * SPACE, n->image + r * SPACE);

			if (e < of_lowest) {
				lowest = k;
				of_lowest = e;
			}
		}
		right += p->number[lowest] == p->number[r];
	}
	return (double)right / (double)p->rows;
}

static void train(struct network *n, const struct digits *d, struct run *r)
{
	struct numbers batch, seen, kept;
	struct random random = random_begin(r->seed, 2), judged = random_begin(1797, 3);	/* the same for every seed */

	numbers_init(&batch, r->batch, r->places);
	numbers_init(&seen, JUDGED, r->places);
	numbers_init(&kept, JUDGED, r->places);
	numbers_draw(&seen, d, 0, DIGITS_TRAIN, &judged);
	numbers_draw(&kept, d, DIGITS_TRAIN, DIGITS_VALID, &judged);
	for (size_t step = 0; step <= r->steps; step++) {
		if (step > 0) {
			numbers_draw(&batch, d, 0, DIGITS_TRAIN, &random);
			learn(n, &batch);
			move(n, r);
		}
		if (step % r->every == 0 || step == r->steps) {
			double on_seen = judge(n, NORM_LEARN, &seen), on_kept = judge(n, NORM_USE, &kept);

			run_report(r, step, on_seen, on_kept, recall_at_1(n, &kept));
		}
	}
	numbers_free(&batch);
	numbers_free(&seen);
	numbers_free(&kept);
}

int main(int argc, char **argv)
{
	static struct digits digits;
	static struct network network;
	struct run run = {.program = "ln_paper_embed", .score = "recall_at_1", .batch = 64, .steps = 1500, .every = 25, .rate = 1e-3, .places = 4};

	run_begin(&run, argc, argv, "Train an image and a name encoder into one space, and write the ranking losses as CSV.");
	if (run.batch > ROWS_MAX)
		fail(run.program, "--batch: %zu is more than %d", run.batch, ROWS_MAX);
	if (run.places > PLACES_MAX)
		fail(run.program, "--places: %zu is more than %d", run.places, PLACES_MAX);
	digits_read(run.data, &digits);
	network_init(&network, &run);
	train(&network, &digits, &run);
	network_free(&network);
	run_end(&run);
}
