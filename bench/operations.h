// operations.h - what is timed: each operation holds its tensors, runs once when called, and says how many bytes have to move
#ifndef LN_BENCH_OPERATIONS_H
#define LN_BENCH_OPERATIONS_H

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
		: s(shape), x(normals<type>(s.count(), 1)), gamma(normals<type>(s.cols, 2)), beta(normals<type>(s.cols, 3)),
		  y(zeros<T>(s.count()))
	{
	}
	size_t bytes() const { return 2 * s.count() * sizeof(T); }
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

inline ln_desc describe(Shape s)
{
	ln_desc d = {};
	d.struct_size = sizeof d;
	d.rows = s.rows;
	d.cols = s.cols;
	d.eps = eps;
	return d;
}

// x + residual, then the norm; the sum is written out or not
template <bool with_sum> struct ResidualNorm : Tensors<LN_F32> {
	explicit ResidualNorm(Shape shape)
		: Tensors(shape), d(describe(shape)), residual(normals<LN_F32>(s.count(), 4)), sum(zeros<float>(s.count()))
	{
	}
	int operator()()
	{
		return ln_forward(&d, x.get(), residual.get(), gamma.get(), beta.get(), y.get(), with_sum ? sum.get() : nullptr, nullptr,
				  nullptr);
	}
	size_t bytes() const { return (with_sum ? 4 : 3) * s.count() * sizeof(float); }
	ln_desc d;
	Tensor<float> residual, sum;
};

struct AddThenLayerNorm : ResidualNorm<true> {
	using ResidualNorm::ResidualNorm;
	int operator()()
	{
		add(s.count(), x.get(), residual.get(), sum.get());
		return ln_layernorm_f32(s.rows, s.cols, sum.get(), gamma.get(), beta.get(), eps, y.get());
	}
};

// The norm as int8, with a scale for each row
struct LayerNormI8 : Tensors<LN_F32> {
	explicit LayerNormI8(Shape shape) : Tensors(shape), d(describe(shape)), q(zeros<int8_t>(s.count())), scale(zeros<float>(s.rows))
	{
		d.flags = LN_ROW_SCALE;
		d.y_type = LN_I8;
	}
	int operator()()
	{
		return ln_forward_ext(&d, x.get(), nullptr, gamma.get(), beta.get(), nullptr, nullptr, q.get(), scale.get(), nullptr, nullptr,
				      nullptr, nullptr, nullptr);
	}
	size_t bytes() const { return s.count() * (sizeof(float) + sizeof(int8_t)); }
	ln_desc d;
	Tensor<int8_t> q;
	Tensor<float> scale;
};

struct LayerNormThenQuantise : LayerNormI8 {
	using LayerNormI8::LayerNormI8;
	int operator()()
	{
		int status = ln_layernorm_f32(s.rows, s.cols, x.get(), gamma.get(), beta.get(), eps, y.get());
		quantise(s.rows, s.cols, y.get(), q.get(), scale.get());
		return status;
	}
};

// The gradients, with the statistics of the forward pass at hand; threads as below
template <unsigned threads> struct Backward : Tensors<LN_F32> {
	explicit Backward(Shape shape)
		: Tensors(shape), d(describe(shape)), dy(normals<LN_F32>(s.count(), 5)), dgamma(zeros<float>(s.cols)), dbeta(zeros<float>(s.cols)),
		  mean(zeros<float>(s.rows)), rstd(zeros<float>(s.rows)), pool(threads)
	{
		workspace_size = threads > 1 ? ln_backward_ext_workspace_size(&d) : ln_backward_workspace_size(&d);
		workspace = zeros<double>(workspace_size / sizeof(double) + 1);
		ln_forward(&d, x.get(), nullptr, gamma.get(), beta.get(), y.get(), nullptr, mean.get(), rstd.get());
	}
	int operator()()	// dx lies in y
	{
		return ln_backward_ext(&d, x.get(), dy.get(), nullptr, gamma.get(), nullptr, nullptr, mean.get(), rstd.get(), y.get(),
				       dgamma.get(), dbeta.get(), nullptr, workspace.get(), workspace_size,
				       threads > 1 ? ThreadPool::parallel_for : nullptr, &pool);
	}
	size_t bytes() const { return 3 * s.count() * sizeof(float); }
	ln_desc d;
	Tensor<float> dy, dgamma, dbeta, mean, rstd;
	Tensor<double> workspace;
	size_t workspace_size;
	ThreadPool pool;
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
		return ln_forward_ext(&d, x.get(), nullptr, gamma.get(), beta.get(), nullptr, nullptr, y.get(), nullptr, nullptr, nullptr,
				      nullptr, threads > 1 ? ThreadPool::parallel_for : nullptr, &pool);
	}
	ln_desc d;
	ThreadPool pool;
};

#endif
