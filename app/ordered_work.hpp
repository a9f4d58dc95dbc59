#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>

namespace chiptrail::app {

/// Does `work(worker, item)` for items 0 to count-1 on `workers` threads and calls `done(item)`
/// on the calling thread in item order. No worker runs more than a few items ahead of `done`, so
/// results waiting for their turn stay few. After a stop no new item begins; `done` is called for
/// what was begun. An exception of `work` or `done` ends everything and is thrown here.
/// Returns how many items were done.
std::size_t work_in_order(std::size_t count,
                          std::size_t workers,
                          const std::function<void(std::size_t worker, std::size_t item)>& work,
                          const std::function<void(std::size_t item)>& done,
                          const std::stop_token& stop);

}  // namespace chiptrail::app
