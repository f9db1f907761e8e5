// SPDX-License-Identifier: MIT
//
// Children that end without a word, and what the next backend makes of what they left.

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include <lathe/deferred.hpp>
#include <lathe/lathe.hpp>

#include "engine/spool_reader.hpp"
#include "engine/spool_records.hpp"
#include "os/build_id.hpp"
#include "queue/spool.hpp"
#include "support/temp_dir.hpp"

namespace lathe {
namespace {

class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() {
    std::filesystem::create_directory(dir / "spool");
    std::filesystem::create_directory(dir / "logs");
  }

  BackendOptions backend_options() const {
    BackendOptions options;
    options.thread = BackendThread::manual;
    options.spool_directory = dir / "spool";
    options.level = Level::trace;
    return options;
  }
  std::unique_ptr<Sink> file(const std::string& name = "app.log") const {
    return rotating_file_sink({.path = dir / ("logs/" + name), .pattern = "{logger}|{message}"});
  }

  // Runs `job` with a backend in another process, which then ends as if it were killed.
  void die_after(const std::function<void(Backend&)>& job) const {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      Backend backend(backend_options(), sinks(file(), file("other.log")));
      job(backend);
      ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    ASSERT_EQ(status, 0);
  }

  // A backend that opens the file and ends; returns what it says of recovered records.
  std::uint64_t restart() const {
    const Backend backend(backend_options(), sinks(file(), file("other.log")));
    return backend.stats().records_recovered;
  }

  // Without what lathe says itself.
  std::string log(const std::string& name = "app.log") const {
    std::ifstream in(dir / ("logs/" + name));
    std::string text;
    for (std::string line; std::getline(in, line);) {
      if (!line.starts_with("lathe|")) text += line + "\n";
    }
    return text;
  }

  std::vector<std::string> spools() const {
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(dir / "spool")) {
      paths.push_back(entry.path());
    }
    return paths;
  }
  std::string spool_bytes() const {
    std::ifstream in(spools().at(0), std::ios::binary);
    return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  }
  void write_spool(const std::string& bytes) const {
    std::ofstream(spools().at(0), std::ios::binary) << bytes;
  }

  void patch_spool(std::size_t at, char byte) const {
    std::fstream out(spools().at(0), std::ios::binary | std::ios::in | std::ios::out);
    out.seekp(static_cast<std::streamoff>(at)).put(byte);
  }

  // As if another program had made the places that log.
  static std::string with_other_build_ids(std::string bytes) {
    const CodePlace here = find_code(reinterpret_cast<const void*>(&decode<std::int64_t>));
    const std::string id(reinterpret_cast<const char*>(here.build_id.data()), here.build_id.size());
    for (std::size_t at = 0; (at = bytes.find(id, at)) != std::string::npos; ++at) {
      bytes[at] = static_cast<char>(bytes[at] ^ 1);
      char* const note = bytes.data() + at - offsetof(SiteNote, build_id) - sizeof(NoteHeader);
      NoteHeader header;
      std::memcpy(&header, note, sizeof(header));
      header.checksum = note_checksum(
          std::as_bytes(std::span(note + sizeof(header), header.bytes - sizeof(header))));
      std::memcpy(note, &header, sizeof(header));
    }
    return bytes;
  }

  TempDir dir;
};

TEST_F(RecoveryTest, WritesWhatWasQueued) {
  die_after([](Backend& backend) {
    const Logger log = backend.logger("app");
    log.info("one {}", 1);
    LATHE_WARN(log, "two {}", 2);
  });
  EXPECT_EQ(log(), "");
  EXPECT_EQ(restart(), 4u);  // two files
  EXPECT_EQ(log(), "app|one 1\napp|two 2\n");
  EXPECT_EQ(log("other.log"), log());
  EXPECT_TRUE(spools().empty());
  EXPECT_EQ(restart(), 0u);
}

TEST_F(RecoveryTest, WritesNothingTwice) {
  die_after([](Backend& backend) {
    const Logger log = backend.logger("app");
    for (int i = 0; i < 5; ++i) log.info("{}", i);
    while (backend.step()) {
    }
    for (int i = 5; i < 8; ++i) log.info("{}", i);
  });
  EXPECT_EQ(log(), "app|0\napp|1\napp|2\napp|3\napp|4\n");
  EXPECT_EQ(restart(), 6u);
  EXPECT_EQ(log(), "app|0\napp|1\napp|2\napp|3\napp|4\napp|5\napp|6\napp|7\n");
}

TEST_F(RecoveryTest, MergesThreadsByTheirStamps) {
  die_after([](Backend& backend) {
    const Logger log = backend.logger("app");
    for (int i = 0; i < 6; ++i) {
      std::thread([&] { log.info("{}", i); }).join();
    }
  });
  (void)restart();
  EXPECT_EQ(log(), "app|0\napp|1\napp|2\napp|3\napp|4\napp|5\n");
}

TEST_F(RecoveryTest, FormatsDeferredRecordsOfTheSameProgram) {
  die_after([](Backend& backend) {
    const Logger log = backend.logger("app");
    LATHE_INFO(log.deferred(), "{} {}", 7, std::string("text"));
    log.deferred().info("{:.2f}", 2.5);
  });
  (void)restart();
  EXPECT_EQ(log(), "app|7 text\napp|2.50\n");
}

TEST_F(RecoveryTest, KeepsLargeMessages) {
  const std::string large(300 * 1024, 'x');
  die_after([&](Backend& backend) { backend.logger("app").info("{}", large); });
  (void)restart();
  EXPECT_EQ(log(), "app|" + large + "\n");
}

TEST_F(RecoveryTest, WritesTheSpoolsOfSeveralProcessesInTheirOrder) {
  // Each process is killed when it has opened the file, before it has recovered anything: so it is
  // as if the next one had found several spools. They are set aside meanwhile.
  std::filesystem::create_directory(dir / "aside");
  for (int i = 0; i < 3; ++i) {
    die_after([&](Backend& backend) { backend.logger("app").info("{}", i); });
    for (const std::string& path : spools()) {
      std::filesystem::rename(path, dir.path() / "aside" / std::filesystem::path(path).filename());
    }
  }
  std::filesystem::remove(dir / "spool");
  std::filesystem::rename(dir / "aside", dir / "spool");
  EXPECT_EQ(restart(), 6u);
  EXPECT_EQ(log(), "app|0\napp|1\napp|2\n");
  EXPECT_TRUE(spools().empty());
}

TEST_F(RecoveryTest, FindsTheFileThroughALinkAndNotInAnotherDirectory) {
  die_after([](Backend& backend) { backend.logger("app").info("left"); });
  // Numbers of inodes are given again; names tell whose it is.
  std::filesystem::rename(dir / "logs", dir / "moved");
  {
    const Backend backend(backend_options(), rotating_file_sink({.path = dir / "moved/app.log"}));
    EXPECT_EQ(backend.stats().records_recovered, 0u);
  }
  std::filesystem::rename(dir / "moved", dir / "logs");
  std::filesystem::create_directory_symlink(dir / "logs", dir / "link");
  const Backend backend(backend_options(), rotating_file_sink({.path = dir / "link/app.log"}));
  EXPECT_EQ(backend.stats().records_recovered, 1u);
}

TEST_F(RecoveryTest, WaitsForSomebodyWhoIsJustRecoveringTheSameFile) {
  die_after([](Backend& backend) { backend.logger("app").info("left"); });
  const std::string name = std::filesystem::path(spools().at(0)).filename();
  SpoolFile::Opened held = SpoolFile::open_dead(dir / "spool", name);
  ASSERT_FALSE(held.error);
  std::thread other([&] {
    ::usleep(20'000);
    held.file.clear();
  });
  EXPECT_EQ(restart(), 2u);
  other.join();
  EXPECT_EQ(log(), "app|left\n");
}

TEST_F(RecoveryTest, DoesNotTouchTheSpoolsOfOtherFiles) {
  die_after([](Backend& backend) { backend.logger("app").info("left"); });
  const std::string name = std::filesystem::path(spools().at(0)).filename();
  const SpoolFile::Opened held = SpoolFile::open_dead(dir / "spool", name);
  ASSERT_FALSE(held.error);
  const Backend backend(backend_options(), file("third.log"));  // at once, and without a word
  EXPECT_EQ(backend.stats().records_recovered, 0u);
  EXPECT_EQ(log("third.log"), "");
}

TEST_F(RecoveryTest, RemovesASpoolThatWasKilledBeforeItHadNamedItsFiles) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const std::shared_ptr<Spool> spool = Spool::create(dir / "spool", 0);
    ::_exit(0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_EQ(spools().size(), 1u);
  EXPECT_EQ(restart(), 0u);
  EXPECT_TRUE(spools().empty());
}

TEST_F(RecoveryTest, RecoversFilesByHand) {
  die_after([](Backend& backend) { backend.logger("app").info("left"); });
  const RecoverReport report = recover_spools(dir / "spool");
  EXPECT_EQ(report.records_written, 2u);
  EXPECT_EQ(report.files_written, 2u);
  EXPECT_EQ(report.spools_kept, 0u);
  EXPECT_TRUE(report.errors.empty());
  EXPECT_EQ(log(), "app|left\n");
  EXPECT_TRUE(spools().empty());
}

TEST_F(RecoveryTest, LeavesTheSpoolOfALivingProcessAlone) {
  Backend backend(backend_options(), file());
  backend.logger("app").info("mine");
  const RecoverReport report = recover_spools(dir / "spool");
  EXPECT_EQ(report.records_written, 0u);
  EXPECT_EQ(spools().size(), 1u);
  EXPECT_EQ(log(), "");
}

TEST_F(RecoveryTest, LeavesNoSpoolAfterAnOrderlyEnd) {
  {
    Backend backend(backend_options(), file());
    backend.logger("app").info("x");
    EXPECT_TRUE(backend.stats().crash_safe);
    EXPECT_EQ(spools().size(), 1u);
  }
  EXPECT_TRUE(spools().empty());
  EXPECT_EQ(log(), "app|x\n");
}

TEST_F(RecoveryTest, DoesWithoutASpoolWhereItCannotBeMade) {
  BackendOptions options = backend_options();
  options.spool_directory = dir / "missing";
  {
    Backend backend(options, file());
    EXPECT_FALSE(backend.stats().crash_safe);
    backend.logger("app").info("x");
  }
  EXPECT_EQ(log(), "app|x\n");
}

TEST_F(RecoveryTest, KeepsDeferredRecordsOfAnotherBuildAndSaysHowMany) {
  die_after([](Backend& backend) {
    LATHE_INFO(backend.logger("app").deferred(), "{}", 1);
    backend.logger("app").info("text");
  });
  write_spool(with_other_build_ids(spool_bytes()));
  const RecoverReport report = recover_spools(dir / "spool");
  EXPECT_EQ(report.spools_kept, 1u);
  ASSERT_EQ(report.errors.size(), 2u);  // one for each file
  EXPECT_NE(report.errors[0].find("1 deferred records need the program that made them"),
            std::string::npos);
  EXPECT_EQ(spools().size(), 1u);
  EXPECT_EQ(log(), "");
}

// Whatever is in the file: it is read to the end, or refused with its path and a reason.
TEST_F(RecoveryTest, SurvivesAnyDamageToASpool) {
  die_after([](Backend& backend) {
    const Logger log = backend.logger("app");
    log.info("{}", 1);
    while (backend.step()) {
    }
    LATHE_INFO(log.deferred(), "{} {} {}", true, 7, std::string("text"));
    log.info("{}", std::string(200'000, 'x'));
  });
  const std::string whole = spool_bytes();
  const std::string path = spools().at(0);
  const std::string name = std::filesystem::path(path).filename();
  std::vector<std::size_t> places;
  for (std::size_t at = 0; at < whole.size(); ++at) {
    const bool is_used = whole[at] != 0 || at % 4099 == 0;
    // All of the beginning, and of the rest what a few seconds allow.
    if (is_used && whole[at] != 'x' && (at < 4096 || at % 5 == 0)) places.push_back(at);
  }
  ASSERT_GT(places.size(), 300u);
  std::size_t refused = 0;
  for (const std::size_t at : places) {
    patch_spool(at, static_cast<char>(whole[at] ^ 0xff));
    SpoolFile::Opened opened = SpoolFile::open_dead(dir / "spool", name);
    ASSERT_FALSE(opened.error);
    try {
      SpoolReader reader(std::move(opened.file.front()));
      SpoolRecords records(reader);
      for (std::size_t first = 0; first < records.size();) {
        if (records.count_unreadable(first) != 0) break;
        first += records.batch(first).size();
      }
    } catch (const SpoolError& error) {
      ++refused;
      EXPECT_TRUE(std::string(error.what()).starts_with(path)) << error.what();
    }
    patch_spool(at, whole[at]);
  }
  EXPECT_GT(refused, 30u);
}

TEST_F(RecoveryTest, KeepsASpoolThatIsCutShort) {
  die_after([](Backend& backend) { backend.logger("app").info("x"); });
  const std::string whole = spool_bytes();
  for (const std::size_t size :
       {std::size_t{0}, std::size_t{100}, whole.size() / 2, whole.size() - 4096}) {
    write_spool(whole.substr(0, size));
    const RecoverReport report = recover_spools(dir / "spool");
    EXPECT_EQ(report.spools_kept, 1u) << size;
    EXPECT_EQ(report.errors.size(), 1u) << size;
    EXPECT_EQ(report.records_written, 0u) << size;
  }
  write_spool(whole);
  (void)restart();
  EXPECT_EQ(log(), "app|x\n");
}

TEST_F(RecoveryTest, RefusesASpoolOfAnotherVersion) {
  die_after([](Backend& backend) { backend.logger("app").info("x"); });
  std::string bytes = spool_bytes();
  bytes[16] = 99;
  write_spool(bytes);
  const RecoverReport report = recover_spools(dir / "spool");
  ASSERT_EQ(report.errors.size(), 1u);
  EXPECT_NE(report.errors[0].find("is of version 99"), std::string::npos);
  EXPECT_EQ(spools().size(), 1u);
}

}  // namespace
}  // namespace lathe
