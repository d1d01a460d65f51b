/*
 * climb.c - annealing: many short climbs from fresh starts, long ones from the best of them, and longer ones from the worst row so far
 *
 * All is counted in evaluations, never in time, so that a seed finds the same row wherever it gets so far.
 */
#include "climb.h"
#include "start.h"

#include <math.h>
#include <stdlib.h>
#include <time.h>

enum { FRESH = 8 };

struct search { struct rng r; struct find *find; double deadline; uint64_t evaluations; };

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

/*
 * Metropolis: a worse factor is accepted with a probability that falls with its distance and, from `hot` to a fiftieth of it, as the climb
 * goes on. `hot` is in parts of the factor, and small, or 0: one rounding that turns moves all that come after it in its sum, so that most changes
 * of a good row are bad ones by far, and what a warm search gives up it does not find again.
 */
static double anneal(struct search *s, struct judge *j, uint64_t steps, double hot, uint64_t round)
{
	double at = judge_factor(j), best = at;

	if (at > s->find->factor)
		keep(s, j, round);
	for (uint64_t i = 0; i < steps && !over(s); i++) {
		double heat = hot * at * exp(-4 * (double)i / (double)steps);
		mutate(j, &s->r);
		double factor = judge_factor(j);
		s->evaluations++;
		if (!(factor >= at + heat * log(rng_uniform(&s->r) + 0x1p-60))) {
			judge_undo(j);
			continue;
		}
		judge_accept(j);
		at = factor;
		if (at > best)
			best = at;
		if (at > s->find->factor && at >= best)
			keep(s, j, round);
		if (isinf(at))
			break;
	}
	return at;
}

static uint64_t steps_of(const struct judge *j, double work) { return 100 + (uint64_t)(work / judge_cost(j->p)); }

/* The best of a few starts after a short climb each; NULL where the time is up. */
static struct problem *best_start(struct search *s, const struct quantity *q, uint64_t round)
{
	struct problem *best = NULL;
	double factor = -1;

	for (int i = 0; i < FRESH && (i == 0 || now() < s->deadline); i++) {
		struct problem *p = start(q, &s->r);
		struct judge j = judge_make(p);
		double reached = anneal(s, &j, steps_of(&j, 2e6), 0, round);
		if (reached > factor) {
			factor = reached;
			problem_free(best);
			best = problem_copy(j.p);
		}
		judge_free(&j);
	}
	return best;
}

/* Every other round goes on from the worst so far; rounds grow. */
struct find climb(const struct quantity *q, uint64_t seed, double seconds)
{
	static const double heats[] = {0, 0, 0.0005, 0.002, 0.01};
	struct find find = {.factor = -1};
	struct search s = {.r = rng_make(seed, (uint64_t)(q - quantity(0))), .find = &find, .deadline = now() + seconds};

	for (uint64_t round = 0; now() < s.deadline; round++) {
		double work = 4e7 * (double)(UINT64_C(1) << (round / 4 < 7 ? round / 4 : 7));
		struct problem *from = round % 2 == 1 && find.p ? problem_copy(find.p) : best_start(&s, q, round);
		struct judge j = judge_make(from);
		anneal(&s, &j, steps_of(&j, work), heats[rng_below(&s.r, sizeof heats / sizeof heats[0])], round);
		judge_free(&j);
	}
	find.evaluations = s.evaluations;
	return find;
}
