// std_thread.h - a pool of std::thread that libln can use: a call's tensors hold ThreadPool::parallel_for and &pool
//
// A norm takes microseconds, and waking a thread takes as many: the workers keep looking for work for some milliseconds before they go
// to sleep. The system often wakes a thread on the core of the one that called it, and moves it only if it stays awake for that long.
// Each thread begins with its own stretch of the tasks, and so meets the same rows in the next call, when they are still in its cache;
// then it takes what is left of the others'.
#ifndef LN_EXAMPLES_STD_THREAD_H
#define LN_EXAMPLES_STD_THREAD_H

#include <ln.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

class ThreadPool {
public:
	// The thread that calls is one of them.
	explicit ThreadPool(unsigned threads) : threads_(threads > 1 ? threads : 1), stretches_(new Stretch[threads_])
	{
		for (unsigned i = 1; i < threads_; i++)
			workers_.emplace_back([this, i] { work(i); });
	}

	~ThreadPool()
	{
		stop_.store(true, std::memory_order_relaxed);
		announce(0);
		for (std::thread &worker : workers_)
			worker.join();
	}

	ThreadPool(const ThreadPool &) = delete;
	ThreadPool &operator=(const ThreadPool &) = delete;

	// An ln_parallel_for. May be called from several threads, which then take turns; not from within a task.
	static int parallel_for(void *pool, size_t tasks, ln_task task, void *context)
	{
		ThreadPool &self = *static_cast<ThreadPool *>(pool);
		std::lock_guard<std::mutex> turn(self.turn_);
		self.task_ = task;
		self.context_ = context;
		for (unsigned i = 0; i < self.threads_; i++) {
			self.stretches_[i].next.store(tasks * i / self.threads_, std::memory_order_relaxed);
			self.stretches_[i].end = tasks * (i + 1) / self.threads_;
		}
		self.announce(open);
		self.run_tasks(0);
		// No task is left, so nobody need join any more: a worker that is still waking up is not waited for.
		self.state_.fetch_and(~open, std::memory_order_acq_rel);
		for (unsigned spins = 1; self.state_.load(std::memory_order_acquire) % open != 0; spins++, pause())
			if (spins % 256 == 0)
				std::this_thread::yield();	// it may need this core
		return 0;
	}

private:
	// The state: how many workers have joined the job, whether they may, and the number of the job.
	static constexpr uint64_t open = 1 << 16, job = 2 * open;

	void announce(uint64_t may_join)
	{
		{
			std::lock_guard<std::mutex> lock(sleep_);	// a worker on its way to sleep sees it or is woken
			number_ += job;
			state_.store(number_ + may_join, std::memory_order_release);
		}
		wake_.notify_all();
	}

	// The tasks of a thread that have not been begun, whoever does; each on a cache line of its own
	struct alignas(64) Stretch {
		std::atomic<size_t> next{ 0 };
		size_t end = 0;
	};

	void run_tasks(unsigned first)
	{
		for (unsigned i = 0; i < threads_; i++) {
			Stretch &stretch = stretches_[(first + i) % threads_];
			for (size_t t; (t = stretch.next.fetch_add(1, std::memory_order_relaxed)) < stretch.end;)
				task_(context_, t);
		}
	}

	void work(unsigned number)
	{
		for (uint64_t last = 0; !stop_.load(std::memory_order_relaxed);) {
			uint64_t state = await(last);
			last = state / job;
			while (state & open && state / job == last)
				if (state_.compare_exchange_weak(state, state + 1, std::memory_order_acquire)) {
					run_tasks(number);
					state_.fetch_sub(1, std::memory_order_release);
					break;
				}
		}
	}

	// The state, once it is that of another job than `last`
	uint64_t await(uint64_t last)
	{
		uint64_t state = 0;
		auto ready = [&] { return (state = state_.load(std::memory_order_acquire)) / job != last; };
		auto patience = std::chrono::steady_clock::now() + std::chrono::milliseconds(10);
		for (unsigned spins = 0; spins % 64 != 63 || std::chrono::steady_clock::now() < patience; spins++, pause())
			if (ready())
				return state;
		std::unique_lock<std::mutex> lock(sleep_);
		wake_.wait(lock, ready);
		return state;
	}

	static void pause()
	{
#if defined(__x86_64__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ volatile("yield");
#endif
	}

	const unsigned threads_;
	std::unique_ptr<Stretch[]> stretches_;
	std::vector<std::thread> workers_;
	std::mutex turn_, sleep_;
	std::condition_variable wake_;
	ln_task task_ = nullptr;
	void *context_ = nullptr;
	uint64_t number_ = 0;
	std::atomic<uint64_t> state_{ 0 };
	std::atomic<bool> stop_{ false };
};

#endif
