// onednn.h - the backward pass of oneDNN, which libln's is compared with where oneDNN is installed
#ifndef LN_BENCH_ONEDNN_H
#define LN_BENCH_ONEDNN_H

#include <dnnl.hpp>

#include "operations.h"

struct BackwardOneDnn : Backward<LN_F32> {
	explicit BackwardOneDnn(Shape shape) : Backward(shape), engine(dnnl::engine::kind::cpu, 0), stream(engine)
	{
		using namespace dnnl;
		auto rows = static_cast<memory::dim>(s.rows), cols = static_cast<memory::dim>(s.cols);
		auto flags = normalization_flags::use_scale | normalization_flags::use_shift;
		memory::desc data({ rows, cols }, memory::data_type::f32, memory::format_tag::ab);
		memory::desc row({ rows }, memory::data_type::f32, memory::format_tag::a);
		memory::desc column({ cols }, memory::data_type::f32, memory::format_tag::a);
		layer_normalization_forward::primitive_desc hint({ prop_kind::forward_training, data, static_cast<float>(eps), flags }, engine);
		layer_normalization_backward::primitive_desc how({ prop_kind::backward, data, data, static_cast<float>(eps), flags }, engine, hint);

		primitive = layer_normalization_backward(how);
		arguments = { { DNNL_ARG_SRC, memory(data, engine, x.get()) }, { DNNL_ARG_DIFF_DST, memory(data, engine, dy.get()) },
			      { DNNL_ARG_DIFF_SRC, memory(data, engine, y.get()) }, { DNNL_ARG_MEAN, memory(row, engine, mean.get()) },
			      { DNNL_ARG_VARIANCE, memory(row, engine, rstd.get()) }, { DNNL_ARG_SCALE, memory(column, engine, gamma.get()) },
			      { DNNL_ARG_SHIFT, memory(column, engine, beta.get()) },
			      { DNNL_ARG_DIFF_SCALE, memory(column, engine, dgamma.get()) },
			      { DNNL_ARG_DIFF_SHIFT, memory(column, engine, dbeta.get()) } };
	}
	int operator()()
	{
		primitive.execute(stream, arguments);
		stream.wait();
		return LN_OK;
	}
	dnnl::engine engine;
	dnnl::stream stream;
	dnnl::layer_normalization_backward primitive;
	std::unordered_map<int, dnnl::memory> arguments;
};

#endif
