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

inline float as_it_is(float v) { return v; }

struct Shape {
	size_t rows, cols;
	size_t images = 1;			// of so many pixels together as there are rows; where it matters, columns are their channels
	size_t offset = 0;			// bytes past a cache line, where the tensors of rows begin
	float (*data)(float) = as_it_is;	// what is normalised, made of normally distributed numbers
	size_t cache = 0;			// bytes that the CPU is taken to report for its last-level cache; 0: what it does report
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

const size_t PAGE = 4096;

// A tensor begins less than a cache line into the page where its memory does.
struct Free {
	void operator()(void *p) const { std::free(reinterpret_cast<void *>(reinterpret_cast<uintptr_t>(p) / PAGE * PAGE)); }
};
template <class T> using Tensor = std::unique_ptr<T[], Free>;

// Page-aligned, as large allocations are, but for the offset, and touched, so that no run pays for page faults.
template <class T> Tensor<T> zeros(size_t n, size_t offset = 0)
{
	size_t bytes = (offset + n * sizeof(T) + PAGE - 1) / PAGE * PAGE;
	char *p = static_cast<char *>(std::aligned_alloc(PAGE, bytes));
	if (!p)
		throw std::bad_alloc();
	std::memset(p, 0, bytes);
	return Tensor<T>(reinterpret_cast<T *>(p + offset));
}

// Normally distributed numbers; after a prime number of them they begin again, since drawing each would take longer than the runs.
template <uint32_t type> Tensor<typename Element<type>::T> normals(size_t n, unsigned seed, size_t offset = 0, float (*data)(float) = as_it_is)
{
	const size_t period = 4099;
	std::mt19937 random(seed);
	std::normal_distribution<float> normal;
	auto p = zeros<typename Element<type>::T>(n, offset);
	for (size_t i = 0; i < std::min(n, period); i++)
		p[i] = Element<type>::from(data(normal(random)));
	for (size_t i = period; i < n; i += period)
		std::memcpy(&p[i], &p[0], std::min(n - i, period) * sizeof p[0]);
	return p;
}

#endif
