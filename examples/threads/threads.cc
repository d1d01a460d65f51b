// threads.cc - the same norms on one thread, and on the threads of each adapter in this folder: the same bits, and how much faster
//
//	ln_threads [THREADS]
//
// THREADS is by default as many as there are cores. Fails if a single bit differs.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <random>
#include <vector>

#include "adapters.h"
#include "std_thread.h"
#ifdef WITH_PTHREADPOOL
#include <pthreadpool.h>
#endif

namespace {

// A LayerNorm whose caller brings the threads; parallel_for NULL: on this thread alone
struct Problem {
	Problem(size_t rows, size_t cols) : x(rows * cols), gamma(cols), beta(cols)
	{
		std::mt19937 random(1);
		std::normal_distribution<float> normal;
		for (std::vector<float> *tensor : { &x, &gamma, &beta })
			for (float &element : *tensor)
				element = normal(random);
		d.struct_size = sizeof d;
		d.rows = rows;
		d.cols = cols;
		d.eps = 1e-5;
	}

	int run(ln_parallel_for parallel_for, void *pool, std::vector<float> &y) const
	{
		ln_forward_tensors t = {};
		t.struct_size = sizeof t;
		t.x = x.data();
		t.gamma = gamma.data();
		t.beta = beta.data();
		t.y = y.data();
		t.parallel_for = parallel_for;
		t.pool = pool;
		return ln_forward(&d, &t);
	}

	ln_desc d = {};
	std::vector<float> x, gamma, beta;
};

struct Adapter {
	const char *name;
	ln_parallel_for parallel_for;
	void *pool;
};

// The median time of a call, in microseconds, once it has run for as long as it takes the system to give each thread a core; a
// negative number if a call fails.
double time(const Problem &problem, const Adapter &adapter, std::vector<float> &y)
{
	using clock = std::chrono::steady_clock;
	std::vector<double> times;
	auto warm = clock::now() + std::chrono::milliseconds(30), enough = warm + std::chrono::seconds(1);

	while (times.size() < 3 || (times.size() < 100 && clock::now() < enough)) {	// slow where threads outnumber cores
		auto begun = clock::now();
		if (problem.run(adapter.parallel_for, adapter.pool, y) != LN_OK)
			return -1;
		if (begun > warm)
			times.push_back(std::chrono::duration<double, std::micro>(clock::now() - begun).count());
	}
	std::nth_element(times.begin(), times.begin() + times.size() / 2, times.end());
	return times[times.size() / 2];
}

// Runs one shape on all adapters, the first of which is one thread; returns whether all gave its bits.
bool compare(size_t rows, size_t cols, const std::vector<Adapter> &adapters)
{
	Problem problem(rows, cols);
	std::vector<float> expected(rows * cols);
	double alone = 0;
	bool good = true;

	std::printf("%zu x %zu\n", rows, cols);
	for (const Adapter &adapter : adapters) {
		std::vector<float> y(rows * cols);
		double microseconds = time(problem, adapter, y);
		if (&adapter == &adapters.front()) {
			alone = microseconds;
			expected = y;
		}
		bool same = microseconds > 0 && std::memcmp(y.data(), expected.data(), y.size() * sizeof(float)) == 0;
		std::printf("  %-12s %9.1f us  %5.2f x  %s\n", adapter.name, microseconds, alone / microseconds,
			    same ? "the same bits" : "DIFFERENT bits");
		good = good && same;
	}
	return good;
}

} // namespace

int main(int argc, char **argv)
{
	int threads = argc > 1 ? std::atoi(argv[1]) : static_cast<int>(std::thread::hardware_concurrency());
	if (threads < 1 || argc > 2) {
		std::fprintf(stderr, "usage: %s [THREADS]\n", argv[0]);
		return 2;
	}
	ThreadPool pool(static_cast<unsigned>(threads));
	std::vector<Adapter> adapters = { { "one thread", nullptr, nullptr }, { "std::thread", ThreadPool::parallel_for, &pool } };
#ifdef WITH_OPENMP
	adapters.push_back({ "OpenMP", openmp_parallel_for, &threads });
#endif
#ifdef WITH_PTHREADPOOL
	pthreadpool_t pthreads = pthreadpool_create(static_cast<size_t>(threads));
	adapters.push_back({ "pthreadpool", pthreadpool_parallel_for, pthreads });
#endif

	std::printf("%d threads, %s kernels; the median of up to 100 calls, and how many times faster than one thread\n", threads, ln_isa());
	bool good = true;
	for (auto [rows, cols] : { std::pair<size_t, size_t>{ 512, 768 }, { 128, 4096 }, { 1, 4000037 }, { 3, 70001 } })
		good = compare(rows, cols, adapters) && good;
#ifdef WITH_PTHREADPOOL
	pthreadpool_destroy(pthreads);
#endif
	return good ? EXIT_SUCCESS : EXIT_FAILURE;
}
