// std_thread.h - a pool of std::thread that libln can use: ln_forward_ext(..., ThreadPool::parallel_for, &pool)
//
// A norm takes microseconds, and waking a thread takes as many: the workers look for work for a moment before they go to sleep.
#ifndef LN_EXAMPLES_STD_THREAD_H
#define LN_EXAMPLES_STD_THREAD_H

#include <ln.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

class ThreadPool {
public:
	// The thread that calls is one of them.
	explicit ThreadPool(unsigned threads)
	{
		for (unsigned i = 1; i < threads; i++)
			workers_.emplace_back([this] { work(); });
	}

	~ThreadPool()
	{
		publish(nullptr, nullptr, 0);
		for (std::thread &worker : workers_)
			worker.join();
	}

	ThreadPool(const ThreadPool &) = delete;
	ThreadPool &operator=(const ThreadPool &) = delete;

	// An ln_parallel_for. May be called from several threads, which then take turns; not from within a task.
	static void parallel_for(void *pool, size_t tasks, ln_task task, void *context)
	{
		ThreadPool &self = *static_cast<ThreadPool *>(pool);
		std::lock_guard<std::mutex> turn(self.turn_);
		self.publish(task, context, tasks);
		self.run_tasks();
		while (self.busy_.load(std::memory_order_acquire) != 0)
			pause();
	}

private:
	// The job is written before the number of it, which the workers wait for, so they see all of it.
	void publish(ln_task task, void *context, size_t tasks)
	{
		task_ = task;
		context_ = context;
		tasks_ = tasks;
		next_.store(0, std::memory_order_relaxed);
		busy_.store(workers_.size(), std::memory_order_relaxed);
		{
			std::lock_guard<std::mutex> lock(sleep_);	// a worker on its way to sleep sees it or is woken
			job_.fetch_add(1, std::memory_order_release);
		}
		wake_.notify_all();
	}

	void run_tasks()
	{
		for (size_t i; (i = next_.fetch_add(1, std::memory_order_relaxed)) < tasks_;)
			task_(context_, i);
	}

	void work()
	{
		for (unsigned long last = 0;; last++) {
			await(last);
			if (!task_)
				return;
			run_tasks();
			busy_.fetch_sub(1, std::memory_order_release);
		}
	}

	// Until there is a job after number `last`
	void await(unsigned long last)
	{
		auto ready = [&] { return job_.load(std::memory_order_acquire) != last; };
		auto patience = std::chrono::steady_clock::now() + std::chrono::microseconds(200);
		while (std::chrono::steady_clock::now() < patience)
			for (int i = 0; i < 100; i++, pause())
				if (ready())
					return;
		std::unique_lock<std::mutex> lock(sleep_);
		wake_.wait(lock, ready);
	}

	static void pause()
	{
#if defined(__x86_64__)
		__builtin_ia32_pause();
#elif defined(__aarch64__)
		__asm__ volatile("yield");
#endif
	}

	std::vector<std::thread> workers_;
	std::mutex turn_, sleep_;
	std::condition_variable wake_;
	ln_task task_ = nullptr;
	void *context_ = nullptr;
	size_t tasks_ = 0;
	std::atomic<size_t> next_{ 0 }, busy_{ 0 };
	std::atomic<unsigned long> job_{ 0 };
};

#endif
