/*
 * ops.h - all operations, compiled for the ISA whose vocabulary was included before, and the table that holds them
 *
 * The including file defines LN_ISA_NAME. Names are pasted here and nowhere else, so that a profile says which ISA ran.
 */
#ifndef LN_OPS_H
#define LN_OPS_H

#define LN_PASTE_(a, b) a##_##b
#define LN_PASTE(a, b) LN_PASTE_(a, b)
#define LN_NAME(name) LN_PASTE(name, LN_ISA_NAME)
#define LN_STRING_(name) #name
#define LN_STRING(name) LN_STRING_(name)

#include "plain.h"
#include "tile.h"
#include "quantise.h"
#include "transpose.h"
#include "across.h"
#include "gradient.h"
#include "f64.h"
#include "gradient_f64.h"
#include "activation.h"
#include "recurrent.h"

static void LN_NAME(stream_end)(void) { vec_stream_end(); }

/*
 * A product is rounded before it is subtracted from. clang's -ffp-contract=fast fuses in its last stage, whatever a pragma says, and tells
 * of it nowhere; where the CPU can fuse. What was stored is rounded in any case: the difference is 0 in every rounding mode.
 */
static bool LN_NAME(exact)(void)
{
	volatile float a = 1.000244140625f;	/* its square has one bit more than a float */
	float lanes[LANES];

	vec_store(lanes, vec_mul(vec_set1(a), vec_set1(a)));
	volatile float product = lanes[0];
	vec_store(lanes, vec_sub(vec_mul(vec_set1(a), vec_set1(a)), vec_set1(product)));
	return lanes[0] == 0.0f;
}

const struct kernels LN_NAME(ln_kernels) = {
	.name = LN_STRING(LN_ISA_NAME),
	.plain = {
		[HAS_MEAN] = { [LN_F32] = LN_NAME(layernorm_f32), [LN_BF16] = LN_NAME(layernorm_bf16), [LN_F16] = LN_NAME(layernorm_f16) },
		[NO_MEAN] = { [LN_F32] = LN_NAME(rmsnorm_f32), [LN_BF16] = LN_NAME(rmsnorm_bf16), [LN_F16] = LN_NAME(rmsnorm_f16) },
	},
	.across = { [HAS_MEAN] = LN_NAME(layernorm_across), [NO_MEAN] = LN_NAME(rmsnorm_across) },
	.f32 = {
		.size = sizeof(float),
		.moments = { [HAS_MEAN] = LN_NAME(tile_moments), [NO_MEAN] = LN_NAME(tile_rms_moments) },
		.add = LN_NAME(tile_add),
		.normalise = LN_NAME(tile_normalise),
		.gradient_scales = { [HAS_MEAN] = LN_NAME(gradient_scales), [NO_MEAN] = LN_NAME(gradient_rms_scales) },
		.gradient_sums = LN_NAME(gradient_sums),
		.gradient_rows = LN_NAME(gradient_rows),
		.gradient_total = LN_NAME(gradient_total),
	},
	.f64 = {
		.size = sizeof(double),
		.moments = { [HAS_MEAN] = LN_NAME(f64_moments), [NO_MEAN] = LN_NAME(f64_rms_moments) },
		.add = LN_NAME(f64_add),
		.normalise = LN_NAME(f64_normalise),
		.gradient_sums = LN_NAME(gradient_sums_f64),
		.gradient_rows = LN_NAME(gradient_rows_f64),
		.gradient_total = LN_NAME(gradient_total_f64),
	},
	.read = { [LN_BF16] = LN_NAME(read_bf16), [LN_F16] = LN_NAME(read_f16) },
	.write = {
		[LN_F32] = LN_NAME(write_f32), [LN_BF16] = LN_NAME(write_bf16), [LN_F16] = LN_NAME(write_f16),
		[LN_I8] = LN_NAME(write_byte), [LN_U8] = LN_NAME(write_byte),
		[LN_F8_E4M3] = LN_NAME(write_f8_e4m3), [LN_F8_E5M2] = LN_NAME(write_f8_e5m2),
	},
	.transpose = LN_NAME(transpose),
	.affine = LN_NAME(tile_affine),
	.gate = { [SILU] = LN_NAME(tile_silu_gate), [SIGMOID] = LN_NAME(tile_sigmoid_gate) },
	.product = { [SILU] = LN_NAME(tile_silu_product), [SIGMOID] = LN_NAME(tile_sigmoid_product) },
	.activate = { [SILU] = LN_NAME(tile_silu), [SIGMOID] = LN_NAME(tile_sigmoid) },
	.gradient_gate = { [SILU] = LN_NAME(gradient_silu_gate), [SIGMOID] = LN_NAME(gradient_sigmoid_gate) },
	.gradient_activate = { [SILU] = LN_NAME(gradient_silu), [SIGMOID] = LN_NAME(gradient_sigmoid) },
	.gradient_product = { [SILU] = LN_NAME(gradient_silu_product), [SIGMOID] = LN_NAME(gradient_sigmoid_product) },
	.narrow = LN_NAME(narrow),
	.cell = {
		.sigmoid = LN_NAME(sigmoid_f32),
		.tanh = LN_NAME(tanh_f32),
		.norm = LN_NAME(cell_scale),
		.gate = LN_NAME(cell_gate),
		.output = LN_NAME(cell_output),
		.lstm_state = LN_NAME(lstm_state),
		.gru_state = LN_NAME(gru_state),
		.output_gradient = LN_NAME(cell_output_gradient),
		.lstm_gradient = LN_NAME(lstm_gradient),
		.gru_gradient = LN_NAME(gru_gradient),
	},
	.largest = LN_NAME(tile_largest),
	.stream_end = LN_NAME(stream_end),
	.exact = LN_NAME(exact),
};

#endif
