/*
 * ln.h - libln: Layer Normalization of rows on every CPU, with the same bits everywhere
 *
 * This header is the whole public interface: C99 or C++11, no other header of the library is needed.
 *
 *	#include <ln.h>
 *	int status = ln_layernorm_f32(rows, cols, x, gamma, beta, 1e-5, y);
 *	if (status != LN_OK)
 *		fprintf(stderr, "layer norm: %s\n", ln_strerror(status));
 *
 * Conventions, for every function here:
 *   Sizes     rows and cols count elements, never bytes. A matrix is row-major and contiguous: element (r, c) is p[r*cols + c].
 *   Pointers  the alignment of the element type is enough. Nothing is kept after the call returns.
 *   Errors    LN_OK (0) or a negative LN_ERR_* value. On an error nothing has been written, unless it is LN_ERR_PARALLEL. Arguments are
 *             checked in the order descriptor and tensors, norm and flags, types, shape, eps, scale, NULL, overlap, workspace, and the first
 *             fault is returned; with rows == 0 and all before NULL valid there is nothing to do, pointers are not looked at, and the
 *             result is LN_OK; only sums over no rows, as dgamma is one, are then written: 0. ln_explain_forward() and its like say in a
 *             sentence which argument it is and what is wrong with it.
 *   Structs   begin with struct_size, which the caller sets to the sizeof of the struct; all that is not set is 0 or NULL, which means
 *             "as before". They grow at their end only: a smaller struct of an older header reads as filled up with zeros, a larger one
 *             of a newer header is accepted if what is not known here is 0. In C a designated initialiser does all that, and in C++
 *             `T t = {}` with an assignment for each member.
 *   Threads   every function may be called from any thread at any time. There are no locks, no allocation, no output, and no
 *             state but the choice of kernels. Only that choice, at the first call and in ln_set_isa() and ln_isa_name(), asks the
 *             CPU, libcpuinfo (which allocates once) and the environment: make it before the process is locked down, and not
 *             while another thread calls setenv().
 *   Rounding  results are those of the default floating-point environment: round to nearest, denormals kept. The library never
 *             changes that environment; a caller who has changed it (FTZ, DAZ, a rounding mode) gets results computed in it.
 *             Arithmetic raises exception flags as it goes; a caller who unmasks them as traps should mask them around a call.
 *
 * The same bits. An output row depends on that row, the parameters and the arguments, and on nothing else: not on the number of
 * rows, the place of the row, alignment, strides, the thread, or the machine. Kernels fall in two arithmetic classes, and all
 * kernels of a class give the same bits: `fused` (avx2, avx512, neon, sve) rounds a product and a sum once, `unfused` (scalar, portable,
 * sse41) rounds them separately. The classes differ by that rounding only. The bits are part of the ABI: they change only with
 * a new major version.
 *
 * Plain calls for contiguous rows come first; ln_forward() with its descriptor and tensors says everything else; ln_moments are the
 * statistics of a row that is spread over machines; then the gradients, and recurrent cells; last, why a call is refused, and the
 * kernels in use.
 */
#ifndef LN_H
#define LN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Marks what the library exports; everything else in it is hidden. */
#if defined(LN_API)	/* the build says so: empty where a plugin contains the library and is not to export it */
#elif defined(__GNUC__)
#define LN_API __attribute__((visibility("default")))
#else
#define LN_API
#endif

/* The version of this header; ln_version() is that of the library in use. Both are 0x00XXYYZZ. */
#define LN_VERSION_MAJOR 0
#define LN_VERSION_MINOR 1
#define LN_VERSION_PATCH 0
#define LN_VERSION (LN_VERSION_MAJOR * 0x10000 + LN_VERSION_MINOR * 0x100 + LN_VERSION_PATCH)

/* What a function returns. The values are never renumbered. */
#define LN_OK 0
#define LN_ERR_NULL (-1)	/* a pointer that may not be NULL is */
#define LN_ERR_SHAPE (-2)	/* cols or hidden is 0; a tensor takes more than PTRDIFF_MAX bytes; sizes or strides that do not fit together */
#define LN_ERR_EPS (-3)		/* eps is negative, infinite or NaN */
#define LN_ERR_OVERLAP (-4)	/* an output overlaps another tensor in a way that is not allowed */
#define LN_ERR_UNSUPPORTED (-5)	/* no such kernels, or this CPU cannot run them; or what there is no way of doing together, or backward */
#define LN_ERR_DESC (-6)	/* struct_size is too small, or bytes of a struct that this version does not know are not 0 */
#define LN_ERR_TYPE (-7)	/* an unknown type, or types that do not go together */
#define LN_ERR_FLAGS (-8)	/* an unknown norm, cell or flag, or flags and arguments that do not go together */
#define LN_ERR_SCALE (-9)	/* y_scale is not positive and finite, or y_zero_point is out of range */
#define LN_ERR_WORKSPACE (-10)	/* the workspace is too small, or not aligned to 8 bytes */
#define LN_ERR_PARALLEL (-11)	/* the caller's parallel_for failed: what was to be written is unspecified, and nothing else was touched */

/*
 * ln_layernorm_f32() - normalise each row of x, then scale and shift it; likewise _f64, _bf16, _f16
 *	y[r][c] = (x[r][c] - mean[r]) * rstd[r] * gamma[c] + beta[c]
 *	mean[r] = sum over c of x[r][c] / cols
 *	var[r]  = sum over c of (x[r][c] - mean[r])^2 / cols		(population variance)
 *	rstd[r] = 1 / sqrt(var[r] + eps), or 0 where var[r] + eps is 0
 *
 * Shapes    x, y: rows x cols, contiguous; gamma, beta: cols
 * Types     bf16 and f16 are passed as their bits; arithmetic is in float, in double for f64, and rounded once into y
 * Units     eps is added to the variance, so it has the unit of x squared; any finite value >= 0
 * NULL      gamma NULL means 1 and beta NULL means 0, with the bits of passing ones and zeros; x and y may not be NULL
 * Overlap   y may be x (in place); any other overlap of y with x, gamma or beta is LN_ERR_OVERLAP
 * Accuracy  for every finite row of up to 2^40 columns (f64: 2^30, or 2^20 where the standard deviation is below 2^-32 |mean|), with
 *	xhat the exact normalised value and u = 2^-24, or 2^-53 for f64:
 *	|y - (gamma * xhat + beta)| <= B u (|gamma| max(1, |xhat|) + |beta|), plus one rounding into the type of y, with B = 12 on the
 *	fused kernels and 14 on the unfused ones. It holds where gamma and beta are finite and gamma * xhat does not overflow a float (a double
 *	for f64). Proved, and checked by a machine, for every such row of floats, eps inside the root or outside: see proofs/. For f64 the
 *	same is proved of every row whose standard deviation is at least 2^-399 (2^250 where 1 / rstd is above 2^390), and of constant rows.
 *	Other rows of doubles, and that no double overflows, are argued on paper alone, proofs/README.md
 * Special   with finite gamma and beta a finite row never gives NaN; a constant row, and a row of one column, gives the value of
 *	beta exactly (a beta of -0 comes out as +0); NaN or an infinity in a row makes every element of that row the quiet NaN
 *	(0x7fc00000 as a float), whatever gamma and beta, and touches no other row
 * Bits      the same for this row in any batch, at any address, on any thread, on every kernel of its class
 * Threads   safe; rows may be divided among threads in any way. This and every other function takes less than 64 KiB of stack
 * Returns   LN_OK, LN_ERR_SHAPE, LN_ERR_EPS, LN_ERR_NULL, LN_ERR_OVERLAP; on an error nothing is written
 * Source    Ba, Kiros, Hinton 2016, arXiv:1607.06450, eq. 3 and 4; Welford 1962; Chan, Golub, LeVeque 1983
 */
LN_API int ln_layernorm_f32(size_t rows, size_t cols, const float *x, const float *gamma, const float *beta, double eps, float *y);
LN_API int ln_layernorm_f64(size_t rows, size_t cols, const double *x, const double *gamma, const double *beta, double eps, double *y);
LN_API int ln_layernorm_bf16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, const uint16_t *beta, double eps,
			     uint16_t *y);
LN_API int ln_layernorm_f16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, const uint16_t *beta, double eps,
			    uint16_t *y);

/*
 * ln_rmsnorm_f32() - divide each row of x by its root mean square, then scale it; likewise _f64, _bf16, _f16
 *	y[r][c] = x[r][c] * rstd[r] * gamma[c]
 *	rstd[r] = 1 / sqrt(sum over c of x[r][c]^2 / cols + eps), or 0 where that sum and eps are 0
 *
 * A row of zeros gives zeros. All else is as for ln_layernorm_f32(), with mean 0, no beta, and the bound with beta = 0 and B = 5.1; where
 * ln_forward() is given a beta, 6.1 on the unfused kernels. It is proved for every finite row, of floats and of doubles.
 * Source    Zhang, Sennrich 2019, arXiv:1910.07467, eq. 4
 */
LN_API int ln_rmsnorm_f32(size_t rows, size_t cols, const float *x, const float *gamma, double eps, float *y);
LN_API int ln_rmsnorm_f64(size_t rows, size_t cols, const double *x, const double *gamma, double eps, double *y);
LN_API int ln_rmsnorm_bf16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y);
LN_API int ln_rmsnorm_f16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y);

/*
 * ln_l2norm_f32() - divide each row of x by its Euclidean length, then scale it; likewise _f64, _bf16, _f16
 *	y[r][c] = x[r][c] * rstd[r] * gamma[c]
 *	rstd[r] = 1 / sqrt(sum over c of x[r][c]^2 + eps), or 0 where that sum and eps are 0
 *
 * That is ln_rmsnorm_f32() but for the sum of squares, which is not divided by cols, and to which eps is added: all that is said there holds
 * with this rstd and xhat = x * rstd, bounds with 1 / sqrt(cols) in the place of the 1 in max(1, |xhat|): of floats that is proved, of doubles
 * argued on paper. With LN_EPS_OUTSIDE ln_forward() divides by the length + eps.
 * Source    Yang, Kautz, Hatamizadeh 2024, arXiv:2412.06464, the queries and keys of Gated DeltaNet
 */
LN_API int ln_l2norm_f32(size_t rows, size_t cols, const float *x, const float *gamma, double eps, float *y);
LN_API int ln_l2norm_f64(size_t rows, size_t cols, const double *x, const double *gamma, double eps, double *y);
LN_API int ln_l2norm_bf16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y);
LN_API int ln_l2norm_f16(size_t rows, size_t cols, const uint16_t *x, const uint16_t *gamma, double eps, uint16_t *y);

/* Types of elements. The last four are for y alone; the quantised value q stands for (q - zero point) * scale. */
#define LN_F32 1	/* float */
#define LN_F64 2	/* double; goes with no other type */
#define LN_BF16 3	/* uint16_t: the upper half of a float */
#define LN_F16 4	/* uint16_t: IEEE 754 binary16 */
#define LN_I8 5		/* int8_t */
#define LN_U8 6		/* uint8_t */
#define LN_F8_E4M3 7	/* uint8_t: OCP 8-bit float, 4 bits of exponent, largest 448, no infinity */
#define LN_F8_E5M2 8	/* uint8_t: OCP 8-bit float, 5 bits of exponent, largest 57344 */
#define LN_E8M0 9	/* uint8_t k + 127: 2^k, k = -127 ... 127; 0xff is NaN. For scales alone */

/* Norms. */
#define LN_LAYERNORM 0
#define LN_RMSNORM 1	/* the mean is taken to be 0 and is not subtracted */
#define LN_L2NORM 2	/* nor is the sum of squares divided by cols */

/* Flags, or-ed together. */
#define LN_GAMMA_PLUS_ONE 0x01u	/* scale by 1 + gamma, rounded to float (Gemma's checkpoints hold gamma - 1) */
#define LN_EPS_OUTSIDE 0x02u	/* rstd = 1 / (sqrt(var) + eps); eps then has the unit of x */
#define LN_ROUND_SUM 0x04u	/* with a residual, statistics and output see the sum rounded to the type of sum, as in Hugging Face
				   transformers and ONNX Runtime; without, they see the float sum, as in sglang and vLLM's CPU kernels */
#define LN_CAST_BEFORE_GAMMA 0x08u /* xhat is rounded to the type of x before gamma, as in Hugging Face's LlamaRMSNorm */
#define LN_STATS_GIVEN 0x10u	/* mean and rstd are inputs and taken as they are */
#define LN_ROW_SCALE 0x20u	/* y is I8, F8_E4M3 or F8_E5M2 with scales of its own, one for each row: largest |y| / 127, 448, 57344;
				   or, with cols_per_scale, one for each so many columns of a row; or powers of two, see LN_E8M0 */

/* Flags of the gate; without one, and without LN_GATE_SELF, they change nothing. */
#define LN_GATE_SIGMOID 0x200u	/* it goes through act(g) = sigmoid(g) = 1 / (1 + exp(-g)), not through act(g) = silu(g) = g * sigmoid(g) */
#define LN_GATE_SELF 0x400u	/* y = act(n), n the norm: silu of group norm. No gate is given; not for f64 */
#define LN_ROUND_BEFORE_GATE 0x800u /* n is rounded to the type of y before the gate, as in Hugging Face's gated norms; y is not quantised */
#define LN_GATE_BEFORE 0x1000u	/* what is normalised is s = x * act(gate), as in Mamba2, and y has no gate; not with a residual */

/* Flags of ln_backward() alone. */
#define LN_ACCUMULATE 0x40u	/* add to what dgamma and dbeta hold; without, they are overwritten */
#define LN_RUNNING 0x80u	/* the workspace holds running totals over several calls, see ln_backward() */
#define LN_GRADS_AS_PARAMS 0x100u /* dgamma and dbeta have the type of the parameters; without, F32 (F64 for f64) */

/*
 * ln_desc - what ln_forward() is to do: numbers only, so that any language may pass it
 *
 * Set struct_size to sizeof(ln_desc), rows, cols and eps, all else to 0: that is the plain LayerNorm of contiguous floats.
 *
 * A tensor of rows (x, residual, y, sum, gate) has its element (r, c) at
 *	p[r / heads * stride + r % heads * head_stride + c * col_stride]
 * so that heads packed in a row, as in a fused q, k, v projection, are rows of their own (QK-norm). head_stride 0 means cols, stride 0
 * means heads * head_stride: contiguous. A stride of 0 is therefore not how one row is given for all: a tensor that another library
 * has expanded, with the stride 0 of its own, has LN_BROADCAST here, as stride, as head_stride or as both. Rows of an output may not
 * overlap, and so are never broadcast; in the backward pass that goes for x and gate as well, whose strides are those of dx and dgate.
 *
 * A col_stride of 0 means 1. A larger one takes the elements of a row apart, and the next rows lie side by side between them: head_stride 0 then
 * means 1, and stride 0 means 1 without heads, and else cols * col_stride. The norm over the channels of N x C x H x W: rows = N * H * W,
 * cols = C, heads = H * W, x_col_stride = y_col_stride = H * W. Instance norm of N x H x W x C: rows = N * C, cols = H * W, heads = C,
 * x_col_stride = y_col_stride = C. Columns may also come in runs of cols_per_run, of which each begins run_stride after the one before (0:
 * cols_per_run * col_stride, as if there were none): c * col_stride is then c / cols_per_run * run_stride + c % cols_per_run * col_stride.
 * Group norm of N x H x W x C in G groups: rows = N * G, cols = C / G * H * W, heads = G, cols_per_run = H * W, col_stride = C, run_stride = 1,
 * head_stride = C / G, stride = H * W * C, and the parameters as for N x C x H x W. The bits are those of contiguous rows. Of doubles the
 * backward pass knows none of all this: LN_ERR_UNSUPPORTED.
 *
 * Row r, column c has the parameters gamma[k] and beta[k],
 *	k = (r / rows_per_param % param_rows) * param_stride + c / cols_per_param
 * All 0: one set for all rows. rows_per_param rows in turn share a set (adaLN: rows of one image; 0: all of them); param_rows is the
 * number of sets after which they begin again (0: never); cols_per_param columns share a parameter (0: 1); param_stride is from
 * set to set (0: cols / cols_per_param), so that gamma and beta may be chunks of one tensor.
 * Group norm of N x C x H x W in G groups: rows = N * G, cols = C / G * H * W, rows_per_param = 1, param_rows = G, cols_per_param =
 * H * W. Instance norm: the same with G = C.
 */
#define LN_BROADCAST UINT64_MAX	/* a stride of an input: every row is the same one in memory */
typedef struct ln_desc {
	uint32_t struct_size;	/* sizeof(ln_desc) */
	uint32_t norm;		/* LN_LAYERNORM, LN_RMSNORM or LN_L2NORM */
	uint32_t flags;
	uint32_t x_type;	/* 0: LN_F32; the types below, 0: that of x */
	uint32_t residual_type, param_type, gate_type, y_type, sum_type;
	int32_t y_zero_point;	/* of I8 and U8 */
	uint64_t rows, cols;
	uint64_t heads;		/* 0: 1; rows is a multiple of it */
	uint64_t x_stride, x_head_stride;
	uint64_t residual_stride, residual_head_stride;
	uint64_t gate_stride, gate_head_stride;
	uint64_t y_stride, y_head_stride;
	uint64_t sum_stride, sum_head_stride;
	uint64_t rows_per_param, param_rows, param_stride, cols_per_param;
	double eps;
	double y_scale;		/* of a quantised y without LN_ROW_SCALE: positive and finite in float; 0: 1 */
	uint64_t x_col_stride, residual_col_stride, gate_col_stride, y_col_stride, sum_col_stride;
	uint64_t cols_per_run;	/* 0: cols, which is a multiple of it */
	uint64_t x_run_stride, residual_run_stride, gate_run_stride, y_run_stride, sum_run_stride;
	uint64_t cols_per_scale; /* with LN_ROW_SCALE: columns that share a scale; 0: cols, which is a multiple of it */
	uint32_t scale_type;	/* with LN_ROW_SCALE: LN_F32, which 0 is too, or LN_E8M0 */
	uint32_t reserved;	/* 0 */
} ln_desc;

/*
 * ln_moments - count, mean and sum of squared deviations of part of a row: what its statistics are made of
 *
 * The mean is mean + mean_lo + mean_rest; var = (m2 + m2_lo) / count. For RMSNorm and L2 norm mean is 0 and m2 the sum of squares. Moments of adjoining slices
 * merge into those of both. A row is reduced in blocks of LN_BLOCK elements, merged one after the other; whoever merges the moments of
 * all blocks in that order, wherever they were computed, gets the bits of a single call: see ln_forward_tensors and examples/mpi.
 * The moments of finite f32, bf16 and f16 rows are always finite. Those of f64 rows are not where a deviation passes 2^511 or so.
 */
#define LN_BLOCK 1024
typedef struct ln_moments {
	double count, mean, mean_lo, m2, m2_lo, mean_rest;
} ln_moments;

/*
 * ln_parallel_for - the caller's threads: call task(context, i) once for every i < tasks, in any order, on any threads of `pool`, and
 * return when all have returned. examples/threads has it for OpenMP, pthreadpool and std::thread.
 *
 * What is one task is run where the call is made, and does not get here. Calls of one shape have the same tasks: a pool that gives a
 * task to the thread that had it in the call before finds its rows in that thread's cache.
 * Returns   0, or anything else if not every task was run: the call then ends with LN_ERR_PARALLEL. All tasks that were begun must
 *	have returned by then, too
 */
typedef void (*ln_task)(void *context, size_t i);
typedef int (*ln_parallel_for)(void *pool, size_t tasks, ln_task task, void *context);

/*
 * ln_forward_tensors - the tensors of ln_forward(), by name
 *
 *	ln_desc d = { .struct_size = sizeof d, .rows = rows, .cols = cols, .eps = 1e-5 };
 *	ln_forward_tensors t = { .struct_size = sizeof t, .x = x, .gamma = gamma, .beta = beta, .y = y };
 *	int status = ln_forward(&d, &t);
 *
 * All but x, and an output, may be NULL.
 */
typedef struct ln_forward_tensors {
	size_t struct_size;	/* sizeof(ln_forward_tensors) */
	const void *x;		/* rows x cols as d says, and so are residual, gate, y and sum */
	const void *residual;	/* added to x before all else; NULL: 0 */
	const void *gamma;	/* as d says; NULL: 1, and LN_GAMMA_PLUS_ONE changes nothing */
	const void *beta;	/* as gamma; NULL: 0 */
	const void *gate;	/* y is multiplied by act(gate), silu or what the flags of the gate say; not for f64 */
	const ln_moments *moments; /* rows of them: the statistics are these, and a row may be a shard of a longer one; not with LN_STATS_GIVEN */
	void *y;		/* NULL where sum, mean or rstd is wanted alone */
	void *y_scale;		/* written with LN_ROW_SCALE, where it may not be NULL: rows x cols / cols_per_scale, contiguous, floats or E8M0 */
	void *sum;		/* s: x + residual, or x * act(gate) */
	void *mean;		/* rows floats (doubles for f64), and so is rstd: written; read with LN_STATS_GIVEN. For a backward pass */
	void *rstd;		/*	that is to be as exact as it can be do not save them: see ln_backward_tensors */
	ln_parallel_for parallel_for; /* NULL: the calling thread does all. Rows, and long single rows, are divided; the bits are the same */
	void *pool;		/* what parallel_for gets */
} ln_forward_tensors;

/*
 * ln_forward() - LayerNorm, RMSNorm or L2 norm with residual, gate, any types, strides, threads, and statistics in or out
 *	s = x + residual;  n = (s - mean) * rstd * gamma + beta;  y = n, or n * act(gate), or act(n) with LN_GATE_SELF;  sum = s
 *	act(g) = silu(g) = g / (1 + exp(-g)), or 1 / (1 + exp(-g)) with LN_GATE_SIGMOID;  with LN_GATE_BEFORE s = x * act(gate), y = n
 *
 * Shapes    those of ln_forward_tensors
 * NULL      x may not be, nor all of y, sum, mean and rstd. With LN_STATS_GIVEN rstd, and for LayerNorm mean, may not be NULL
 * Overlap   y and sum may each be x or residual, if type and strides are the same; a tensor may share a packed row with
 *	others, with heads between those of others too; an output that has an element in common with anything else is LN_ERR_OVERLAP
 * Rounding  float for all types but f64: s once, into s; once into y. A quantised y is that float divided by the scale, rounded to
 *	the nearest, ties to even, plus the zero point, and saturated, as ONNX's QuantizeLinear. With LN_ROW_SCALE the scale is that of the group of
 *	cols_per_scale columns: largest |y| / 127, 448 or 57344, so that the largest |y| becomes the largest of the type, and 0 for a group of
 *	zeros. With LN_E8M0 it is 2^k, k = floor(log2(largest |y|)) - 0, 8 or 15 for I8, E4M3 and E5M2, clamped to -127 ... 127, as the OCP
 *	Microscaling specification, section 6.3: what then lies above the largest of the type saturates, and a group of zeros has k = -127.
 *	An I8 beside an E8M0 is that specification's INT8, whose unit is 2^-6: q stands for q * 2^k / 64. I8 goes from -127 in both
 * Accuracy  as for ln_layernorm_f32(), with s rounded as the flags say; LN_STATS_GIVEN: given the statistics. With a gate the error is that of
 *	the norm times |act(gate)|, and at most 6 u |y| + (2^-148 |gate| + 2^-150) |norm| + 2^-150 more; with LN_GATE_SIGMOID, whose act is one
 *	product less, 5 u |y| + 2^-148 |norm| + 2^-150. With LN_GATE_SELF it is 1.1 times that of the norm, the steepest that silu is, and at
 *	most 5 u |y| + 2^-148 |norm| + 2^-150 more; with LN_GATE_SIGMOID too, a quarter of it and 4 u |y| + 2^-148. LN_ROUND_BEFORE_GATE adds one
 *	rounding of n to the type of y to the error of the norm. With LN_GATE_BEFORE it is that of the norm from the float s, which is off by what
 *	stands here for y, with x in the place of the norm
 * Special   as for ln_layernorm_f32(); a NaN is the zero point in an I8 or U8, 0x7f in an F8. With LN_ROW_SCALE a NaN among the y of a group
 *	makes its scale a NaN (0xff as an E8M0) and all its elements what a NaN is, and touches no other group
 * Threads, Bits  as for ln_layernorm_f32()
 * Returns   LN_OK; LN_ERR_NULL, LN_ERR_DESC, LN_ERR_TYPE, LN_ERR_FLAGS, LN_ERR_UNSUPPORTED (LN_GATE_SELF of doubles, LN_GATE_BEFORE with a
 *	residual), LN_ERR_SHAPE, LN_ERR_EPS, LN_ERR_SCALE, LN_ERR_OVERLAP: then nothing is written; LN_ERR_PARALLEL. With rows == 0 no pointers
 *	other than d and t are looked at
 */
LN_API int ln_forward(const ln_desc *d, const ln_forward_tensors *t);

/*
 * ln_moments_f32() - the moments of n elements of one row, for LayerNorm; likewise _f64, _bf16, _f16
 * ln_rms_moments_f32() - the same for RMSNorm and L2 norm
 * ln_moments_merge() - *into becomes the moments of its elements and, after them, those of *from; moments of count 0 change nothing
 *
 * Bits      to be those of one call on the whole row, slices begin at multiples of LN_BLOCK, each slice is one block long (the last
 *	may be shorter), and they are merged in order
 * NULL      no pointer may be NULL, but x where n is 0: that gives count 0
 * Returns   LN_OK, LN_ERR_SHAPE (n elements take more than PTRDIFF_MAX bytes), LN_ERR_NULL; on an error nothing is written
 * Source    Chan, Golub, LeVeque 1983
 */
LN_API int ln_moments_f32(size_t n, const float *x, ln_moments *m);
LN_API int ln_moments_f64(size_t n, const double *x, ln_moments *m);
LN_API int ln_moments_bf16(size_t n, const uint16_t *x, ln_moments *m);
LN_API int ln_moments_f16(size_t n, const uint16_t *x, ln_moments *m);
LN_API int ln_rms_moments_f32(size_t n, const float *x, ln_moments *m);
LN_API int ln_rms_moments_f64(size_t n, const double *x, ln_moments *m);
LN_API int ln_rms_moments_bf16(size_t n, const uint16_t *x, ln_moments *m);
LN_API int ln_rms_moments_f16(size_t n, const uint16_t *x, ln_moments *m);
LN_API int ln_moments_merge(ln_moments *into, const ln_moments *from);

/*
 * ln_backward_tensors - the tensors of ln_backward(), by name; d is the descriptor of the forward pass
 *
 * All but x, dy, and an output, may be NULL.
 */
typedef struct ln_backward_tensors {
	size_t struct_size;	/* sizeof(ln_backward_tensors) */
	const void *x;		/* what was normalised: with a residual it is the sum that ln_forward() wrote. With LN_GATE_BEFORE x itself */
	const void *dy;		/* the gradient at y; y_type and the y strides of d are dy's */
	const void *dsum;	/* sum_type and sum strides: the gradient that arrives at the sum by another way, added to dx; NULL: 0 */
	const void *gamma;	/* as in the forward; NULL: 1 */
	const void *beta;	/* as in the forward; looked at with a gate after the norm, or LN_GATE_SELF, alone */
	const void *gate;	/* as in the forward: dy * act(gate) takes the place of dy below. Not for f64 */
	const void *mean;	/* what ln_forward() wrote, both or neither; NULL: computed again from x, which costs a pass over it. But a */
	const void *rstd;	/*	saved float has been rounded, and where rows lie far from 0 against their deviation dx and dgamma lose
					digits by it (mean 1e4, deviation 1: dgamma is 2.5e-3 off, and 1.1e-6 with NULL). LayerNorm alone needs a mean */
	void *dx;		/* the gradient at x, and at x + residual; type and strides of x. NULL: not wanted, and so for each of these */
	void *dgamma;		/* laid out as gamma, with d->param_stride, in its own type */
	void *dbeta;		/* as dgamma */
	void *dgate;		/* the gradient at gate, with its type and strides: dy * n * act'(gate), n the norm before the gate; or as below */
	void *workspace;	/* aligned to 8 bytes; kept between calls with LN_RUNNING */
	size_t workspace_size;	/* of workspace in bytes, at least ln_backward_workspace_size(d) */
	ln_parallel_for parallel_for; /* NULL: the calling thread does all */
	void *pool;		/* what parallel_for gets */
} ln_backward_tensors;

/*
 * ln_backward() - the gradients of ln_forward(): from dy, that at y, to dx, that at s = x + residual
 *	xhat = (x - mean) * rstd,  g = gamma * dy
 *	dx = rstd * (g - average(g) - xhat * average(g * xhat))		averages over the columns of a row
 *	dgamma = sum over rows of dy * xhat,  dbeta = sum over rows of dy
 * For RMSNorm and L2 norm mean and average(g) are 0, and for L2 norm average(g * xhat) is the sum. With LN_EPS_OUTSIDE the last product is
 * divided by 1 - eps * rstd. LN_GAMMA_PLUS_ONE: g = (1 + gamma) * dy. LN_ROUND_SUM, LN_CAST_BEFORE_GAMMA and LN_ROUND_BEFORE_GATE change
 * nothing: a rounding counts as the identity. With a gate dy * act(gate) takes the place of dy, with LN_GATE_SELF dy * act'(n). With
 * LN_GATE_BEFORE the dx above is ds, to which dsum is added, and dx = ds * act(gate), dgate = ds * x * act'(gate).
 *
 * Shapes    those of ln_backward_tensors. A parameter gets the sum over all rows of its set and all columns that share it, so d is that of
 *	adaLN, group norm, instance norm or QK-norm as in the forward. With param_rows (and rows_per_param) so many sets are written; one
 *	that no row has, and the one set of a call without rows, gets 0, or stays with LN_ACCUMULATE
 * NULL      x and dy may not be, nor all of dx, dgamma, dbeta, dgate; dgate needs gate
 * Overlap   dx may be x, dy or dsum, and dgate may be gate, if type and strides are the same; an output that has an element in common
 *	with anything else is LN_ERR_OVERLAP
 * Accuracy  u = 2^-24 (2^-53 for f64), g = gamma * dy, for every row whose products are finite, of up to 2^40 columns (f64: 2^30, or 2^20
 *	where the standard deviation is below 2^-33 |mean|), statistics computed here, and eps inside the root:
 *	|error of dx| <= u rstd (11 |g| + 16 average|g| + 41 max(1, |xhat|) average(|g| max(1, |xhat|))) + 2^-146 (rstd + S) max(1, |xhat|)
 *	(f64: 2^-1071), with S = 1, but 2^90 where var + eps < 2^-80 (2^700, 2^-800). RMSNorm: 8, 0 and 21 for 11, 16 and 41, in f64 22 for 21;
 *	and L2 norm, with sums for averages and 1 / sqrt(cols) for 1, but not in the last term.
 *	Eps outside the root: the last two terms times 1 + eps / sqrt(var), but not for f64. Plus one rounding into the type of dx, and one for
 *	dsum. For up to 2^30 rows, and 2^30 columns that share a parameter, |error of dgamma| <= 18 u times the sum of |dy| max(1, |xhat|), 12 of
 *	it what xhat is off by, plus 2^-149 for each row and each column that shares (f64: 2^-1074); |error of dbeta| <= 5 u times the sum of
 *	|dy|; plus one rounding into the type of each. A gate adds 6 to each factor. With LN_GATE_SELF the bounds are those of the dn = dy * act'(n)
 *	that was computed, which is off by |dy| u (9 + 4 |n| + B (|gamma| max(1, |xhat|) + |beta|) / 2), B that of the norm. With LN_GATE_BEFORE they
 *	are those of ds, from the float s, and dx is off by what ln_forward() says of y, ds in the place of the norm. But for these two, theorems
 *	from the elements of each row on, shared parameters too: proofs/README-backward.md says which one each sentence is, for which rows a
 *	machine checks it, and what of it is argued on paper
 *	Saved floats for mean and rstd are taken as they are, but a mean loses up to u |mean| by being a float: that is 2 |mean| rstd more in
 *	the 41 and |mean| rstd in the 18, which matters where |mean| is large against the standard deviation; NULL costs a pass over x
 * Special   one column, LayerNorm: dx and dgamma are 0. A constant row: dx is finite, and 0 where its var + eps is beyond 2^-80 ... 2^80
 *	(f64: 2^-800 ... 2^800). A row of x with a NaN or an infinity: its dx is NaN, and so is dgamma. A NaN is the quiet one
 * Bits      dx: as y in ln_forward(). dgamma, dbeta: the same on every kernel of a class and for any number of threads. For the
 *	same bits from several calls, each with a multiple of LN_ROW_BLOCK rows (the last may have fewer): LN_RUNNING, one set of
 *	parameters, one workspace, filled with zeros before the first call: each call overwrites dgamma and dbeta with the totals so far
 * Workspace the caller's, aligned to 8 bytes, of ln_backward_workspace_size(d) bytes: enough for every call with this descriptor. A call
 *	without parallel_for and without LN_RUNNING needs none for up to LN_BLOCK parameters in a set (columns, unless they share); none is
 *	needed where dgamma and dbeta are NULL. What columns share is never written out: the size does not grow with cols_per_param. One
 *	that is there without need is used where the stack would not do: else more than 512 parameters in a set, over more than LN_ROW_BLOCK
 *	rows of f16, f64 or several types, or with gate or dsum, take two passes over the rows, with the same bits
 * Returns   LN_OK; LN_ERR_WORKSPACE, LN_ERR_UNSUPPORTED (doubles with columns apart), and what ln_forward() returns; on an error but
 *	LN_ERR_PARALLEL nothing is written
 * Source    Ba, Kiros, Hinton 2016, arXiv:1607.06450; Zhang, Sennrich 2019, arXiv:1910.07467
 */
#define LN_ROW_BLOCK 32
LN_API int ln_backward(const ln_desc *d, const ln_backward_tensors *t);

/* How large a workspace is for ln_backward(); 0 for a d that is an error, SIZE_MAX where there can be none. */
LN_API size_t ln_backward_workspace_size(const ln_desc *d);

/*
 * Recurrent cells with layer norms: RNN, LSTM and GRU of the paper (Ba, Kiros, Hinton 2016), one time step per call, floats.
 *
 * The matrix products stay with the caller: a step takes wh = h_prev * transposed(W_h) and wx = x * transposed(W_x), for all rows (the
 * sequences of a batch), and does all the rest. H is d->hidden, G the number of gates; in what follows LN(v; gamma, beta) is
 * ln_layernorm_f32() of a row (its statistics to the bit), and sigma(v) = 1 / (1 + exp(-v)).
 *
 *	LN_RNN	G = 1   h = tanh(LN(wh + wx; gamma, beta))
 *		params: gamma, beta, H each: 2 H floats
 *	LN_LSTM	G = 4   (f, i, o, g) = LN(wh; gamma_h, 0) + LN(wx; gamma_x, 0) + beta	each norm over all 4 H columns
 *		c = sigma(f) * c_prev + sigma(i) * tanh(g),  h = sigma(o) * tanh(LN(c; gamma_c, beta_c))
 *		params: gamma_h, gamma_x, beta, 4 H each, in the order f, i, o, g; gamma_c, beta_c, H each: 14 H floats
 *	LN_GRU	G = 3   (z, r) = LN(wh; gamma_h, 0) + LN(wx; gamma_x, 0) + beta	each norm over the first 2 H columns
 *		n = tanh(LN(wx; gamma_x, beta) + sigma(r) * LN(wh; gamma_h, beta_u))	each norm over the last H columns
 *		h = (1 - sigma(z)) * h_prev + sigma(z) * n
 *		params: gamma_h, gamma_x, beta, 3 H each, in the order z, r, n; beta_u, H: 10 H floats
 *
 * Biases that only ever appear as a sum (the LSTM's beta_1, beta_2 and b of the paper) are one here, and so are W_h h + W_x x of the RNN,
 * where wx may be NULL: 0.
 */
#define LN_RNN 1
#define LN_LSTM 2
#define LN_GRU 3

/*
 * ln_cell_desc - which cell, and of what size: numbers only. Set struct_size to sizeof(ln_cell_desc), all that is not used to 0
 */
typedef struct ln_cell_desc {
	uint32_t struct_size;	/* sizeof(ln_cell_desc) */
	uint32_t cell;		/* LN_RNN, LN_LSTM or LN_GRU */
	uint32_t flags;		/* LN_ACCUMULATE in ln_cell_backward(): add to what dparams holds */
	uint32_t reserved;	/* 0 */
	uint64_t rows, hidden;
	double eps;		/* of every norm of the cell */
} ln_cell_desc;

/*
 * ln_cell_forward_tensors - the tensors of ln_cell_forward(), by name; H is d->hidden, G the number of gates, all contiguous, a row's
 * gates one after the other
 */
typedef struct ln_cell_forward_tensors {
	size_t struct_size;	/* sizeof(ln_cell_forward_tensors) */
	const float *wh, *wx;	/* rows x G H; wx NULL: 0, for LN_RNN alone */
	const float *h_prev;	/* rows x H; may be NULL for LN_RNN and LN_LSTM, if active is NULL */
	const float *c_prev;	/* rows x H, for LN_LSTM, and not looked at in other cells */
	const float *params;	/* ln_cell_param_count(d), laid out as above; NULL: all gammas 1, all betas 0, with the bits of passing those */
	const uint8_t *active;	/* rows bytes, see Lengths; NULL: every row takes the step */
	float *h;		/* rows x H; may be h_prev */
	float *c;		/* rows x H, for LN_LSTM, and not looked at in other cells; may be c_prev */
} ln_cell_forward_tensors;

/*
 * ln_cell_forward() - one time step of a recurrent cell
 *
 * Shapes    those of ln_cell_forward_tensors
 * Lengths   a row with active[row] == 0 is past the end of its sequence: it keeps its state, h = h_prev and c = c_prev, to the bit, and its
 *	wh and wx are not read. Any other value of active is a row that takes the step
 * NULL      what ln_cell_forward_tensors says, and nothing else
 * Overlap   h may be h_prev, c may be c_prev; other overlap of an output is LN_ERR_OVERLAP
 * Accuracy  u = 2^-24. A norm is off by e = u B (|gamma| max(1, |xhat|) + |beta|), B that of ln_layernorm_f32(), a sum of two norms by u (B + 1) times
 *	the sum of theirs. Errors are at most, e_f being that of what goes into the gate f, and so on:
 *	RNN  h: e + 2 u, from the float wh + wx
 *	LSTM c: |c_prev| (e_f / 4 + 4 u) + e_i / 4 + e_g + 6 u;  h: e_o / 4 + e_c + 5 u, from the float c
 *	GRU  h: H (e_z / 2 + 9 u) + |U| (e_r / 4 + 4 u) + e_U + e_W + u |W| + 2 u, H = max(1, |h_prev|), U = LN(wh; gamma_h, beta_u), W = LN(wx; gamma_x, beta).
 *	The float wh + wx, and the float c, are rounded once; where they are nearly constant over a row, a norm magnifies that by its rstd.
 *	Checked by a machine, but the 2 ulp of sigmoid and tanh, which were measured over all floats: proofs/README-backward.md
 * Special   a NaN or an infinity in a row of wh or wx, or of wh + wx in an RNN, makes the new state of that row the quiet NaN, and
 *	touches no other row
 * Bits      the same for this row in any batch, on every kernel of its class. The call keeps nothing: steps that come one by one give the
 *	bits of steps that come at once
 * Threads   safe; rows may be divided among threads in any way
 * Returns   LN_OK, LN_ERR_NULL, LN_ERR_DESC, LN_ERR_FLAGS (an unknown cell or flag), LN_ERR_SHAPE, LN_ERR_EPS, LN_ERR_OVERLAP; on an
 *	error nothing is written
 * Source    Ba, Kiros, Hinton 2016, arXiv:1607.06450, section 3.1 and supplement, eq. 20 to 22 (LSTM), 27 to 29 (GRU)
 */
LN_API int ln_cell_forward(const ln_cell_desc *d, const ln_cell_forward_tensors *t);

/*
 * ln_cell_backward_tensors - the tensors of ln_cell_backward(), by name; those up to active are those of the forward step
 */
typedef struct ln_cell_backward_tensors {
	size_t struct_size;	/* sizeof(ln_cell_backward_tensors) */
	const float *wh, *wx;
	const float *h_prev;	/* looked at for LN_GRU alone */
	const float *c_prev;	/* looked at for LN_LSTM alone, and so are dc and dc_prev */
	const float *params;
	const uint8_t *active;
	const float *dh, *dc;	/* rows x H: the gradients at h and c; dc NULL: 0 */
	float *dwh, *dwx;	/* rows x G H: the gradients at wh and wx. NULL: not wanted, and so for each of these, but one must be */
	float *dh_prev, *dc_prev; /* rows x H */
	float *dparams;		/* laid out as params */
	void *workspace;	/* aligned to 8 bytes */
	size_t workspace_size;	/* of workspace in bytes, at least ln_cell_backward_workspace_size(d) */
} ln_cell_backward_tensors;

/*
 * ln_cell_backward() - the gradients of one step: from dh and dc, those at h and c, to those at all that the step took
 *
 * What the forward step computed is computed again. Going back through time, dh is the sum of what arrives from this step's output and
 * from the step after.
 *
 * Shapes    those of ln_cell_backward_tensors. Where no row takes the step, or there are no rows, dparams is 0
 * Units     dh_prev is what reaches h_prev past the matrix product: dh * (1 - sigma(z)) in a GRU, 0 in the others. The caller adds
 *	dwh * W_h, for instance as a product that accumulates onto dh_prev. The gradients of the matrices are transposed(dwh) * h_prev and
 *	transposed(dwx) * x
 * Lengths   a row with active[row] == 0: dwh and dwx are 0, dh_prev = dh, dc_prev = dc (0 if that is NULL), nothing is added to dparams
 * NULL      what ln_cell_backward_tensors says, and nothing else
 * Overlap   dwh may be wh, dwx may be wx, dh_prev may be dh, dc_prev may be dc; other overlap of an output is LN_ERR_OVERLAP
 * Accuracy  measured, no bound: docs/numerics.md, section 14
 * Special   a NaN or an infinity in a row of wh or wx makes that row's gradients and dparams NaN. A NaN is the quiet one
 * Bits      dwh, dwx, dh_prev, dc_prev: as h in the forward. dparams: summed over the rows in a fixed order, as dgamma in ln_backward(), the
 *	same on every kernel of a class
 * Workspace the caller's, aligned to 8 bytes, at least ln_cell_backward_workspace_size(d) bytes, which do not grow with rows; 0 for
 *	a d that is an error
 * Threads   safe
 * Returns   what ln_cell_forward() returns, and last LN_ERR_WORKSPACE; on an error nothing is written
 * Source    Ba, Kiros, Hinton 2016, arXiv:1607.06450
 */
LN_API int ln_cell_backward(const ln_cell_desc *d, const ln_cell_backward_tensors *t);

/* How large a workspace is for ln_cell_backward(); 0 for a d that is an error. */
LN_API size_t ln_cell_backward_workspace_size(const ln_cell_desc *d);

/* How many floats params holds; 0 for a d that is an error. */
LN_API size_t ln_cell_param_count(const ln_cell_desc *d);

/*
 * ln_sigmoid_f32() - y[i] = 1 / (1 + exp(-x[i])), and ln_tanh_f32() - y[i] = tanh(x[i]), for n floats: those of the cells
 *
 * NULL      x and y may not be NULL, unless n is 0
 * Overlap   y may be x; other overlap is LN_ERR_OVERLAP
 * Accuracy  within 2 ulp for every float; of an infinity the limit, of a NaN the quiet NaN; tanh(-x) is -tanh(x)
 * Bits      the same on every kernel of its class, at any place of the array
 * Threads   safe
 * Returns   LN_OK, LN_ERR_SHAPE (n floats take more than PTRDIFF_MAX bytes), LN_ERR_NULL, LN_ERR_OVERLAP; on an error nothing is written
 * Source    docs/numerics.md, section 12
 */
LN_API int ln_sigmoid_f32(size_t n, const float *x, float *y);
LN_API int ln_tanh_f32(size_t n, const float *x, float *y);

/*
 * ln_explain_forward() - why ln_forward() refuses these arguments, in a sentence that names the field or tensor; likewise _backward,
 * _cell_forward, _cell_backward
 *	char why[LN_EXPLANATION];
 *	if (ln_forward(&d, &t) != LN_OK) {
 *		ln_explain_forward(&d, &t, why, sizeof why);
 *		fprintf(stderr, "layer norm: %s\n", why);		layer norm: y_stride 3 is less than cols 4
 *	}
 * The arguments are checked again by what checks them in the call, and nothing else is done: no element is read or written. A plain call
 * such as ln_rmsnorm_bf16(rows, cols, x, gamma, eps, y) refuses what ln_forward() refuses of the same numbers and tensors, so ask with
 * those: norm LN_RMSNORM, x_type LN_BF16.
 *
 * Text      English without a full stop, cut off where `size` bytes do not hold it, and ended by a 0 if size is not 0. LN_EXPLANATION
 *	bytes hold each. Its words may change with any version
 * NULL      text, if size is 0
 * Threads   safe: nothing is kept of the call that failed
 * Returns   what the call returns for these arguments, but LN_ERR_PARALLEL, which no arguments tell
 */
#define LN_EXPLANATION 200
LN_API int ln_explain_forward(const ln_desc *d, const ln_forward_tensors *t, char *text, size_t size);
LN_API int ln_explain_backward(const ln_desc *d, const ln_backward_tensors *t, char *text, size_t size);
LN_API int ln_explain_cell_forward(const ln_cell_desc *d, const ln_cell_forward_tensors *t, char *text, size_t size);
LN_API int ln_explain_cell_backward(const ln_cell_desc *d, const ln_cell_backward_tensors *t, char *text, size_t size);

/*
 * ln_isa() - the name of the kernels in use: "scalar", "portable", "sse41", "avx2", "avx512", "neon" or "sve"
 *
 * They are chosen at the first call that computes, or asks for or sets them: the best that this CPU and operating system can run, or
 * those named by the environment variable LN_ISA. A name that is unknown or cannot run here is ignored, and so is the variable in a
 * set-user-ID program.
 * Returns   a string that lives as long as the library; never NULL
 */
LN_API const char *ln_isa(void);

/*
 * ln_set_isa() - use the kernels of this name from now on, in the whole process
 *
 * NULL      choose again as at the first call: LN_ISA if it names usable kernels, otherwise the best
 * Threads   safe; a call that is under way in another thread finishes with the kernels it began with
 * Returns   LN_OK, or LN_ERR_UNSUPPORTED if the name is unknown or this CPU cannot run them: then the choice is unchanged
 */
LN_API int ln_set_isa(const char *name);

/*
 * ln_isa_name() - the kernels that this CPU can run, from the worst (index 0) to the best
 *
 * Returns   a name that ln_set_isa() takes, or NULL past the end; the string lives as long as the library
 */
LN_API const char *ln_isa_name(size_t index);

/*
 * ln_strerror() - what a status means, as one English clause without a full stop; ln_explain_forward() says which argument
 *
 * Returns   a string that lives as long as the library; never NULL, whatever the status
 */
LN_API const char *ln_strerror(int status);

/*
 * ln_version() - the version of the library in use: 0x00XXYYZZ for XX.YY.ZZ; compare it with LN_VERSION
 */
LN_API uint32_t ln_version(void);

#ifdef __cplusplus
}
#endif

#endif
