/*
 * main.c - lnadversary: hunts for inputs that break the error bounds of ln.h, and fails above what it promises
 *
 *	lnadversary [--class NAME] [--only TEXT] [--seed N] [--directory DIR] SECONDS
 *	lnadversary --named | --long LOG2_COLUMNS | --replay FILE...
 *
 * SECONDS are divided evenly between the targets: each quantity (whose name holds TEXT) for each class. The worst input of each is
 * left in DIR. A promise of inf is none: the gradients of cells are measured, and never fail.
 */
#include "classes.h"
#include "climb.h"
#include "named.h"
#include "promise.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct options { const char *class, *only, *directory; uint64_t seed; double seconds; };

static bool wanted(const struct options *o, enum arithmetic class, const struct quantity *q)
{
	return (!o->class || strcmp(o->class, class_name(class)) == 0) && (!o->only || strstr(q->name, o->only));
}

static size_t count_targets(const struct options *o)
{
	const struct quantity *q;
	size_t count = 0;

	for (int k = 0; k < CLASSES; k++)
		for (size_t i = 0; class_use(class_at(k)) && (q = quantity(i)) != NULL; i++)
			count += wanted(o, class_at(k), q);
	return count;
}

static bool save(const struct find *f, const char *isa, const char *path)
{
	FILE *file = fopen(path, "w");

	if (!file)
		return false;
	bool written = problem_write(f->p, isa, file);
	return fclose(file) == 0 && written;
}

/* One line; true where the promise is kept. */
static bool hunt(const struct options *o, enum arithmetic class, const struct quantity *q, double seconds)
{
	char path[1024];
	const char *isa = class_use(class);
	struct find f = climb(q, o->seed, seconds);
	double promise = promise_of(q, class);
	bool kept = f.p && f.factor <= promise;

	snprintf(path, sizeof path, "%s/%s_%s_%" PRIu64 ".txt", o->directory, class_name(class), q->name, o->seed);
	if (!f.p || !save(&f, isa, path)) {
		fprintf(stderr, "adversary: %s cannot be written\n", path);
		kept = false;
	}
	printf("%-8s %-20s %9.3f%s %7g  %s: ", class_name(class), q->name, fmin(f.factor, 999999), kept ? " " : "!", promise, path);
	printf("seed %" PRIu64 ", round %" PRIu64 ", %.3g evaluations", o->seed, f.round, (double)f.evaluations);
	if (f.p)
		printf("; %zu x %zu x %zu, eps %g", f.p->rows, f.p->cols, f.p->repeat, f.p->eps);
	printf("\n");
	fflush(stdout);
	problem_free(f.p);
	return kept;
}

static int hunt_all(const struct options *o)
{
	size_t targets = count_targets(o), broken = 0;
	const struct quantity *q;

	if (targets == 0) {
		fprintf(stderr, "adversary: no such target\n");
		return 2;
	}
	for (size_t i = 0; (q = quantity(i)) != NULL; i++)
		for (int k = 0; k < CLASSES; k++)
			if (wanted(o, class_at(k), q) && class_use(class_at(k)))
				broken += !hunt(o, class_at(k), q, o->seconds / (double)targets);
	return broken > 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: lnadversary [--class fused|unfused] [--only TEXT] [--seed N] [--directory DIR] SECONDS\n"
			"       lnadversary --named | --long LOG2_COLUMNS | --replay FILE...\n");
	return 2;
}

static int replay_all(char **paths)
{
	int above = 0;

	if (!*paths)
		return usage();
	for (; *paths; paths++)
		above += replay(*paths);
	return above > 0;
}

int main(int argc, char **argv)
{
	static const struct option known[] = {{"class", 1, NULL, 'c'}, {"only", 1, NULL, 'o'}, {"seed", 1, NULL, 's'},
		{"directory", 1, NULL, 'd'}, {"named", 0, NULL, 'n'}, {"long", 1, NULL, 'l'}, {"replay", 0, NULL, 'r'}, {0}};
	struct options o = {.directory = ".", .seed = 1};
	int option;

	if (!HAVE_QUAD) {
		printf("skipped: adversary: the compiler has no type of 113 bits for this machine\n");
		return 0;
	}
	while ((option = getopt_long(argc, argv, "", known, NULL)) != -1)
		switch (option) {
		case 'c': o.class = optarg; break;
		case 'o': o.only = optarg; break;
		case 's': o.seed = strtoull(optarg, NULL, 10); break;
		case 'd': o.directory = optarg; break;
		case 'n': return named_rows() > 0;
		case 'l': return long_rows(atoi(optarg)) > 0;
		case 'r': return replay_all(argv + optind);
		default: return usage();
		}
	if (optind + 1 != argc || !((o.seconds = strtod(argv[optind], NULL)) > 0))
		return usage();
	return hunt_all(&o);
}
