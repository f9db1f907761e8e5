// SPDX-License-Identifier: MIT

#include "sink/hook_runner.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <vector>

#include "support/inline_sink_host.hpp"

namespace lathe {
namespace {

class HookRunnerTest : public ::testing::Test {
 protected:
  HookRunnerTest() { port.attach(host); }

  InlineSinkHost host{InlineSinkHost::Mode::when_told};
  HostPort port;
};

TEST_F(HookRunnerTest, CallsEachHookWithItsPathInOrder) {
  std::vector<std::string> calls;
  const auto record = [&](const char* name) {
    return [&calls, name](const std::string& path) { calls.push_back(name + (" " + path)); };
  };
  HookRunner hooks({.on_open = record("open"),
                    .on_rotate = record("rotate"),
                    .on_close = record("close"),
                    .on_prune = record("prune")},
                   port);

  hooks.file_opened("logs/a");
  hooks.file_rotated("logs/b");
  hooks.file_closed("logs/c");
  hooks.file_pruned("logs/d");
  EXPECT_TRUE(calls.empty());  // not on this thread's time
  host.run_all();

  EXPECT_EQ(calls, (std::vector<std::string>{"open logs/a", "rotate logs/b", "close logs/c",
                                             "prune logs/d"}));
  EXPECT_EQ(hooks.errors(), 0U);
  EXPECT_TRUE(host.told().empty());
}

TEST_F(HookRunnerTest, PostsNothingForAnEmptyHook) {
  HookRunner hooks({.on_open = [](const std::string&) {}}, port);

  hooks.file_rotated("logs/a");
  hooks.file_closed("logs/a");
  hooks.file_pruned("logs/a");
  EXPECT_EQ(host.pending_background(), 0U);

  hooks.file_opened("logs/a");
  EXPECT_EQ(host.pending_background(), 1U);
}

TEST_F(HookRunnerTest, CountsAndTellsWhatIsThrownAndGoesOn) {
  int calls = 0;
  HookRunner hooks({.on_rotate =
                        [&](const std::string&) {
                          switch (++calls) {
                            case 1:
                              throw std::runtime_error("no such queue");
                            case 2:
                              throw 7;
                            case 3:
                              throw std::bad_alloc();
                            default:
                              return;
                          }
                        }},
                   port);

  for (int i = 0; i < 4; ++i) hooks.file_rotated("logs/b");
  host.run_all();

  EXPECT_EQ(calls, 4);
  EXPECT_EQ(hooks.errors(), 3U);
  ASSERT_EQ(host.told().size(), 3U);
  EXPECT_EQ(host.told()[0], "hook on_rotate threw for logs/b: no such queue");
  EXPECT_EQ(host.told()[1], "hook on_rotate threw for logs/b: something that is no std::exception");
}

TEST_F(HookRunnerTest, MakesNoCallThatHasNotBegunAtTheEnd) {
  int calls = 0;
  HookRunner hooks({.on_open = [&](const std::string&) { ++calls; }}, port);

  hooks.file_opened("logs/a");
  host.stop_background();
  hooks.file_opened("logs/a");
  host.run_all();

  EXPECT_EQ(calls, 0);
}

TEST_F(HookRunnerTest, LeavesAPostedCallItsHooksAfterTheEndOfTheSink) {
  int calls = 0;
  {
    HostPort short_port;
    short_port.attach(host);
    HookRunner hooks({.on_open =
                          [&](const std::string&) {
                            ++calls;
                            throw std::runtime_error("too late to tell");
                          }},
                     short_port);
    hooks.file_opened("logs/a");
  }

  host.run_all();

  EXPECT_EQ(calls, 1);
  EXPECT_TRUE(host.told().empty());
}

}  // namespace
}  // namespace lathe
