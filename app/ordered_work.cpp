#include "app/ordered_work.hpp"

#include <algorithm>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <set>
#include <thread>
#include <vector>

namespace chiptrail::app {

namespace {

constexpr std::size_t kAheadPerWorker = 4;

class OrderedWork {
public:
    OrderedWork(std::size_t count, std::size_t workers, const std::stop_token& stop)
        : count_(count), ahead_(workers * kAheadPerWorker), stop_(stop) {}

    void work(std::size_t worker, const std::function<void(std::size_t, std::size_t)>& work) {
        while (true) {
            std::unique_lock lock(mutex_);
            changed_.wait(lock, [&] { return may_not_begin() || next_ < reported_ + ahead_; });
            if (may_not_begin()) {
                return;
            }
            const auto item = next_++;
            lock.unlock();
            try {
                work(worker, item);
            } catch (...) {
                give_up(std::current_exception());
                return;
            }
            lock.lock();
            finished_.insert(item);
            changed_.notify_all();
        }
    }

    std::size_t report(const std::function<void(std::size_t)>& done) {
        std::unique_lock lock(mutex_);
        while (true) {
            changed_.wait(lock, [&] {
                return failure_ || finished_.contains(reported_) ||
                       (may_not_begin() && reported_ == next_);
            });
            if (failure_ || !finished_.contains(reported_)) {
                return reported_;
            }
            const auto item = reported_;
            lock.unlock();
            done(item);
            lock.lock();
            finished_.erase(item);
            ++reported_;
            changed_.notify_all();
        }
    }

    void give_up(std::exception_ptr failure) {
        const std::lock_guard lock(mutex_);
        if (!failure_) {
            failure_ = std::move(failure);
        }
        changed_.notify_all();
    }

    void wake() {
        const std::lock_guard lock(mutex_);
        changed_.notify_all();
    }

    [[nodiscard]] std::exception_ptr failure() const {
        return failure_;
    }

private:
    [[nodiscard]] bool may_not_begin() const {
        return failure_ != nullptr || next_ >= count_ || stop_.stop_requested();
    }

    const std::size_t count_;
    const std::size_t ahead_;
    const std::stop_token stop_;
    std::mutex mutex_;
    std::condition_variable changed_;
    std::size_t next_ = 0;
    std::size_t reported_ = 0;
    std::set<std::size_t> finished_;
    std::exception_ptr failure_;
};

}  // namespace

std::size_t work_in_order(std::size_t count,
                          std::size_t workers,
                          const std::function<void(std::size_t, std::size_t)>& work,
                          const std::function<void(std::size_t)>& done,
                          const std::stop_token& stop) {
    workers = std::max<std::size_t>(1, std::min(workers, count));
    OrderedWork shared(count, workers, stop);
    const std::stop_callback wake(stop, [&] { shared.wake(); });
    std::size_t reported = 0;
    {
        std::vector<std::jthread> threads;
        for (std::size_t worker = 0; worker < workers; ++worker) {
            threads.emplace_back([&, worker] { shared.work(worker, work); });
        }
        try {
            reported = shared.report(done);
        } catch (...) {
            shared.give_up(std::current_exception());
        }
    }
    if (shared.failure()) {
        std::rethrow_exception(shared.failure());
    }
    return reported;
}

}  // namespace chiptrail::app
