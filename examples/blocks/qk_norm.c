/* qk_norm.c - RMSNorm of the query heads and of the key heads where they lie, inside the packed projection q, k, v of each token, in place */
#include <ln.h>

#include "plain.h"

enum { TOKENS = 5, Q_HEADS = 8, K_HEADS = 2, DIM = 64, PACKED = (Q_HEADS + 2 * K_HEADS) * DIM };
static const double EPS = 1e-6;

static float qkv[TOKENS * PACKED], before[TOKENS * PACKED], q_weight[DIM], k_weight[DIM];

static int norm_heads(uint64_t heads, float *first, const float *weight)
{
	ln_desc d = { .struct_size = sizeof d, .norm = LN_RMSNORM, .rows = TOKENS * heads, .cols = DIM, .heads = heads, .x_stride = PACKED,
		      .y_stride = PACKED, .eps = EPS };
	ln_forward_tensors t = { .struct_size = sizeof t, .x = first, .gamma = weight, .y = first };

	return ln_forward(&d, &t);
}

static double check_head(size_t at, const float *weight, double worst) /* weight NULL: a value head, which stays as it was */
{
	double s[DIM];

	for (size_t c = 0; c < DIM; c++)
		s[c] = before[at + c];
	double rstd = plain_rstd(DIM, s, 0, EPS);
	for (size_t c = 0; c < DIM; c++)
		worst = plain_worse(worst, qkv[at + c], weight ? s[c] * rstd * weight[c] : s[c]);
	return worst;
}

int main(void)
{
	double worst = 0;

	plain_fill(TOKENS * PACKED, before, 0);
	plain_fill(DIM, q_weight, 1);
	plain_fill(DIM, k_weight, 2);
	for (size_t i = 0; i < TOKENS * PACKED; i++)
		qkv[i] = before[i];
	int status = norm_heads(Q_HEADS, qkv, q_weight);
	if (status == LN_OK)
		status = norm_heads(K_HEADS, qkv + Q_HEADS * DIM, k_weight);
	for (size_t at = 0; at < TOKENS * PACKED; at += DIM) {
		size_t head = at % PACKED / DIM;
		worst = check_head(at, head < Q_HEADS ? q_weight : head < Q_HEADS + K_HEADS ? k_weight : NULL, worst);
	}
	return plain_verdict("QK-norm", status, worst, 2e-6);
}
