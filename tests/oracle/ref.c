/*
 * ref.c - the oracle: normalisation from its definitions (Ba, Kiros, Hinton 2016, arXiv:1607.06450, eq. 3 and 4; Zhang, Sennrich
 * 2019, arXiv:1910.07467, eq. 4)
 *
 *	mean = 1/n sum x_i, or 0	var = 1/n sum (x_i - mean)^2, or without the 1/n
 *	xhat_i = (x_i - mean) / sqrt(var + eps)		y_i = (gamma_i xhat_i + beta_i) act(gate_i)
 *	act(g) = g sigmoid(g), or sigmoid(g)
 *
 * The sums are plain sums in 113 bits, but for one thing: the mean is kept as x_0 plus the mean of x_i - x_0. That is what makes
 * 113 bits enough for doubles too. Two elements of a row that is not constant may differ by as little as 2^-53 max|x|, so an error
 * of n 2^-113 max|x| in a mean summed plainly could be n^2 2^-60 standard deviations. But x_i - x_0 has a relative error of 2^-113
 * at most, and is no larger than the row's range; the range is at most sqrt(2 n) standard deviations; so the mean is within n
 * sqrt(2 n) 2^-112 standard deviations, 2^-90 for 16896 columns. The exponents of a quad hold the squares of all doubles.
 */
#include "bounds.h"
#include "ref.h"
#include "types.h"

#include <float.h>
#include <math.h>

/* Heron's method: each step doubles the number of correct digits, 53 -> 106 -> 113 and full. It begins with a double. */
static quad square_root(quad v)
{
	quad scale = 1;

	for (; v > 0x1p1000; v *= 0x1p-1000)
		scale *= 0x1p500;
	for (; v < 0x1p-1000; v *= 0x1p1000)
		scale *= 0x1p-500;
	quad root = (quad)sqrt((double)v);
	root = (root + v / root) / 2;
	return scale * (root + v / root) / 2;
}

/* exp(-a) for a >= 0: a is halved until its series is short, and the sum squared as often. What is too small for any type is 0. */
static quad exp_of_minus(quad a)
{
	quad sum = 1, term = 1;
	int halved = 0;

	if (a > 8000)
		return 0;
	for (; a > 0.125; halved++)
		a /= 2;
	for (int n = 1; n < 24; n++) {		/* 2^-72 / 24! is below 2^-113 */
		term *= -a / n;
		sum += term;
	}
	for (; halved > 0; halved--)
		sum *= sum;
	return sum;
}

quad ref_sigmoid(quad v)
{
	quad z = exp_of_minus(v < 0 ? -v : v);

	return (v < 0 ? z : 1) / (1 + z);
}

quad ref_sigma(double g)
{
	return ref_sigmoid(g);
}

quad ref_act(uint32_t flags, quad v)
{
	return ref_sigmoid(v) * (flags & LN_GATE_SIGMOID ? 1 : v);
}

/* 1 - sigmoid(v) is sigmoid(-v), which loses nothing. */
quad ref_slope(uint32_t flags, quad v)
{
	return ref_sigmoid(v) * (flags & LN_GATE_SIGMOID ? ref_sigmoid(-v) : 1 + v * ref_sigmoid(-v));
}

/* Below 2^-40 the next term of the series, of x^3, is less than 2^-80 of the first. */
quad ref_tanh(quad v)
{
	quad a = v < 0 ? -v : v, z = exp_of_minus(2 * a), t = a < 0x1p-40 ? a : (1 - z) / (1 + z);

	return v < 0 ? -t : t;
}

static quad rstd_of(quad var, double eps, uint32_t flags)
{
	bool outside = flags & LN_EPS_OUTSIDE;
	quad v = outside ? var : var + (quad)eps, den = (v > 0 ? square_root(v) : 0) + (outside ? (quad)eps : 0);

	return den > 0 ? 1 / den : 0;
}

struct ref_stats ref_statistics(const struct ref_row *row)
{
	struct ref_stats s = {0, 0, 0, 0};

	if (norm_facts(row->norm)->has_mean) {
		s.base = (quad)row->x[0];
		for (size_t i = 0; i < row->cols; i++)
			s.offset += (quad)row->x[i] - s.base;
		s.offset /= (quad)row->cols;
	}
	for (size_t i = 0; i < row->cols; i++) {
		quad deviation = ((quad)row->x[i] - s.base) - s.offset;
		s.var += deviation * deviation;
	}
	s.var /= (quad)norm_divisor(row->norm, row->cols);
	s.rstd = rstd_of(s.var, row->eps, row->flags);
	return s;
}

struct ref_stats ref_given_moments(const struct ref_row *row, const ln_moments *m)
{
	struct ref_stats s = {(quad)m->mean, (quad)m->mean_lo + (quad)m->mean_rest, ((quad)m->m2 + (quad)m->m2_lo) / (norm_facts(row->norm)->averages ? (quad)m->count : 1), 0};

	s.rstd = rstd_of(s.var, row->eps, row->flags);
	return s;
}

struct ref_stats ref_given_stats(double mean, double rstd)
{
	return (struct ref_stats){(quad)mean, 0, 0, (quad)rstd};
}

/* Multiplies by the activated gate, whose error has two parts: in units of u |y|; and where exp(-|gate|) or silu itself is denormal. */
static void apply_gate(struct ref_value *exact, const struct ref_row *row, quad *y, double g)
{
	struct gate_bound bound = bound_of_gate(row->flags);
	quad s = ref_act(row->flags, g);

	exact->slack = exact->slack * fabs((double)s) + (bound.slope * fabs(g) + bound.least) * fabs((double)*y);
	exact->unit *= fabs((double)s);
	*y *= s;
	exact->slack += bound.u * row->u * fabs((double)*y);
}

/* y becomes act(y), whose error is the norm's times the steepest slope there is, and its own. */
static void apply_self(struct ref_value *exact, const struct ref_row *row, quad *y)
{
	struct self_bound bound = bound_of_self(row->flags);

	exact->unit *= bound.steepest;
	exact->slack = exact->slack * bound.steepest + bound.of_norm * fabs((double)*y) + bound.least;
	*y = ref_act(row->flags, *y);
	exact->slack += bound.u * row->u * fabs((double)*y);
}

void ref_solve(const struct ref_row *row, const struct ref_stats *s, struct ref_value *exact)
{
	double floor = norm_floor(row->norm, row->cols);

	for (size_t i = 0; i < row->cols; i++) {
		double g = row->gamma ? row->gamma[i] : 1, b = row->beta ? row->beta[i] : 0;
		quad xhat = (((quad)row->x[i] - s->base) - s->offset) * s->rstd;
		quad y = (quad)g * xhat + (quad)b;
		double size = fabs((double)xhat);

		exact[i].unit = row->u * (fabs(g) * fmax(floor, size) + fabs(b));
		exact[i].slack = 0;
		if (row->flags & LN_CAST_BEFORE_GAMMA)
			exact[i].slack = fabs(g) * ref_half_ulp(row->x_type, size + bound_of_y(row->norm, UNFUSED) * row->u * fmax(floor, size));
		if (row->flags & LN_ROUND_BEFORE_GATE)
			exact[i].slack += ref_half_ulp(row->y_type, fabs((double)y) + bound_of_y(row->norm, UNFUSED) * exact[i].unit + exact[i].slack);
		if (row->flags & LN_GATE_SELF)
			apply_self(&exact[i], row, &y);
		else if (row->gate)
			apply_gate(&exact[i], row, &y, row->gate[i]);
		exact[i].hi = (double)y;
		exact[i].lo = (double)(y - (quad)exact[i].hi);
	}
}

double ref_half_ulp(uint32_t type, double v)
{
	struct type_limits limits = type_limits(type);
	int exponent;

	if (type == LN_I8 || type == LN_U8)
		return 0.5;
	frexp(v, &exponent);			/* 2^(exponent-1) <= |v| < 2^exponent */
	return fmax(ldexp(1, exponent - 1 - limits.digits), fmax(limits.least / 2, DBL_TRUE_MIN));
}

/*
 * |y - exact|. An infinity stands for everything from half an ulp above the largest finite number on, since that is what rounds to
 * it; so it is compared with the nearest number it can mean, and a right infinity has no error. The difference below is exact
 * wherever y is near.
 */
static double distance(uint32_t type, const struct ref_value *exact, double y)
{
	double largest = type_limits(type).largest;

	if (isinf(y)) {
		double least_infinite = largest + ref_half_ulp(type, largest), size = y > 0 ? exact->hi : -exact->hi;
		return size < least_infinite ? least_infinite - size : 0;
	}
	return fabs((y - exact->hi) - exact->lo);
}

/* The value that q stands for before it is rounded, and saturated as q is. */
static struct ref_value quantised(struct ref_type t, struct ref_value exact)
{
	double v = exact.hi / t.scale + t.zero_point;
	double largest = t.type == LN_I8 ? 127 : t.type == LN_U8 ? 255 : type_limits(t.type).largest;
	double least = t.type == LN_I8 ? (t.symmetric ? -127 : -128) : t.type == LN_U8 ? 0 : -largest;

	/* y was a float, and so is the quotient. */
	exact.slack = (exact.slack + ref_half_ulp(LN_F32, exact.hi)) / t.scale + 0x1p-24 * fmin(fabs(exact.hi / t.scale), 1e6);
	exact.unit /= t.scale;
	exact.hi = fmin(fmax(v, least), largest);
	exact.lo = 0;
	return exact;
}

static double in_units(double error, double unit)
{
	if (error > 0)
		return unit > 0 ? error / unit : (double)INFINITY;
	return error <= 0 ? 0 : (double)INFINITY;	/* a NaN is neither */
}

struct ref_error ref_compare(struct ref_type t, size_t cols, const struct ref_value *exact, const void *y, size_t at)
{
	struct ref_error worst = {0, 0, 0, 0};
	bool is_code = type_size(t.type) == 1;

	for (size_t i = 0; i < cols; i++) {
		struct ref_value want = is_code ? quantised(t, exact[i]) : exact[i];
		double error = distance(t.type, &want, type_load(t.type, y, at + i)) - want.slack;
		double raw = in_units(error, want.unit);
		/* What the slack allows may reach into the next power of two, where roundings are twice as large. */
		double rounded = in_units(error - ref_half_ulp(t.type, fabs(want.hi) + want.slack), want.unit);

		if (raw > worst.raw) {
			worst.raw = raw;
			worst.col = i;
		}
		if (rounded > worst.rounded) {
			worst.rounded = rounded;
			worst.rounded_col = i;
		}
	}
	return worst;
}
