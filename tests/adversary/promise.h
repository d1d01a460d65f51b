/*
 * promise.h - what ln.h promises, in the form in which the hunter measures it: every constant of a bound stands here, and nowhere else
 *
 * A factor is |error| / (u * bracket), u = 2^-24, or 2^-53 for f64; a promise is the largest factor that ln.h allows.
 */
#ifndef PROMISE_H
#define PROMISE_H

/* |y - (gamma * xhat + beta)|; bracket: |gamma| max(1, |xhat|) + |beta|. bf16 and f16: that of f32, and one rounding into the type. */
#define PROMISE_Y_LAYERNORM_F32 13.0
#define PROMISE_Y_LAYERNORM_F64 13.0
#define PROMISE_Y_RMSNORM_F32 6.0
#define PROMISE_Y_RMSNORM_F64 6.0

/* dx, statistics computed by the library; bracket: rstd (|g| + average|g| + max(1, |xhat|) average(|g| max(1, |xhat|))), g = gamma * dy. */
#define PROMISE_DX_LAYERNORM_F32 39.0
#define PROMISE_DX_LAYERNORM_F64 39.0
#define PROMISE_DX_RMSNORM_F32 39.0
#define PROMISE_DX_RMSNORM_F64 39.0

/* dgamma; bracket: the sum over rows of |dy| max(1, |xhat|). 13 of it is the error of xhat. dbeta; bracket: the sum of |dy|. */
#define PROMISE_DGAMMA_F32 21.0
#define PROMISE_DGAMMA_F64 21.0
#define PROMISE_DBETA_F32 8.0
#define PROMISE_DBETA_F64 8.0

/*
 * y = n * silu(gate), n = gamma * xhat + beta. The error is at most
 *	(error of n) |silu(gate)| + GATE_Y u |y| + GATE_SIGMA |gate| |n| + GATE_SILU |n| + GATE_SILU,
 * whose last three terms are roundings among the denormals: of sigma, of silu and of y. The factor is the part of that sum.
 */
#define GATE_Y 6.0
#define GATE_SIGMA 0x1p-149
#define GATE_SILU 0x1p-150
#define PROMISE_GATED 1.0

/*
 * Cells, docs/numerics.md, sections 13 and 14: the factors of B, and of D times what is named there, by cell. The factor of a
 * cell's quantity is the part of its bound, so its promise is 1.
 */
#define CELL_H_RNN 1.0
#define CELL_H_LSTM 0.5
#define CELL_H_GRU 0.5
#define CELL_C_LSTM 1.0
#define CELL_D_STATE 0.25	/* dh_prev, dc_prev */
#define CELL_D_SUMS_RNN 0.5	/* dwh, dwx and dparams */
#define CELL_D_SUMS 0.125
#define PROMISE_CELL 1.0

#endif
