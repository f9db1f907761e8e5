// SPDX-License-Identifier: MIT
//
// Fails the n-th call of each kind with each errno that it can give, for n = 1, 2, ... until a run
// has no n-th call of that kind: once, and from then on until the disk is healed.
//
// Whatever fails: every record that was accepted is in the files, once, in order; nothing that was
// there disappears but the oldest backups by their limit; and the logger lives, without a restart.

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <system_error>

#include "extent.hpp"
#include "process.hpp"
#include "quiet.hpp"
#include "support/log_oracle.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

struct CallErrors {
  Call call;
  const char* name;
  std::vector<std::errc> errors;  // the first of them is tried with every policy
};

// What each call can say, by its manual page. EINTR only where it is passed on; EIO means a disk
// that is broken, or a file system that was shut down.
std::vector<CallErrors> call_errors() {
  using std::errc;
  const auto no_quota = static_cast<errc>(EDQUOT);  // has no name in std::errc
  return {
      // A directory that somebody protects, and no descriptor left.
      {Call::open_directory,
       "open_directory",
       {errc::permission_denied, errc::too_many_files_open}},
      {Call::make_directory,
       "make_directory",
       {errc::no_space_on_device, errc::permission_denied, errc::read_only_file_system}},
      // create_new may find its name taken; a new file takes an inode.
      {Call::open,
       "open",
       {errc::too_many_files_open, errc::no_space_on_device, errc::file_exists,
        errc::permission_denied, errc::read_only_file_system}},
      // A name that is taken; a source that somebody has moved; a directory that must grow.
      {Call::rename,
       "rename",
       {errc::permission_denied, errc::file_exists, errc::io_error, errc::no_such_file_or_directory,
        errc::no_space_on_device, errc::read_only_file_system}},
      {Call::remove,
       "remove",
       {errc::permission_denied, errc::io_error, errc::read_only_file_system}},
      {Call::sync_directory, "sync_directory", {errc::io_error, errc::no_space_on_device}},
      {Call::list, "list", {errc::too_many_files_open, errc::io_error}},
      {Call::status, "status", {errc::io_error, errc::permission_denied}},
      {Call::lock,
       "lock",
       {errc::no_lock_available, errc::too_many_files_open, errc::no_space_on_device,
        errc::read_only_file_system}},
      {Call::open_lock, "open_lock", {errc::too_many_files_open, errc::no_space_on_device}},
      {Call::acquire,
       "acquire",
       {errc::device_or_resource_busy, errc::interrupted, errc::no_lock_available}},
      {Call::open_source,
       "open_source",
       {errc::too_many_files_open, errc::permission_denied, errc::io_error}},
      {Call::put_symlink,
       "put_symlink",
       {errc::no_space_on_device, errc::permission_denied, errc::read_only_file_system}},
      // Full by bytes, by quota, by RLIMIT_FSIZE; a broken disk; a signal before the first byte.
      {Call::write,
       "write",
       {errc::no_space_on_device, no_quota, errc::file_too_large, errc::io_error,
        errc::interrupted}},
      // Space is found missing as late as here, too.
      {Call::sync_data, "sync_data", {errc::io_error, errc::no_space_on_device, no_quota}},
      {Call::file_status, "file_status", {errc::io_error}},
      // It has closed all the same.
      {Call::close, "close", {errc::io_error, errc::no_space_on_device, errc::interrupted}},
      {Call::preallocate,
       "preallocate",
       {errc::no_space_on_device, errc::not_supported, errc::file_too_large}},
      {Call::release, "release", {errc::io_error}},
      {Call::attributes,
       "attributes",
       {errc::operation_not_permitted, errc::read_only_file_system}},
      {Call::read, "read", {errc::io_error}},
      {Call::skip, "skip", {errc::io_error}},
      {Call::source_status, "source_status", {errc::io_error}},
  };
}

// One fault, as it is put on order.
struct Fault {
  Call call;
  std::errc error;
  bool is_lasting = false;
  std::optional<std::size_t> short_bytes = std::nullopt;  // of a write, which may fail after it

  void order(FakeFileSystem& files, std::uint64_t nth) const {
    if (short_bytes) files.shorten_write(nth, *short_bytes);
    const std::uint64_t failing = short_bytes ? nth + 1 : nth;
    is_lasting ? files.fail_from(call, failing, error) : files.fail(call, failing, error);
  }
};

class FailNthCallTest : public ::testing::Test {
 protected:
  // Half of the logs are new, directory and all; the others go on where somebody was killed.
  static FakeFileSystem first_files(std::size_t policy) {
    FakeFileSystem files;
    if (policy % 2 == 0) return files;
    (void)files.make_directory(kLogDirectory);
    const std::string line = "app|" + make_oracle_record({.producer = 0, .number = 0}, 100) + "\n";
    files.put(std::string(kLogDirectory) + "/app.log", line + line.substr(0, 50));
    files.put(std::string(kLogDirectory) + "/.app.log.next", "");
    return files;
  }

  // A run with one fault. Returns false if there was no such call.
  bool run(const Policy& policy, std::size_t number, const Fault& fault, std::uint64_t nth) {
    FakeFileSystem files = first_files(number);
    FakeClock clock;
    PruneWatch watch(files, policy.options);
    files.watch([&](Call call, const std::string& what) { watch.before_call(call, what); });
    fault.order(files, nth);
    std::unique_ptr<Process> process = open(files, clock, policy);
    if (process != nullptr) process->run();
    const bool was_met = files.faults_met() > 0;
    files.heal();
    if (process == nullptr) process = open(files, clock, policy);
    EXPECT_NE(process, nullptr) << "cannot be opened on a disk that works again";
    if (process == nullptr) return false;
    expect_alive(*process, clock);
    const std::uint64_t logged = process->logged();
    process.reset();
    EXPECT_EQ(files.open_files(), 0);
    const BackupNames names = backup_names(policy.options);
    std::vector<std::string> texts;
    for (const PrunedText& pruned : watch.pruned()) texts.push_back(pruned.text);
    for (std::string& text : read_log(files, names, kLogDirectory, kLogName)) {
      texts.push_back(std::move(text));
    }
    expect_all_once(texts, number % 2, logged);
    if (HasFailure()) show_end_of(files.trace());
    files.watch(nullptr);
    ++runs_;
    return was_met;
  }

  static void show_end_of(const std::vector<std::string>& trace) {
    constexpr std::size_t kShown = 60;
    for (std::size_t i = trace.size() - std::min(trace.size(), kShown); i < trace.size(); ++i) {
      std::printf("  %s\n", trace[i].c_str());
    }
  }

  static std::unique_ptr<Process> open(const FakeFileSystem& files, FakeClock& clock,
                                       const Policy& policy) {
    try {
      return std::make_unique<Process>(files, clock, policy.options, 1);
    } catch (const std::system_error&) {
      return nullptr;
    }
  }

  // On a disk that works again.
  static void expect_alive(Process& process, FakeClock& clock) {
    clock.advance(2min);  // longer than any back-off
    process.log_one();
    EXPECT_FALSE(process.backend().flush()) << "does not write again";
    process.settle();
    (void)process.backend().sync();  // may still tell of the failure
    process.settle();
    EXPECT_FALSE(process.backend().sync()) << "does not sync again";
    const Stats stats = process.backend().stats();
    EXPECT_EQ(stats.records_accepted, process.logged());
    EXPECT_EQ(stats.records_written, process.logged());
    EXPECT_EQ(stats.records_lost, 0U);
    EXPECT_EQ(stats.records_durable, process.logged());
    EXPECT_EQ(stats.records_at_risk, 0U);
  }

  static void expect_all_once(const std::vector<std::string>& texts, std::size_t before,
                              std::uint64_t logged) {
    const FoundRecords found = find_records(texts);
    for (const std::string& problem : found.problems) ADD_FAILURE() << problem;
    EXPECT_TRUE(found.only_repeated.empty()) << "what is written again was there before";
    EXPECT_EQ(found.torn.size(), before) << "the line that somebody else has cut short";
    ASSERT_EQ(found.records.size(), before + logged);
    for (std::uint64_t number = 0; number < logged; ++number) {
      EXPECT_EQ(found.records[before + number], (RecordId{.producer = 1, .number = number}));
    }
  }

  // All n of one fault.
  void run_all(const Policy& policy, std::size_t number, const Fault& fault) {
    for (std::uint64_t nth = 1; !HasFailure(); ++nth) {
      SCOPED_TRACE(policy.name + ", call " + std::to_string(nth) + ", " +
                   std::make_error_code(fault.error).message() +
                   (fault.is_lasting ? ", from then on" : ", once"));
      if (!run(policy, number, fault, nth)) return;
      ++met_[fault.call];
    }
  }

  const Quiet quiet_;
  std::map<Call, std::uint64_t> met_;
  std::uint64_t runs_ = 0;
};

TEST_F(FailNthCallTest, LosesNoRecordWhicheverCallFails) {
  const std::vector<Policy> policies = all_policies();
  for (const CallErrors& kind : call_errors()) {
    SCOPED_TRACE(kind.name);
    for (std::size_t number = 0; number < policies.size(); ++number) {
      for (std::size_t i = 0; i < kind.errors.size(); ++i) {
        if (!is_chosen(number, i)) continue;
        for (const bool is_lasting : {false, true}) {
          run_all(policies[number], number,
                  {.call = kind.call, .error = kind.errors[i], .is_lasting = is_lasting});
          if (HasFailure()) return;
        }
      }
    }
    EXPECT_GT(met_[kind.call], 0U) << "no run has made this call";
  }
  std::uint64_t faults = 0;
  for (const auto& [call, count] : met_) faults += count;
  std::printf("runs: %llu, with a fault: %llu, kinds of calls: %zu\n",
              static_cast<unsigned long long>(runs_), static_cast<unsigned long long>(faults),
              met_.size());
}

TEST_F(FailNthCallTest, GoesOnAtTheByteWhicheverWriteIsShort) {
  const std::vector<Policy> policies = all_policies();
  for (std::size_t number = 0; number < policies.size(); ++number) {
    for (const std::size_t bytes : {0U, 1U, 46U}) {
      for (const bool is_lasting : {false, true}) {
        run_all(policies[number], number,
                {.call = Call::write,
                 .error = std::errc::no_space_on_device,
                 .is_lasting = is_lasting,
                 .short_bytes = bytes});
        if (HasFailure()) return;
      }
    }
  }
  EXPECT_GT(met_[Call::write], 100U);
  std::printf("runs with a short write: %llu\n",
              static_cast<unsigned long long>(met_[Call::write]));
}

}  // namespace
}  // namespace lathe
