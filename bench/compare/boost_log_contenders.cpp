// SPDX-License-Identifier: MIT
//
// Boost.Log with an asynchronous text file sink that never rotates: as many slots as the others
// have, block when full.

#include <boost/date_time/posix_time/posix_time_types.hpp>
#include <boost/log/attributes/clock.hpp>
#include <boost/log/attributes/current_thread_id.hpp>
#include <boost/log/core.hpp>
#include <boost/log/expressions.hpp>
#include <boost/log/sinks/async_frontend.hpp>
#include <boost/log/sinks/block_on_overflow.hpp>
#include <boost/log/sinks/bounded_fifo_queue.hpp>
#include <boost/log/sinks/text_file_backend.hpp>
#include <boost/log/sources/record_ostream.hpp>
#include <boost/log/sources/severity_logger.hpp>
#include <boost/log/support/date_time.hpp>
#include <boost/log/trivial.hpp>
#include <boost/make_shared.hpp>

#include <iomanip>
#include <limits>
#include <string>

#include "compare/measure.hpp"

namespace lathe::compare {
namespace {

namespace expressions = boost::log::expressions;
namespace sinks = boost::log::sinks;
using boost::log::trivial::severity_level;
using ThreadId = boost::log::attributes::current_thread_id::value_type;
using Sink =
    sinks::asynchronous_sink<sinks::text_file_backend,
                             sinks::bounded_fifo_queue<kQueueSlots, sinks::block_on_overflow>>;

class BoostLog {
 public:
  explicit BoostLog(const RunOptions& options)
      : path_(options.folder + "/boost.log"), sink_(boost::make_shared<Sink>()) {
    sink_->locked_backend()->set_file_name_pattern(path_);
    const auto core = boost::log::core::get();
    core->add_global_attribute("TimeStamp", boost::log::attributes::utc_clock());
    core->add_global_attribute("ThreadID", boost::log::attributes::current_thread_id());
    sink_->set_formatter(expressions::stream
                         << expressions::format_date_time<boost::posix_time::ptime>(
                                "TimeStamp", "%Y-%m-%d %H:%M:%S.%f")
                         << " [" << expressions::attr<ThreadId>("ThreadID") << "] " << std::left
                         << std::setw(8) << expressions::attr<severity_level>("Severity") << ' '
                         << expressions::smessage);
    core->add_sink(sink_);
  }
  ~BoostLog() { boost::log::core::get()->remove_sink(sink_); }
  BoostLog(const BoostLog&) = delete;
  BoostLog& operator=(const BoostLog&) = delete;

  void log(std::uint64_t n) {
    // As many digits as the number has; six unless told.
    BOOST_LOG_SEV(logger_, severity_level::info)
        << std::setprecision(std::numeric_limits<double>::digits10) << "Iteration: " << n
        << " int: " << n * 2 << " double: " << static_cast<double>(n) / 2;
  }
  void finish() {
    sink_->stop();  // its thread ends when it has taken everything that is queued
    sink_->flush();
  }
  [[nodiscard]] bench::Output output() const { return {.files = {path_}}; }

 private:
  std::string path_;
  boost::shared_ptr<Sink> sink_;
  boost::log::sources::severity_logger_mt<severity_level> logger_;
};

constexpr Contender kContenders[] = {contender_of<BoostLog>("boost-log", "Boost.Log, async")};

}  // namespace

std::span<const Contender> boost_log_contenders() { return kContenders; }

}  // namespace lathe::compare
