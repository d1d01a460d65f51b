// opponents.cc - the passes over memory that ln_forward() saves, as plain loops that the compiler vectorises for each CPU
#include "opponents.h"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_CPU __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define FOR_EACH_CPU
#endif

FOR_EACH_CPU void add(size_t count, const float *__restrict x, const float *__restrict residual, float *__restrict sum)
{
	for (size_t i = 0; i < count; i++)
		sum[i] = x[i] + residual[i];
}

FOR_EACH_CPU void transpose(size_t rows, size_t cols, const float *__restrict from, float *__restrict to)
{
	for (size_t r = 0; r < rows; r++)
		for (size_t c = 0; c < cols; c++)
			to[c * rows + r] = from[r * cols + c];
}

// The largest magnitude is found among the bits, and a number rounded by adding 1.5 * 2^23, since a maximum of floats and rintf()
// are loops that the compiler does not vectorise under strict arithmetic.
FOR_EACH_CPU void quantise(size_t rows, size_t cols, const float *__restrict y, int8_t *__restrict q, float *__restrict scale)
{
	for (size_t row = 0; row < rows; row++, y += cols, q += cols) {
		uint32_t largest = 0;
		for (size_t i = 0; i < cols; i++) {
			uint32_t bits;
			std::memcpy(&bits, &y[i], sizeof bits);
			largest = std::max(largest, bits & 0x7fffffffu);
		}
		float magnitude;
		std::memcpy(&magnitude, &largest, sizeof magnitude);
		scale[row] = magnitude / 127;
		float inverse = magnitude > 0 ? 127 / magnitude : 0;
		for (size_t i = 0; i < cols; i++) {
			float rounded = y[i] * inverse + 0x1.8p23f;
			uint32_t bits;
			std::memcpy(&bits, &rounded, sizeof bits);
			q[i] = static_cast<int8_t>(bits);
		}
	}
}
