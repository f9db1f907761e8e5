// SPDX-License-Identifier: MIT
//
// spdlog's asynchronous logger as its own documentation sets it up: 8,192 slots, one I/O thread,
// block when full; the same line layout.

#include <spdlog/async.h>
#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/spdlog.h>

#include "contender.hpp"
#include "request_log.hpp"

namespace lathe::bench {
namespace {

constexpr std::size_t kSlots = 8192;

class SpdlogLog final : public RequestLog {
 public:
  explicit SpdlogLog(const std::string& path)
      : sink_(std::make_shared<spdlog::sinks::basic_file_sink_st>(path)),
        pool_(std::make_shared<spdlog::details::thread_pool>(kSlots, 1, [] { pin_backend(); })),
        log_(std::make_shared<spdlog::async_logger>("bench", sink_, pool_,
                                                    spdlog::async_overflow_policy::block)) {
    log_->set_pattern(kSpdlogPattern, spdlog::pattern_time_type::utc);
  }

  void received(std::uint64_t number, std::string_view path, std::uint64_t user) override {
    log_->info(kReceived, number, path, user);
  }
  void found(std::uint64_t number, std::uint64_t user, std::string_view order) override {
    log_->info(kFound, number, user, order);
  }
  void answered(std::uint64_t number, std::uint64_t hash) override {
    log_->log(is_error(number) ? spdlog::level::err : spdlog::level::info, kAnswered, number, hash);
  }
  void finish() override {
    pool_.reset();  // the logger holds it weakly; its destructor joins the thread
    sink_->flush();
  }

 private:
  std::shared_ptr<spdlog::sinks::basic_file_sink_st> sink_;
  std::shared_ptr<spdlog::details::thread_pool> pool_;
  std::shared_ptr<spdlog::async_logger> log_;
};

constexpr LogKind kLogs[] = {
    {"spdlog", "spdlog async",
     [](const std::string& path) -> std::unique_ptr<RequestLog> {
       return std::make_unique<SpdlogLog>(path);
     }},
};

}  // namespace

std::span<const LogKind> spdlog_logs() { return kLogs; }

}  // namespace lathe::bench
