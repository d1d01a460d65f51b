/*
 * ref_cell.c - the oracle of recurrent cells (Ba, Kiros, Hinton 2016, arXiv:1607.06450, section 3.1 and supplement), and the chain rule
 *
 * test_cell_oracle.c compares the gradients with differences of the forward.
 */
#include "ref_cell.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* xhat and the gradient of a norm: mean and variance are plain sums, since the rows that are measured are no hostile ones. */
struct normed { size_t n; quad *xhat, rstd; };

static quad *quads(size_t n)
{
	quad *p = calloc(n, sizeof *p);

	if (!p)
		abort();
	return p;
}

static quad larger(quad a, quad b) { return a > b ? a : b; }
static quad magnitude(quad v) { return v < 0 ? -v : v; }

struct ref_cell ref_cell_make(const struct cell *c)
{
	struct ref_cell r = {.d = c->d, .layout = cell_layout(&c->d)};
	size_t H = (size_t)c->d.hidden, G = r.layout.gates * H;
	quad **products[] = {&r.wh, &r.wx, &r.dwh, &r.dwx}, **states[] = {&r.h_prev, &r.c_prev, &r.dh, &r.dc, &r.h, &r.c, &r.dh_prev, &r.dc_prev};

	for (size_t i = 0; i < sizeof products / sizeof products[0]; i++)
		*products[i] = quads(G);
	for (size_t i = 0; i < sizeof states / sizeof states[0]; i++)
		*states[i] = quads(H);
	for (size_t k = 0; k < r.layout.norms; k++) {
		r.bracket[k] = quads(r.layout.norm[k].n);
		r.out[k] = quads(r.layout.norm[k].n);
	}
	r.params = quads(r.layout.params);
	r.dparams = quads(r.layout.params);
	return r;
}

void ref_cell_free(struct ref_cell *r)
{
	quad *all[] = {r->wh, r->wx, r->dwh, r->dwx, r->h_prev, r->c_prev, r->dh, r->dc, r->h, r->c, r->dh_prev, r->dc_prev, r->params, r->dparams};

	for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
		free(all[i]);
	for (size_t k = 0; k < r->layout.norms; k++) {
		free(r->bracket[k]);
		free(r->out[k]);
	}
}

static void read_row(quad *to, const float *from, size_t row, size_t n)
{
	for (size_t i = 0; i < n; i++)
		to[i] = from ? (quad)from[row * n + i] : 0;
}

void ref_cell_read(struct ref_cell *r, const struct cell *c, size_t row)
{
	size_t H = (size_t)c->d.hidden, G = r->layout.gates * H;

	read_row(r->wh, c->wh, row, G);
	read_row(r->wx, c->wx, row, G);
	read_row(r->h_prev, c->h_prev, row, H);
	read_row(r->c_prev, c->d.cell == LN_LSTM ? c->c_prev : NULL, row, H);
	read_row(r->dh, c->dh, row, H);
	read_row(r->dc, c->d.cell == LN_LSTM ? c->dc : NULL, row, H);
	read_row(r->params, c->params, 0, r->layout.params);
}

static struct normed norm_of(struct ref_cell *r, size_t k, const quad *x)
{
	const struct cell_norm *m = &r->layout.norm[k];
	struct normed a = {m->n, quads(m->n), 0};
	quad mean = 0, var = 0;

	for (size_t i = 0; i < a.n; i++)
		mean += x[i] / a.n;
	for (size_t i = 0; i < a.n; i++)
		var += (x[i] - mean) * (x[i] - mean) / a.n;
	quad v = var + r->d.eps, root = (quad)sqrt((double)v);
	root = root > 0 ? (root + v / root) / 2 : 0;	/* Heron */
	root = root > 0 ? (root + v / root) / 2 : 0;
	a.rstd = root > 0 ? 1 / root : 0;
	r->rstd[k] = a.rstd;
	r->size[k] = 1;
	for (size_t i = 0; i < a.n; i++) {
		a.xhat[i] = (x[i] - mean) * a.rstd;
		quad gamma = r->params[m->gamma + i], beta = m->beta == SHARED ? 0 : r->params[m->beta + i];
		r->out[k][i] = a.xhat[i] * gamma + beta;
		r->bracket[k][i] = magnitude(gamma) * larger(1, magnitude(a.xhat[i])) + magnitude(beta);
		r->size[k] = larger(r->size[k], 1 + r->bracket[k][i]);
	}
	return a;
}

/* From dy at the output of norm k to dx, and to the parameters. */
static void norm_back(struct ref_cell *r, size_t k, const struct normed *a, const quad *dy, quad *dx)
{
	const struct cell_norm *m = &r->layout.norm[k];
	quad a1 = 0, a2 = 0;

	for (size_t i = 0; i < a->n; i++) {
		quad g = dy[i] * r->params[m->gamma + i];
		a1 += g / a->n;
		a2 += g * a->xhat[i] / a->n;
		r->dparams[m->gamma + i] += dy[i] * a->xhat[i];
		if (m->beta != SHARED)
			r->dparams[m->beta + i] += dy[i];
	}
	for (size_t i = 0; i < a->n; i++)
		dx[i] = a->rstd * (dy[i] * r->params[m->gamma + i] - a1 - a->xhat[i] * a2);
}

static void rnn(struct ref_cell *r, bool back)
{
	size_t H = (size_t)r->d.hidden;
	quad *sum = quads(H), *dy = quads(H);

	for (size_t i = 0; i < H; i++)
		sum[i] = r->wh[i] + r->wx[i];
	struct normed a = norm_of(r, 0, sum);
	for (size_t i = 0; i < H; i++) {
		r->h[i] = ref_tanh(r->out[0][i]);
		dy[i] = r->dh[i] * (1 - r->h[i] * r->h[i]);
		r->dh_prev[i] = 0;
	}
	if (back) {
		norm_back(r, 0, &a, dy, r->dwh);
		memcpy(r->dwx, r->dwh, H * sizeof *dy);
	}
	free(a.xhat);
	free(sum);
	free(dy);
}

/* What arrives at the gates, in dg, of which the output's is there already; dn arrives at the norm of c. */
static void lstm_back(struct ref_cell *r, const struct normed a[3], const quad *gate, const quad *dn, quad *dg)
{
	size_t H = (size_t)r->d.hidden;
	quad *d = quads(H);

	norm_back(r, 2, &a[2], dn, d);
	for (size_t i = 0; i < H; i++) {
		quad f = gate[i], in = gate[H + i], g = gate[3 * H + i];
		d[i] += r->dc[i];
		dg[i] = d[i] * r->c_prev[i] * f * (1 - f);
		dg[H + i] = d[i] * g * in * (1 - in);
		dg[3 * H + i] = d[i] * in * (1 - g * g);
		r->dc_prev[i] = d[i] * f;
	}
	norm_back(r, 0, &a[0], dg, r->dwh);
	norm_back(r, 1, &a[1], dg, r->dwx);
	free(d);
}

static void lstm(struct ref_cell *r, bool back)
{
	size_t H = (size_t)r->d.hidden;
	quad *gate = quads(4 * H), *dg = quads(4 * H), *dn = quads(H);
	struct normed a[3] = {norm_of(r, 0, r->wh), norm_of(r, 1, r->wx)};

	for (size_t i = 0; i < 4 * H; i++) {
		quad v = r->out[0][i] + r->out[1][i];
		gate[i] = i < 3 * H ? ref_sigmoid(v) : ref_tanh(v);
	}
	for (size_t i = 0; i < H; i++)
		r->c[i] = gate[i] * r->c_prev[i] + gate[H + i] * gate[3 * H + i];
	a[2] = norm_of(r, 2, r->given_c ? r->given_c : r->c);
	for (size_t i = 0; i < H; i++) {
		quad m = ref_tanh(r->out[2][i]), o = gate[2 * H + i];
		r->h[i] = o * m;
		dg[2 * H + i] = r->dh[i] * m * o * (1 - o);
		dn[i] = r->dh[i] * o * (1 - m * m);
		r->dh_prev[i] = 0;
	}
	if (back)
		lstm_back(r, a, gate, dn, dg);
	for (int k = 0; k < 3; k++)
		free(a[k].xhat);
	free(gate);
	free(dg);
	free(dn);
}

static void gru(struct ref_cell *r, bool back)
{
	size_t H = (size_t)r->d.hidden;
	quad *dg = quads(2 * H), *du = quads(H), *dn = quads(H);
	struct normed a[4] = {norm_of(r, 0, r->wh), norm_of(r, 1, r->wx), norm_of(r, 2, r->wh + 2 * H), norm_of(r, 3, r->wx + 2 * H)};

	for (size_t i = 0; i < H; i++) {
		quad z = ref_sigmoid(r->out[0][i] + r->out[1][i]);
		quad reset = ref_sigmoid(r->out[0][H + i] + r->out[1][H + i]), u = r->out[2][i];
		quad n = ref_tanh(r->out[3][i] + reset * u);
		r->h[i] = (1 - z) * r->h_prev[i] + z * n;
		dn[i] = r->dh[i] * z * (1 - n * n);
		du[i] = dn[i] * reset;
		dg[i] = r->dh[i] * (n - r->h_prev[i]) * z * (1 - z);
		dg[H + i] = dn[i] * u * reset * (1 - reset);
		r->dh_prev[i] = r->dh[i] * (1 - z);
	}
	if (back) {
		norm_back(r, 0, &a[0], dg, r->dwh);
		norm_back(r, 1, &a[1], dg, r->dwx);
		norm_back(r, 2, &a[2], du, r->dwh + 2 * H);
		norm_back(r, 3, &a[3], dn, r->dwx + 2 * H);
	}
	for (int k = 0; k < 4; k++)
		free(a[k].xhat);
	free(dg);
	free(du);
	free(dn);
}

static void step(struct ref_cell *r, bool back)
{
	if (r->d.cell == LN_RNN)
		rnn(r, back);
	else if (r->d.cell == LN_LSTM)
		lstm(r, back);
	else
		gru(r, back);
}

void ref_cell_forward(struct ref_cell *r) { step(r, false); }
void ref_cell_backward(struct ref_cell *r) { step(r, true); }
