// operations.h - what is timed: each operation holds its tensors, runs once when called, and says how many bytes have to move
#ifndef LN_BENCH_OPERATIONS_H
#define LN_BENCH_OPERATIONS_H

#include "fastmath.h"
#include "opponents.h"
#include "std_thread.h"
#include "tensors.h"

const double eps = 1e-5;

// memcpy() of the tensor: the limit that memory sets
struct Copy {
	explicit Copy(Shape s) : size(s.count() * sizeof(float)), x(normals<LN_F32>(s.count(), 1)), y(zeros<float>(s.count())) {}
	int operator()()
	{
		std::memcpy(y.get(), x.get(), size);
		return LN_OK;
	}
	size_t bytes() const { return 2 * size; }
	size_t size;
	Tensor<float> x, y;
};

template <uint32_t type> struct Tensors {
	using T = typename Element<type>::T;
	explicit Tensors(Shape shape)
		: s(shape), x(normals<type>(s.count(), 1, s.offset, s.data)), gamma(normals<type>(s.cols, 2)), beta(normals<type>(s.cols, 3)),
		  y(zeros<T>(s.count(), s.offset))
	{
	}
	size_t bytes() const { return 2 * s.count() * sizeof(T); }
	ln_forward_tensors forward()
	{
		ln_forward_tensors t = {};
		t.struct_size = sizeof t;
		t.x = x.get();
		t.gamma = gamma.get();
		t.beta = beta.get();
		t.y = y.get();
		return t;
	}
	Shape s;
	Tensor<T> x, gamma, beta, y;
};

template <uint32_t type, auto norm> struct LayerNorm : Tensors<type> {
	using Tensors<type>::Tensors;
	int operator()()
	{
		return norm(this->s.rows, this->s.cols, this->x.get(), this->gamma.get(), this->beta.get(), eps, this->y.get());
	}
};

template <uint32_t type, auto norm> struct RmsNorm : Tensors<type> {
	using Tensors<type>::Tensors;
	int operator()() { return norm(this->s.rows, this->s.cols, this->x.get(), this->gamma.get(), eps, this->y.get()); }
};

template <uint32_t type> struct FastmathLayerNorm : Tensors<type> {
	using Tensors<type>::Tensors;
	int operator()()
	{
		fastmath_layernorm(this->s.rows, this->s.cols, this->x.get(), this->gamma.get(), this->beta.get(), eps, this->y.get());
		return LN_OK;
	}
};

template <uint32_t type> struct FastmathRmsNorm : Tensors<type> {
	using Tensors<type>::Tensors;
	int operator()()
	{
		fastmath_rmsnorm(this->s.rows, this->s.cols, this->x.get(), this->gamma.get(), eps, this->y.get());
		return LN_OK;
	}
};

inline ln_desc describe(Shape s, uint32_t type = LN_F32)
{
	ln_desc d = {};
	d.struct_size = sizeof d;
	d.x_type = type;
	d.rows = s.rows;
	d.cols = s.cols;
	d.eps = eps;
	return d;
}

// x + residual, then the norm; the sum is written out or not
template <uint32_t type, bool with_sum> struct ResidualNorm : Tensors<type> {
	using T = typename Element<type>::T;
	explicit ResidualNorm(Shape shape)
		: Tensors<type>(shape), d(describe(shape, type)), residual(normals<type>(shape.count(), 4, shape.offset)),
		  sum(zeros<T>(shape.count(), shape.offset))
	{
	}
	int operator()()
	{
		ln_forward_tensors t = this->forward();
		t.residual = residual.get();
		t.sum = with_sum ? sum.get() : nullptr;
		return ln_forward(&d, &t);
	}
	size_t bytes() const { return (with_sum ? 4 : 3) * this->s.count() * sizeof(T); }
	ln_desc d;
	Tensor<T> residual, sum;
};

struct AddThenLayerNorm : ResidualNorm<LN_F32, true> {
	using ResidualNorm::ResidualNorm;
	int operator()()
	{
		add(s.count(), x.get(), residual.get(), sum.get());
		return ln_layernorm_f32(s.rows, s.cols, sum.get(), gamma.get(), beta.get(), eps, y.get());
	}
};

// The norm with a gate, after it or before it; or as its own gate
template <uint32_t flags> struct GatedNorm : Tensors<LN_F32> {
	explicit GatedNorm(Shape shape) : Tensors(shape), d(describe(shape)), gate(normals<LN_F32>(s.count(), 4, s.offset)) { d.flags = flags; }
	int operator()()
	{
		ln_forward_tensors t = forward();
		t.gate = flags & LN_GATE_SELF ? nullptr : gate.get();
		return ln_forward(&d, &t);
	}
	size_t bytes() const { return (flags & LN_GATE_SELF ? 2 : 3) * s.count() * sizeof(float); }
	ln_desc d;
	Tensor<float> gate;
};

// The norm without one, and the traffic that a gate is: each of its cache lines is read
struct LayerNormAndGate : GatedNorm<0> {
	using GatedNorm::GatedNorm;
	int operator()()
	{
		const size_t line = 64 / sizeof(float);
		float sum = 0;
		for (size_t i = 0; i < s.count(); i += line)
			sum += gate.get()[i];
		read = sum;
		ln_forward_tensors t = forward();
		return ln_forward(&d, &t);
	}
	volatile float read;
};

// The norm as int8 or an 8-bit float, with a scale for each row or, where it divides them, for so many columns
template <uint32_t y_type, uint32_t scale_type = LN_F32, uint64_t group = 0> struct Quantised : Tensors<LN_F32> {
	explicit Quantised(Shape shape) : Tensors(shape), d(describe(shape)), q(zeros<int8_t>(s.count())), scale(zeros<float>(s.count()))
	{
		d.flags = LN_ROW_SCALE;
		d.y_type = y_type;
		d.scale_type = scale_type;
		d.cols_per_scale = group != 0 && s.cols % group == 0 ? group : 0;
	}
	int operator()()
	{
		ln_forward_tensors t = forward();
		t.y = q.get();
		t.y_scale = scale.get();
		return ln_forward(&d, &t);
	}
	size_t bytes() const { return s.count() * (sizeof(float) + sizeof(int8_t)); }
	ln_desc d;
	Tensor<int8_t> q;
	Tensor<float> scale;
};

struct LayerNormThenQuantise : Quantised<LN_I8> {
	using Quantised::Quantised;
	int operator()()
	{
		int status = ln_layernorm_f32(s.rows, s.cols, x.get(), gamma.get(), beta.get(), eps, y.get());
		quantise(s.rows, s.cols, y.get(), q.get(), scale.get());
		return status;
	}
};

// The gradients, with the statistics of the forward pass at hand; those of the parameters are floats. Threads as below
template <uint32_t type, unsigned threads = 1> struct Backward : Tensors<type> {
	using T = typename Element<type>::T;
	explicit Backward(Shape shape)
		: Tensors<type>(shape), d(describe(shape, type)), dy(normals<type>(shape.count(), 5, shape.offset)),
		  dgamma(zeros<float>(shape.cols)), dbeta(zeros<float>(shape.cols)), mean(zeros<float>(shape.rows)),
		  rstd(zeros<float>(shape.rows)), pool(threads)
	{
		workspace_size = ln_backward_workspace_size(&d);
		workspace = zeros<double>(workspace_size / sizeof(double) + 1);
		ln_forward_tensors t = this->forward();
		t.mean = mean.get();
		t.rstd = rstd.get();
		ln_forward(&d, &t);
	}
	int operator()()	// dx lies in y
	{
		ln_backward_tensors t = {};
		t.struct_size = sizeof t;
		t.x = this->x.get();
		t.dy = dy.get();
		t.gamma = this->gamma.get();
		t.mean = mean.get();
		t.rstd = rstd.get();
		t.dx = this->y.get();
		t.dgamma = dgamma.get();
		t.dbeta = dbeta.get();
		t.workspace = workspace.get();
		t.workspace_size = workspace_size;
		t.parallel_for = threads > 1 ? ThreadPool::parallel_for : nullptr;
		t.pool = &pool;
		return ln_backward(&d, &t);
	}
	size_t bytes() const { return 3 * this->s.count() * sizeof(T); }
	ln_desc d;
	Tensor<T> dy;
	Tensor<float> dgamma, dbeta, mean, rstd;
	Tensor<double> workspace;
	size_t workspace_size;
	ThreadPool pool;
};

template <uint32_t type> struct FastmathBackward : Backward<type> {
	using Backward<type>::Backward;
	int operator()()
	{
		fastmath_backward(this->s.rows, this->s.cols, this->x.get(), this->dy.get(), this->gamma.get(), this->mean.get(),
				  this->rstd.get(), this->y.get(), this->dgamma.get(), this->dbeta.get());
		return LN_OK;
	}
};

// The norm over the channels of images whose pixels lie side by side
inline ln_desc describe_channels(Shape s)
{
	ln_desc d = describe(s);
	d.heads = d.x_col_stride = d.y_col_stride = s.rows / s.images;
	return d;
}

struct ChannelsLayerNorm : Tensors<LN_F32> {
	explicit ChannelsLayerNorm(Shape shape) : Tensors(shape), d(describe_channels(s)) {}
	int operator()()
	{
		ln_forward_tensors t = forward();
		return ln_forward(&d, &t);
	}
	ln_desc d;
};

// The same by who has a norm of contiguous rows alone
struct TransposeLayerNormTranspose : Tensors<LN_F32> {
	explicit TransposeLayerNormTranspose(Shape shape) : Tensors(shape), rows(zeros<float>(s.count())) {}
	int operator()()
	{
		size_t pixels = s.rows / s.images, image = pixels * s.cols;
		for (size_t i = 0; i < s.images; i++)
			transpose(s.cols, pixels, x.get() + i * image, rows.get() + i * image);
		int status = ln_layernorm_f32(s.rows, s.cols, rows.get(), gamma.get(), beta.get(), eps, rows.get());
		for (size_t i = 0; i < s.images; i++)
			transpose(pixels, s.cols, rows.get() + i * image, y.get() + i * image);
		return status;
	}
	Tensor<float> rows;
};

struct ChannelsBackward : Backward<LN_F32> {
	explicit ChannelsBackward(Shape shape) : Backward(shape)
	{
		d = describe_channels(shape);
		ln_forward_tensors t = forward();
		t.mean = mean.get();
		t.rstd = rstd.get();
		ln_forward(&d, &t);
	}
};

// One call divided among threads; 1: without a pool
template <unsigned threads> struct LayerNormThreads : Tensors<LN_F32> {
	// The system takes some milliseconds to give each thread a core of its own.
	explicit LayerNormThreads(Shape shape) : Tensors(shape), d(describe(shape)), pool(threads)
	{
		auto warm = std::chrono::steady_clock::now() + std::chrono::milliseconds(30);
		while (std::chrono::steady_clock::now() < warm)
			(*this)();
	}
	int operator()()
	{
		ln_forward_tensors t = forward();
		t.parallel_for = threads > 1 ? ThreadPool::parallel_for : nullptr;
		t.pool = &pool;
		return ln_forward(&d, &t);
	}
	ln_desc d;
	ThreadPool pool;
};

#endif
