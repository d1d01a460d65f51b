// tensors.h - shapes, types and memory of the benchmarks
#ifndef LN_BENCH_TENSORS_H
#define LN_BENCH_TENSORS_H

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <random>

#include "ln.h"

struct Shape {
	size_t rows, cols;
	size_t count() const { return rows * cols; }
};

// What an element of each type is in C, and how a float becomes one. The data are random, so cutting off is as good as rounding.
template <uint32_t type> struct Element;

template <> struct Element<LN_F32> {
	using T = float;
	static T from(float v) { return v; }
};

template <> struct Element<LN_F64> {
	using T = double;
	static T from(float v) { return v; }
};

template <> struct Element<LN_BF16> {
	using T = uint16_t;
	static T from(float v)
	{
		uint32_t bits;
		std::memcpy(&bits, &v, sizeof bits);
		return static_cast<T>(bits >> 16);
	}
};

template <> struct Element<LN_F16> {
	using T = uint16_t;
	static T from(float v)
	{
		uint32_t bits;
		std::memcpy(&bits, &v, sizeof bits);
		uint32_t sign = bits >> 16 & 0x8000, magnitude = bits & 0x7fffffff, smallest = 113u << 23;
		return static_cast<T>(magnitude < smallest ? sign : sign | (magnitude - (112u << 23)) >> 13);
	}
};

struct Free {
	void operator()(void *p) const { std::free(p); }
};
template <class T> using Tensor = std::unique_ptr<T[], Free>;

// Page-aligned, as large allocations are, and touched, so that no run pays for page faults.
template <class T> Tensor<T> zeros(size_t n)
{
	size_t bytes = (n * sizeof(T) + 4095) / 4096 * 4096;
	Tensor<T> p(static_cast<T *>(std::aligned_alloc(4096, bytes)));
	if (!p)
		throw std::bad_alloc();
	std::memset(p.get(), 0, bytes);
	return p;
}

// Normally distributed numbers; after a prime number of them they begin again, since drawing each would take longer than the runs.
template <uint32_t type> Tensor<typename Element<type>::T> normals(size_t n, unsigned seed)
{
	const size_t period = 4099;
	std::mt19937 random(seed);
	std::normal_distribution<float> normal;
	auto p = zeros<typename Element<type>::T>(n);
	for (size_t i = 0; i < std::min(n, period); i++)
		p[i] = Element<type>::from(normal(random));
	for (size_t i = period; i < n; i += period)
		std::memcpy(&p[i], &p[0], std::min(n - i, period) * sizeof p[0]);
	return p;
}

#endif
