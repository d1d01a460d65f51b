/* vec_neon_folds.h - what the vocabularies of AArch64 have in common: folds are trees of one size, whatever the vectors, and every CPU has NEON */
#ifndef LN_VEC_NEON_FOLDS_H
#define LN_VEC_NEON_FOLDS_H

#include "vec.h"

LN_INLINE float fold_floats(const float *p)
{
	float32x4_t a = vaddq_f32(vld1q_f32(p), vld1q_f32(p + 16)), b = vaddq_f32(vld1q_f32(p + 4), vld1q_f32(p + 20));
	float32x4_t c = vaddq_f32(vld1q_f32(p + 8), vld1q_f32(p + 24)), d = vaddq_f32(vld1q_f32(p + 12), vld1q_f32(p + 28));
	float32x4_t e = vaddq_f32(vaddq_f32(a, c), vaddq_f32(b, d));
	float32x2_t f = vadd_f32(vget_low_f32(e), vget_high_f32(e));
	return vget_lane_f32(f, 0) + vget_lane_f32(f, 1);
}

/* elements 0, 2 and 1, 3 of a row's 8, each with the one 4 further on, added */
LN_INLINE float64x2_t folded_pair(const double *p)
{
	return vaddq_f64(vaddq_f64(vld1q_f64(p), vld1q_f64(p + 4)), vaddq_f64(vld1q_f64(p + 2), vld1q_f64(p + 6)));
}

LN_INLINE double fold_doubles(const double *p)
{
	float64x2_t pair = folded_pair(p);
	return vgetq_lane_f64(pair, 0) + vgetq_lane_f64(pair, 1);
}

#endif
