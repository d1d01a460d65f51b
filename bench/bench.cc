// bench.cc - times every operation on every usable kernel: OPERATION/ISA/TYPE/ROWS/COLS, and what it is compared with beside it
//
// All run in one process, so that a ratio is taken within one run; scripts/speed does that. The whole list takes hours: choose
// from it, as in lnbench --benchmark_filter='^rmsnorm/avx2/.*/768$'
// JSON: --benchmark_format=json
#include <benchmark/benchmark.h>

#include <string>

#include "cells.h"
#include "operations.h"
#if LN_BENCH_ONEDNN
#include "onednn.h"
#endif

namespace {

const Shape shapes[] = {
	{ 1, 64 },	{ 1, 768 },	{ 16, 400 },	{ 16, 768 },	{ 128, 64 },	{ 128, 768 },	{ 32, 4096 },
	{ 128, 4096 },	{ 512, 768 },	{ 2048, 1024 }, { 4096, 4096 }, { 8192, 4096 }, { 8192, 8192 },
};

template <class Operation> void time(benchmark::State &state, Shape s, const char *isa)
{
	if (isa && ln_set_isa(isa) != LN_OK)
		return state.SkipWithError("this CPU cannot run it");
	Operation operation(s);
	int status = operation();
	if (status != LN_OK)
		return state.SkipWithError(ln_strerror(status));
	for (auto _ : state) {
		operation();
		benchmark::ClobberMemory();
	}
	state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * operation.bytes()));
}

const struct {
	const char *name, *type;
	void (*time)(benchmark::State &, Shape, const char *isa);
} operations[] = {
	{ "layernorm", "f32", time<LayerNorm<LN_F32, ln_layernorm_f32>> },
	{ "layernorm", "f64", time<LayerNorm<LN_F64, ln_layernorm_f64>> },
	{ "layernorm", "bf16", time<LayerNorm<LN_BF16, ln_layernorm_bf16>> },
	{ "layernorm", "f16", time<LayerNorm<LN_F16, ln_layernorm_f16>> },
	{ "rmsnorm", "f32", time<RmsNorm<LN_F32, ln_rmsnorm_f32>> },
	{ "rmsnorm", "f64", time<RmsNorm<LN_F64, ln_rmsnorm_f64>> },
	{ "rmsnorm", "bf16", time<RmsNorm<LN_BF16, ln_rmsnorm_bf16>> },
	{ "rmsnorm", "f16", time<RmsNorm<LN_F16, ln_rmsnorm_f16>> },
	{ "residual_layernorm", "f32", time<ResidualNorm<false>> },
	{ "residual_sum_layernorm", "f32", time<ResidualNorm<true>> },
	{ "add_then_layernorm", "f32", time<AddThenLayerNorm> },
	{ "layernorm_i8", "f32", time<LayerNormI8> },
	{ "layernorm_then_quantise", "f32", time<LayerNormThenQuantise> },
	{ "backward", "f32", time<Backward<1>> },
	{ "backward_threads2", "f32", time<Backward<2>> },
#if LN_BENCH_ONEDNN
	{ "backward_onednn", "f32", time<BackwardOneDnn> },	// the same whatever the kernels in use
#endif
	{ "rnn", "f32", time<Cell<LN_RNN>> },		// the columns are the width of the state
	{ "rnn_backward", "f32", time<CellBackward<LN_RNN>> },
	{ "rnn_memcpy", "f32", time<CellCopy<LN_RNN>> },
	{ "rnn_loops", "f32", time<CellLoops<LN_RNN>> },
	{ "lstm", "f32", time<Cell<LN_LSTM>> },
	{ "lstm_backward", "f32", time<CellBackward<LN_LSTM>> },
	{ "lstm_memcpy", "f32", time<CellCopy<LN_LSTM>> },
	{ "lstm_loops", "f32", time<CellLoops<LN_LSTM>> },
	{ "gru", "f32", time<Cell<LN_GRU>> },
	{ "gru_backward", "f32", time<CellBackward<LN_GRU>> },
	{ "gru_memcpy", "f32", time<CellCopy<LN_GRU>> },
	{ "gru_loops", "f32", time<CellLoops<LN_GRU>> },
	{ "layernorm_threads1", "f32", time<LayerNormThreads<1>> },
	{ "layernorm_threads2", "f32", time<LayerNormThreads<2>> },
};

} // namespace

int main(int argc, char **argv)
{
	for (Shape s : shapes) {
		std::string end = "/" + std::to_string(s.rows) + "/" + std::to_string(s.cols);
		benchmark::RegisterBenchmark(("memcpy/libc/f32" + end).c_str(), time<Copy>, s, nullptr);
		for (size_t i = 0; ln_isa_name(i) != nullptr; i++)
			for (const auto &o : operations)
				benchmark::RegisterBenchmark((std::string(o.name) + "/" + ln_isa_name(i) + "/" + o.type + end).c_str(), o.time,
							     s, ln_isa_name(i));
	}
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 1;
	benchmark::RunSpecifiedBenchmarks();
}
