// SPDX-License-Identifier: MIT

#include "tools/latency_check.hpp"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "tools/latency_calls.hpp"

namespace lathe::tools {
namespace {

// A folder of its own for each test, with files as a run leaves them.
class LatencyCheckTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = std::filesystem::temp_directory_path() / "lathe-check-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  static std::string line(unsigned thread, std::uint64_t call, std::string_view text = {}) {
    std::string line = "2026-11-22 13:50:33.123456 info  [4711] latency latency_calls.hpp:44 ";
    append_message(line, thread, call, text);
    return line + "\n";
  }

  static std::string lines(unsigned thread, std::uint64_t first, std::uint64_t last) {
    std::string text;
    for (std::uint64_t call = first; call <= last; ++call) text += line(thread, call);
    return text;
  }

  void put(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ / name, std::ios::binary) << text;
  }

  [[nodiscard]] CheckedOutput check(const std::vector<std::uint64_t>& calls,
                                    std::string_view text = {}) const {
    return check_output((folder_ / "latency.log").string(), calls, text, [] {});
  }

  std::filesystem::path folder_;
};

TEST_F(LatencyCheckTest, FindsThreadsThatLogInTurn) {
  put("latency.log", lines(0, 0, 4) + lines(1, 0, 9) + lines(0, 5, 9));
  const CheckedOutput output = check({10, 10});
  EXPECT_EQ(output.failure, "");
  EXPECT_EQ(output.written, 20U);
  EXPECT_EQ(output.missing, 0U);
}

TEST_F(LatencyCheckTest, ReadsBackupsInTheOrderOfTheirAge) {
  put("latency.log.20261122_135033", lines(0, 0, 1));
  put("latency.log.20261122_135033.1", lines(0, 2, 3));
  put("latency.log.20261122_135033.9", lines(0, 4, 5));
  put("latency.log.20261122_135033.10", lines(0, 6, 7));
  put("latency.log.20261122_135034", lines(0, 8, 9));
  put("latency.log", lines(0, 10, 11));
  put("latency.log.orig", "not ours\n");
  put(".latency.log.lock", "neither\n");
  const CheckedOutput output = check({12});
  EXPECT_EQ(output.failure, "");
  EXPECT_EQ(output.written, 12U);
  EXPECT_EQ(output.missing, 0U);
}

TEST_F(LatencyCheckTest, CountsWhatIsMissingInTheMiddleAndAtTheEnd) {
  put("latency.log", lines(0, 0, 4) + lines(0, 7, 8));
  const CheckedOutput output = check({10, 3});
  EXPECT_EQ(output.failure, "");
  EXPECT_EQ(output.written, 7U);
  EXPECT_EQ(output.missing, 6U);
}

TEST_F(LatencyCheckTest, PassesOverTheBackendsOwnReports) {
  put("latency.log", lines(0, 0, 1) +
                         "2026-11-22 13:50:33.123456 warn  [1] lathe drain.cpp:1 dropped 2 records "
                         "in 13 ms: queue full\n" +
                         lines(0, 4, 4));
  const CheckedOutput output = check({5});
  EXPECT_EQ(output.failure, "");
  EXPECT_EQ(output.missing, 2U);
}

TEST_F(LatencyCheckTest, KnowsTheTextToTheLastByte) {
  const std::string text = sample_text(100);
  EXPECT_EQ(text.size(), 100U);
  put("latency.log", line(0, 0, text) + line(0, 1, text));
  EXPECT_EQ(check({2}, text).failure, "");
  EXPECT_NE(check({2}, sample_text(99)).failure, "");
}

TEST_F(LatencyCheckTest, NamesTheLineThatIsWrong) {
  const std::string whole = line(0, 1);
  struct Case {
    const char* name;
    std::string text;
    std::string want;
  };
  const Case cases[] = {
      {"torn at the end", whole.substr(0, whole.size() - 1), "no line end"},
      {"torn inside", whole.substr(0, 88) + line(0, 2), "not what was logged"},
      {"foreign", "hello\n", "no line of a record"},
      {"a stranger's", "d t info [1] other x.cpp:1 thread 0 call 1 value 0\n",
       "no line of a record"},
      {"empty", "\n", "no line of a record"},
      {"twice", line(0, 0), "call 1 was expected of thread 0"},
      {"a thread too many", line(7, 0), "no line of a record"},
      {"a call too many", line(0, 3), "more than was logged"},
      {"another value", whole.substr(0, whole.size() - 2) + "7\n", "not what was logged"},
      {"more behind it", whole.substr(0, whole.size() - 1) + " \n", "not what was logged"},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    put("latency.log", line(0, 0) + c.text);
    const CheckedOutput output = check({3});
    EXPECT_EQ(output.failure.find("latency.log, line 2: " + c.want + ": '"), 0U) << output.failure;
  }
}

TEST_F(LatencyCheckTest, TellsThatThereIsNothingToRead) {
  EXPECT_EQ(check({1}).failure, (folder_ / "latency.log").string() + ": cannot be read");
  std::filesystem::remove_all(folder_);
  EXPECT_NE(check({1}).failure, "");
}

}  // namespace
}  // namespace lathe::tools
