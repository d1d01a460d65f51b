/*
 * cell_backward.c - the oracle of recurrent cells: the gradients of a step, and how far off each is, in what docs/numerics.md tells it in
 */
#include "cell_oracle.h"

#include <ln.h>

/* From dy at a norm's output to dx at its input. */
static void through_norm(struct norm *m, const struct problem *p)
{
	const double *gamma = p->part[PARAMS].v + m->gamma;
	long double c1 = 0, c2 = 0, n = (long double)m->n;

	for (size_t i = 0; i < m->n; i++) {
		c1 += (long double)gamma[i] * m->dy[i] / n;
		c2 += (long double)gamma[i] * m->dy[i] * m->xhat[i] / n;
	}
	for (size_t i = 0; i < m->n; i++)
		m->dx[i] = m->rstd * ((long double)gamma[i] * m->dy[i] - c1 - m->xhat[i] * c2);
}

static long double at(const struct problem *p, enum part part, size_t i) { return (long double)p->part[part].v[i]; }

static void rnn_gradients(struct cell_judge *j, const struct problem *p)
{
	for (size_t i = 0; i < j->H; i++)
		j->norm[0].dy[i] = at(p, DH, i) * (1 - j->h[i] * j->h[i]);
}

static void lstm_gradients(struct cell_judge *j, const struct problem *p)
{
	size_t H = j->H;
	const long double *f = j->gate, *in = f + H, *o = in + H, *g = o + H, *m = j->candidate;
	long double *d = j->norm[0].dy;

	for (size_t i = 0; i < H; i++) {
		d[2 * H + i] = at(p, DH, i) * m[i] * o[i] * (1 - o[i]);
		j->norm[2].dy[i] = at(p, DH, i) * o[i] * (1 - m[i] * m[i]);
	}
	through_norm(&j->norm[2], p);
	for (size_t i = 0; i < H; i++) {
		long double dc = j->norm[2].dx[i] + at(p, DC, i);
		d[i] = dc * at(p, C_PREV, i) * f[i] * (1 - f[i]);
		d[H + i] = dc * g[i] * in[i] * (1 - in[i]);
		d[3 * H + i] = dc * in[i] * (1 - g[i] * g[i]);
		j->dc[i] = dc * f[i];		/* dc_prev */
	}
	for (size_t i = 0; i < 4 * H; i++)
		j->norm[1].dy[i] = d[i];
}

static void gru_gradients(struct cell_judge *j, const struct problem *p)
{
	size_t H = j->H;
	const long double *z = j->gate, *r = z + H, *n = j->candidate;

	for (size_t i = 0; i < H; i++) {
		long double dh = at(p, DH, i), dn = dh * z[i] * (1 - n[i] * n[i]);
		j->norm[0].dy[i] = j->norm[1].dy[i] = dh * (n[i] - at(p, H_PREV, i)) * z[i] * (1 - z[i]);
		j->norm[0].dy[H + i] = j->norm[1].dy[H + i] = dn * j->u[i] * r[i] * (1 - r[i]);
		j->norm[2].dy[i] = dn * r[i];
		j->norm[3].dy[i] = dn;
		j->dc[i] = dh * (1 - z[i]);	/* dh_prev */
	}
}

/* D of docs/numerics.md, section 14, which is measured and no promise */
static long double arrives(const struct cell_judge *j, const struct problem *p)
{
	bool lstm = p->q->norm == LN_LSTM;
	long double dh = part_largest(p, DH), state = larger(1, larger(part_largest(p, H_PREV), part_largest(p, C_PREV)));

	if (lstm)
		dh = dh * j->norm[2].size * larger(1, j->norm[2].rstd) + part_largest(p, DC);
	return dh * cell_size(j, lstm ? 2 : j->norms) * state;
}

static void compare_norm(struct cell_judge *j, const struct norm *m, long double unit, struct worst *worst)
{
	long double dgamma[1], dbeta[1], bound = unit * m->size;

	if (m->of != PARTS)
		cell_compare(worst, (m->of == WH ? j->dwh : j->dwx) + m->first, m->dx, m->n, bound * m->rstd);
	for (size_t i = 0; i < m->n; i++) {
		dgamma[0] = m->dy[i] * m->xhat[i];
		dbeta[0] = m->dy[i];
		cell_compare(worst, j->dparams + m->gamma + i, dgamma, 1, bound);
		if (m->beta != NO_BETA)
			cell_compare(worst, j->dparams + m->beta + (ptrdiff_t)i, dbeta, 1, bound);
	}
}

struct worst cell_backward_worst(struct cell_judge *j, const struct problem *p)
{
	const long double u = 0x1p-24L;
	struct worst worst = {0};

	if (p->q->norm == LN_RNN)
		rnn_gradients(j, p);
	else if (p->q->norm == LN_LSTM)
		lstm_gradients(j, p);
	else
		gru_gradients(j, p);
	for (size_t k = 0; k < j->norms; k++)
		if (j->norm[k].of != PARTS)
			through_norm(&j->norm[k], p);
	long double D = u * arrives(j, p), unit = D * (p->q->norm == LN_RNN ? 0.5L : 0.125L);
	for (size_t k = 0; k < j->norms; k++)
		compare_norm(j, &j->norm[k], unit, &worst);
	if (p->q->norm != LN_RNN)
		cell_compare(&worst, p->q->norm == LN_LSTM ? j->dc_prev : j->dh_prev, j->dc, j->H, D / 4);
	return worst;
}
