// SPDX-License-Identifier: MIT

#include "os/output_stream.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <string>

#include "os/descriptor.hpp"

namespace lathe {
namespace {

using namespace std::chrono_literals;

struct Pipe {
  Descriptor reader;
  Descriptor writer;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  EXPECT_EQ(::pipe2(ends.data(), O_CLOEXEC | O_NONBLOCK), 0);
  return {Descriptor(ends[0]), Descriptor(ends[1])};
}

TEST(OutputStreamTest, WritesToItsDescriptorAndLeavesItOpen) {
  const Pipe pipe = make_pipe();
  EXPECT_EQ(make_output_stream(pipe.writer.number())->write("text").written_bytes, 4U);

  std::array<char, 8> got{};
  EXPECT_EQ(::read(pipe.reader.number(), got.data(), got.size()), 4);
  EXPECT_EQ(std::string(got.data()), "text");
  EXPECT_GE(::fcntl(pipe.writer.number(), F_GETFD), 0);
}

TEST(OutputStreamTest, TellsABrokenPipeWithoutASignal) {
  Pipe pipe = make_pipe();
  ASSERT_FALSE(pipe.reader.close());

  // SIGPIPE has its default here: it would end the test.
  EXPECT_EQ(make_output_stream(pipe.writer.number())->write("x").error, std::errc::broken_pipe);

  sigset_t pending;
  ASSERT_EQ(::sigpending(&pending), 0);
  EXPECT_EQ(::sigismember(&pending, SIGPIPE), 0);
  sigset_t blocked;
  ASSERT_EQ(::pthread_sigmask(SIG_BLOCK, nullptr, &blocked), 0);
  EXPECT_EQ(::sigismember(&blocked, SIGPIPE), 0);
}

TEST(OutputStreamTest, WaitsUntilAFullPipeIsReadOrTheTimeIsOver) {
  const Pipe pipe = make_pipe();
  const auto stream = make_output_stream(pipe.writer.number());
  const std::string block(4096, 'x');
  WriteResult result;
  while (!result.error) result = stream->write(block);
  EXPECT_EQ(result.error, std::errc::resource_unavailable_try_again);

  EXPECT_EQ(stream->wait_writable(1ms), std::errc::timed_out);
  std::array<char, 65536> got{};
  EXPECT_GT(::read(pipe.reader.number(), got.data(), got.size()), 0);
  EXPECT_FALSE(stream->wait_writable(1s));
  EXPECT_GT(stream->write("x").written_bytes, 0U);
}

TEST(OutputStreamTest, DoesNotWaitForTheReaderOfABlockingPipe) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const auto stream = make_output_stream(ends[1]);
  const std::string text(1 << 20, 'x');  // more than a pipe holds
  std::size_t taken = 0;
  std::error_code error;
  while (!error) {  // without the poll this would never return
    const WriteResult result = stream->write(text);
    taken += result.written_bytes;
    error = result.error;
  }
  EXPECT_EQ(error, std::errc::resource_unavailable_try_again);
  EXPECT_GT(taken, 0U);
  EXPECT_EQ(::close(ends[0]), 0);
  EXPECT_EQ(::close(ends[1]), 0);
}

TEST(OutputStreamTest, APipeIsNoTerminal) {
  const Pipe pipe = make_pipe();
  EXPECT_FALSE(make_output_stream(pipe.writer.number())->is_terminal());
}

}  // namespace
}  // namespace lathe
