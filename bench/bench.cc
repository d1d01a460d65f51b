// bench.cc - times every operation on every usable kernel: layernorm/ISA/f32/ROWS/COLS, and memcpy of the same bytes beside it
//
// memcpy/libc/f32/ROWS/COLS runs in the same process, so that a ratio is taken within one run; scripts/speed does that.
// JSON: lnbench --benchmark_format=json
#include <benchmark/benchmark.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <random>
#include <string>

#include "ln.h"

namespace {

struct Shape {
	size_t rows, cols;
};

const Shape shapes[] = {
	{ 1, 64 },    { 1, 768 },   { 16, 768 },   { 128, 64 },	   { 128, 768 },
	{ 32, 4096 }, { 512, 768 }, { 2048, 1024 }, { 4096, 4096 }, { 8192, 8192 },
};

struct Free {
	void operator()(void *p) const { std::free(p); }
};
using Floats = std::unique_ptr<float[], Free>;

// Page-aligned, as large allocations are, and touched, so that no run pays for page faults.
Floats floats(size_t n)
{
	size_t bytes = (n * sizeof(float) + 4095) / 4096 * 4096;
	Floats p(static_cast<float *>(std::aligned_alloc(4096, bytes)));
	if (!p)
		throw std::bad_alloc();
	std::memset(p.get(), 0, bytes);
	return p;
}

Floats normals(size_t n, unsigned seed)
{
	std::mt19937 random(seed);
	std::normal_distribution<float> normal;
	Floats p = floats(n);
	for (size_t i = 0; i < n; i++)
		p[i] = normal(random);
	return p;
}

struct Tensors {
	explicit Tensors(Shape s)
		: count(s.rows * s.cols), x(normals(count, 1)), y(floats(count)), gamma(normals(s.cols, 2)), beta(normals(s.cols, 3))
	{
	}
	size_t count;
	Floats x, y, gamma, beta;
};

// Bytes that have to move: x is read and y is written.
void count_bytes(benchmark::State &state, const Tensors &t)
{
	state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * 2 * t.count * sizeof(float)));
}

void copy(benchmark::State &state, Shape s)
{
	Tensors t(s);
	for (auto _ : state) {
		std::memcpy(t.y.get(), t.x.get(), t.count * sizeof(float));
		benchmark::ClobberMemory();
	}
	count_bytes(state, t);
}

void layernorm_f32(benchmark::State &state, Shape s, const char *isa)
{
	Tensors t(s);
	if (ln_set_isa(isa) != LN_OK)
		state.SkipWithError("this CPU cannot run it");
	for (auto _ : state) {
		ln_layernorm_f32(s.rows, s.cols, t.x.get(), t.gamma.get(), t.beta.get(), 1e-5, t.y.get());
		benchmark::ClobberMemory();
	}
	count_bytes(state, t);
}

} // namespace

int main(int argc, char **argv)
{
	for (Shape s : shapes) {
		std::string end = "/f32/" + std::to_string(s.rows) + "/" + std::to_string(s.cols);
		benchmark::RegisterBenchmark(("memcpy/libc" + end).c_str(), copy, s);
		for (size_t i = 0; ln_isa_name(i) != nullptr; i++)
			benchmark::RegisterBenchmark((std::string("layernorm/") + ln_isa_name(i) + end).c_str(), layernorm_f32, s,
						     ln_isa_name(i));
	}
	benchmark::Initialize(&argc, argv);
	if (benchmark::ReportUnrecognizedArguments(argc, argv))
		return 1;
	benchmark::RunSpecifiedBenchmarks();
}
