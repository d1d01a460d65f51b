// bench.cc - times every operation on every usable kernel: OPERATION/ISA/TYPE/ROWS/COLS, and what it is compared with beside it
//
// What matters most is timed once more in other settings, each a name and a value at the end of the benchmark's name: /offset:16 (where
// tensors begin), /data:relu(N) (what is normalised), /cache:480M (what the CPU is taken to report).
//
// All run in one process, so that a ratio is taken within one run; scripts/speed does that. The whole list takes hours: choose
// from it, as in lnbench --benchmark_filter='^rmsnorm/avx2/.*/768$'
// JSON: --benchmark_format=json
#include <benchmark/benchmark.h>

#include <cmath>
#include <cstdio>
#include <string>

#include "cells.h"
#include "operations.h"
#include "pretend.h"
#if LN_BENCH_ONEDNN
#include "onednn.h"
#endif

namespace {

const Shape shapes[] = {
	{ 1, 64 },	{ 1, 768 },	{ 16, 400 },	{ 16, 768 },	{ 128, 32 },	{ 128, 64 },	{ 128, 128 },	{ 128, 256 },
	{ 128, 768 },	{ 128, 770 },	{ 128, 1024 },	{ 32, 4096 },	{ 128, 4096 },	{ 512, 768 },	{ 2048, 1024 }, { 4096, 4096 },
	{ 8192, 4096 }, { 8192, 8192 }, { 3136, 96 },	{ 1568, 384, 8 },
};

template <int hundredths> float raised(float v) { return v + hundredths / 100.0f; }

const struct Setting {
	const char *name;
	size_t offset;
	float (*data)(float);
	size_t cache;
} settings[] = {
	{ "", 0, as_it_is, 0 },
	{ "/offset:4", 4, as_it_is, 0 },
	{ "/offset:16", 16, as_it_is, 0 },	// as malloc() leaves large tensors
	{ "/offset:32", 32, as_it_is, 0 },
	{ "/data:0.2+N", 0, raised<20>, 0 },
	{ "/data:0.35+N", 0, raised<35>, 0 },
	{ "/data:0.5+N", 0, raised<50>, 0 },
	{ "/data:1+N", 0, raised<100>, 0 },
	{ "/data:3+N", 0, raised<300>, 0 },
	{ "/data:1000+N", 0, raised<100000>, 0 },
	{ "/data:abs(N)", 0, [](float v) { return std::fabs(v); }, 0 },
	{ "/data:relu(N)", 0, [](float v) { return v > 0 ? v : 0; }, 0 },
	{ "/data:denormal(N)", 0, [](float v) { return v * 0x1p-130f; }, 0 },
	{ "/cache:1M", 0, as_it_is, size_t{ 1 } << 20 },
	{ "/cache:32M", 0, as_it_is, size_t{ 32 } << 20 },
	{ "/cache:480M", 0, as_it_is, size_t{ 480 } << 20 },
};

Shape with(Shape s, const Setting &setting)
{
	s.offset = setting.offset;
	s.data = setting.data;
	s.cache = setting.cache;
	return s;
}

template <class Operation> void time(benchmark::State &state, Shape s, const char *isa)
{
	if (isa && ln_set_isa(isa) != LN_OK)
		return state.SkipWithError("this CPU cannot run it");
	pretend_cache_report(s.cache);
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

struct Named {
	const char *name, *type;
	void (*time)(benchmark::State &, Shape, const char *isa);
};

const Named in_all_settings[] = {
	{ "layernorm", "f32", time<LayerNorm<LN_F32, ln_layernorm_f32>> },
	{ "layernorm", "bf16", time<LayerNorm<LN_BF16, ln_layernorm_bf16>> },
	{ "rmsnorm", "f32", time<RmsNorm<LN_F32, ln_rmsnorm_f32>> },
	{ "rmsnorm", "bf16", time<RmsNorm<LN_BF16, ln_rmsnorm_bf16>> },
	{ "residual_layernorm", "f32", time<ResidualNorm<LN_F32, false>> },
	{ "residual_layernorm", "bf16", time<ResidualNorm<LN_BF16, false>> },
	{ "residual_sum_layernorm", "f32", time<ResidualNorm<LN_F32, true>> },
	{ "residual_sum_layernorm", "bf16", time<ResidualNorm<LN_BF16, true>> },
	{ "backward", "f32", time<Backward<LN_F32>> },
	{ "backward", "bf16", time<Backward<LN_BF16>> },
};

const Named operations[] = {
	{ "layernorm", "f64", time<LayerNorm<LN_F64, ln_layernorm_f64>> },
	{ "layernorm", "f16", time<LayerNorm<LN_F16, ln_layernorm_f16>> },
	{ "rmsnorm", "f64", time<RmsNorm<LN_F64, ln_rmsnorm_f64>> },
	{ "rmsnorm", "f16", time<RmsNorm<LN_F16, ln_rmsnorm_f16>> },
	{ "add_then_layernorm", "f32", time<AddThenLayerNorm> },
	{ "gated_layernorm", "f32", time<GatedNorm<0>> },
	{ "sigmoid_gated_layernorm", "f32", time<GatedNorm<LN_GATE_SIGMOID>> },
	{ "layernorm_of_gated", "f32", time<GatedNorm<LN_GATE_BEFORE>> },
	{ "silu_of_layernorm", "f32", time<GatedNorm<LN_GATE_SELF>> },
	{ "layernorm_and_gate", "f32", time<LayerNormAndGate> },
	{ "layernorm_i8", "f32", time<Quantised<LN_I8>> },
	{ "layernorm_i8_groups", "f32", time<Quantised<LN_I8, LN_F32, 128>> },
	{ "layernorm_mxi8", "f32", time<Quantised<LN_I8, LN_E8M0, 32>> },
	{ "layernorm_f8", "f32", time<Quantised<LN_F8_E4M3>> },
	{ "layernorm_mxf8", "f32", time<Quantised<LN_F8_E4M3, LN_E8M0, 32>> },
	{ "layernorm_then_quantise", "f32", time<LayerNormThenQuantise> },
	{ "channels_layernorm", "f32", time<ChannelsLayerNorm> },
	{ "transpose_layernorm_transpose", "f32", time<TransposeLayerNormTranspose> },
	{ "channels_backward", "f32", time<ChannelsBackward> },
	{ "backward_threads2", "f32", time<Backward<LN_F32, 2>> },
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

// Without libln: the second word stands where a kernel's name does.
const Named others[] = {
	{ "memcpy/libc", "f32", time<Copy> },
	{ "fastmath_layernorm/native", "f32", time<FastmathLayerNorm<LN_F32>> },
	{ "fastmath_layernorm/native", "bf16", time<FastmathLayerNorm<LN_BF16>> },
	{ "fastmath_rmsnorm/native", "f32", time<FastmathRmsNorm<LN_F32>> },
	{ "fastmath_rmsnorm/native", "bf16", time<FastmathRmsNorm<LN_BF16>> },
	{ "fastmath_backward/native", "f32", time<FastmathBackward<LN_F32>> },
	{ "fastmath_backward/native", "bf16", time<FastmathBackward<LN_BF16>> },
};

// `isa` may be null
void add(const Named &operation, const char *isa, Shape s, const Setting &setting)
{
	std::string name = operation.name;
	if (isa)
		name = name + "/" + isa;
	name = name + "/" + operation.type + "/" + std::to_string(s.rows) + "/" + std::to_string(s.cols) + setting.name;
	benchmark::RegisterBenchmark(name.c_str(), operation.time, with(s, setting), isa);
}

} // namespace

int main(int argc, char **argv)
{
	volatile float denormal = 0x1p-140f;
	if (denormal * 1.0f == 0) {
		std::fputs("lnbench: linked with fast-math, which flushes denormals in all of the program\n", stderr);
		return 1;
	}
	for (Shape s : shapes) {
		for (const Named &other : others)
			add(other, nullptr, s, settings[0]);
		for (size_t i = 0; ln_isa_name(i) != nullptr; i++) {
			for (const Named &operation : operations)
				add(operation, ln_isa_name(i), s, settings[0]);
			for (const Named &operation : in_all_settings)
				for (const Setting &setting : settings)
					add(operation, ln_isa_name(i), s, setting);
		}
	}
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 1;
	benchmark::RunSpecifiedBenchmarks();
}
