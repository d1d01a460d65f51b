/*
 * climb.c - annealing: tournaments of fresh starts, and long climbs from the worst row so far
 *
 * All is counted in evaluations, never in time, so that a seed, given as many seconds, finds the same row wherever it gets so far.
 */
#include "climb.h"
#include "start.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { FRESH = 27, KEPT = 3 };

/* work: that of a first climb, in columns */
struct search { struct rng r; struct find *find; double deadline, work; uint64_t evaluations; };

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static bool over(const struct search *s) { return s->evaluations % 32 == 0 && now() > s->deadline; }

/* A factor is worth keeping once the sums that were taken anew say so too. */
static void keep(struct search *s, struct judge *j, uint64_t round)
{
	double factor = judge_exact(j).factor;

	if (factor <= s->find->factor && s->find->p)
		return;
	problem_free(s->find->p);
	*s->find = (struct find){.factor = factor, .p = problem_copy(j->p), .round = round, .evaluations = s->evaluations};
}

/* How a climb goes. */
struct slope {
	double heat;	/* in parts of the score: one that is worse by so much is taken with a chance of 1/e; falls to a fiftieth */
	double average;	/* what the average of all columns weighs beside the worst: it shows a small gain that chance hides in the worst */
};

static double score(struct judge *j, const struct slope *slope, double *factor)
{
	struct worst worst = judge_factor(j);

	*factor = worst.factor;
	return worst.factor + slope->average * worst.average;
}

/*
 * Metropolis' rule, with little heat or none: one rounding that turns moves all that come after it in its sum, so that most changes of
 * a good row are bad ones by far, and what a warm search gives up it does not find again.
 */
static double anneal(struct search *s, struct judge *j, uint64_t steps, struct slope slope, uint64_t round)
{
	double factor, at = score(j, &slope, &factor), best = factor;

	if (best > s->find->factor)
		keep(s, j, round);
	for (uint64_t i = 0; i < steps && !over(s); i++) {
		double heat = slope.heat * at * exp(-4 * (double)i / (double)steps);
		mutate(j, &s->r);
		double next = score(j, &slope, &factor);
		s->evaluations++;
		if (!(next >= at + heat * log(rng_uniform(&s->r) + 0x1p-60))) {
			judge_undo(j);
			continue;
		}
		judge_accept(j);
		at = next;
		if (factor > s->find->factor && factor > best)
			keep(s, j, round);
		best = fmax(best, factor);
		if (isinf(at))
			break;
	}
	return best;
}

static uint64_t steps_of(const struct judge *j, double work) { return 100 + (uint64_t)(work / judge_cost(j->p)); }

static struct slope draw_slope(struct search *s)
{
	static const double heats[] = {0, 0, 0.0005, 0.002, 0.01}, averages[] = {0, 1, 1, 3};

	return (struct slope){heats[rng_below(&s->r, sizeof heats / sizeof heats[0])],
			      averages[rng_below(&s->r, sizeof averages / sizeof averages[0])]};
}

/* What a problem comes to after so much work: the problem is the caller's again, and the factor that it reached is returned. */
static double improve(struct search *s, struct problem **p, double work, uint64_t round)
{
	struct judge j = judge_make(*p);
	double reached = anneal(s, &j, steps_of(&j, work), draw_slope(s), round);

	*p = problem_copy(j.p);
	judge_free(&j);
	return reached;
}

/* A tournament: many starts climb a little, the better ones more, and so on; the winner is the caller's to free. */
static struct problem *tournament(struct search *s, const struct quantity *q, uint64_t round)
{
	struct problem *p[FRESH] = {0};
	double reached[FRESH], work = s->work;
	size_t left = FRESH;

	for (size_t i = 0; i < left; i++)
		p[i] = start(q, &s->r);
	for (; left > 0; left /= KEPT, work *= 2 * KEPT) {
		for (size_t i = 0; i < left; i++)
			reached[i] = improve(s, &p[i], work, round);
		for (size_t i = 0; i < left; i++)	/* those that go on come first */
			for (size_t k = i + 1; k < left; k++)
				if (reached[k] > reached[i]) {
					double r = reached[i];
					struct problem *swapped = p[i];
					reached[i] = reached[k];
					reached[k] = r;
					p[i] = p[k];
					p[k] = swapped;
				}
	}
	for (size_t i = 1; i < FRESH; i++)
		problem_free(p[i]);
	return p[0];
}

/* After each tournament the worst row so far goes on, longer and longer. */
struct find climb(const struct quantity *q, uint64_t seed, double seconds)
{
	struct find find = {.factor = -1};
	struct search s = {.r = rng_make(seed, (uint64_t)(q - quantity(0))), .find = &find, .deadline = now() + seconds,
		.work = 2e5 * fmin(fmax(seconds, 1), 5)};

	for (uint64_t round = 0; now() < s.deadline; round++) {
		problem_free(tournament(&s, q, round));
		struct problem *p = problem_copy(find.p);
		improve(&s, &p, 50 * s.work * (double)(1 + round), round);
		problem_free(p);
	}
	find.evaluations = s.evaluations;
	return find;
}
