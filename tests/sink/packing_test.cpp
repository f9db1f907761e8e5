// SPDX-License-Identifier: MIT

#include <algorithm>

#include "upkeep_fixture.hpp"

namespace lathe {
namespace {

class PackingTest : public UpkeepFixture {
 protected:
  void SetUp() override {
    if (compressions().empty()) GTEST_SKIP() << "built without zlib and without libzstd";
    compression = compressions().front();
  }

  [[nodiscard]] PackRequest request() const {
    return {.plain = file(0), .packed = compression, .permissions = 0640};
  }

  PackOutcome pack() { return pack_backup(*open_directory(), *names, request(), {}); }
  PackOutcome finish() { return finish_packing(*open_directory(), *names, request(), {}); }

  PackOutcome pack_while(HookedDirectory::Hook before, const std::stop_token& stop = {}) {
    HookedDirectory directory(open_directory(), std::move(before));
    return pack_backup(directory, *names, request(), stop);
  }

  [[nodiscard]] std::string plain_name() const { return names->make(file(0)); }
  [[nodiscard]] std::string packed_name() const { return names->make(file(0, compression)); }
  [[nodiscard]] std::string temporary_name() const {
    return names->make_temporary(file(0, compression));
  }

  // Where in the trace that call is; it must be there once.
  [[nodiscard]] std::ptrdiff_t step(const std::string& call) const {
    EXPECT_EQ(std::count(fs.trace().begin(), fs.trace().end(), call), 1) << call;
    return std::find(fs.trace().begin(), fs.trace().end(), call) - fs.trace().begin();
  }

  Compression compression = Compression::none;
};

TEST_F(PackingTest, LeavesOneFileThatUnpacksToWhatThePlainOneHeld) {
  for (const Compression each : compressions()) {
    for (const std::size_t bytes :
         {std::size_t{0}, std::size_t{1}, kPackChunkBytes - 1, kPackChunkBytes, kPackChunkBytes + 1,
          3 * kPackChunkBytes + 7}) {
      SCOPED_TRACE(bytes);
      compression = each;
      const std::string text = text_of(bytes);
      put(file(0), text);

      EXPECT_EQ(pack().end, PackEnd::packed);

      EXPECT_EQ(fs.names("logs"), std::vector{packed_name()});
      EXPECT_EQ(unpacked(fs.read(path(packed_name())), each), text);
      EXPECT_EQ(fs.open_files(), 0);
      fs.erase(path(packed_name()));
    }
  }
}

TEST_F(PackingTest, KeepsModeOwnerAndTime) {
  put(file(0), "text");
  FakeNode& plain = fs.node(path(plain_name()));
  plain.permissions = 0604;
  plain.user = 7;
  plain.group = 8;
  plain.modified_ns = 123'456;

  EXPECT_EQ(pack().end, PackEnd::packed);

  const FakeNode& made = fs.node(path(packed_name()));
  EXPECT_EQ(made.permissions, 0604U);
  EXPECT_EQ(made.user, 7U);
  EXPECT_EQ(made.group, 8U);
  EXPECT_EQ(made.modified_ns, 123'456);
}

TEST_F(PackingTest, LetsNobodyReadTheHalfFileWhoMayNotReadTheWhole) {
  put(file(0), "text");
  fs.node(path(plain_name())).permissions = 0600;
  fs.fail(Call::write, 1, std::errc::no_space_on_device);
  fs.fail(Call::remove, 1, std::errc::io_error);

  EXPECT_EQ(pack().end, PackEnd::failed);

  EXPECT_EQ(fs.node(path(temporary_name())).permissions, 0600U);
}

TEST_F(PackingTest, RemovesThePlainFileOnlyWhenThePackedOneIsDurable) {
  const std::string text = text_of(1000);
  put(file(0), text);

  EXPECT_EQ(pack().end, PackEnd::packed);

  EXPECT_LT(step("adopt-attributes " + temporary_name()), step("sync " + temporary_name()));
  EXPECT_LT(step("sync " + temporary_name()),
            step("rename " + temporary_name() + " " + packed_name()));
  EXPECT_LT(step("rename " + temporary_name() + " " + packed_name()), step("sync-directory"));
  EXPECT_LT(step("sync-directory"), step("remove " + plain_name()));
  EXPECT_EQ(unpacked(fs.read_durable(path(packed_name())), compression), text);
}

TEST_F(PackingTest, GoesOnAfterShortReadsAndWrites) {
  const std::string text = text_of(2 * kPackChunkBytes);
  put(file(0), text);
  fs.shorten_read(1, 1);
  fs.shorten_read(3, 1000);
  fs.shorten_write(1, 3);
  fs.shorten_write(2, 1);

  EXPECT_EQ(pack().end, PackEnd::packed);

  EXPECT_EQ(unpacked(fs.read(path(packed_name())), compression), text);
}

TEST_F(PackingTest, StopsBetweenChunksAndLeavesThePlainFileAlone) {
  const std::string text = text_of(4 * kPackChunkBytes);
  put(file(0), text);
  std::stop_source stop;
  int reads = 0;

  const PackOutcome outcome = pack_while(
      [&](const std::string& call) {
        if (call.starts_with("read ") && ++reads == 2) stop.request_stop();
      },
      stop.get_token());

  EXPECT_EQ(outcome.end, PackEnd::stopped);
  EXPECT_FALSE(outcome.failure);
  EXPECT_EQ(reads, 2);
  EXPECT_EQ(fs.names("logs"), std::vector{plain_name()});
  EXPECT_EQ(fs.read(path(plain_name())), text);
}

TEST_F(PackingTest, KeepsAPlainFileThatSomebodyChangesMeanwhile) {
  const struct {
    const char* name;
    std::function<void(FakeFileSystem&, const std::string&)> change;
    std::string want;
  } cases[] = {
      {"added to", [](auto& disk, auto& at) { disk.node(at).content += " and more"; },
       "text and more"},
      {"cut", [](auto& disk, auto& at) { disk.truncate(at); }, ""},
      {"replaced by one as long", [](auto& disk, auto& at) { disk.put(at, "TEXT"); }, "TEXT"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    put(file(0), "text");

    const PackOutcome outcome = pack_while([&](const std::string& call) {
      if (call == "sync-directory") c.change(fs, path(plain_name()));
    });

    EXPECT_EQ(outcome.end, PackEnd::failed);
    EXPECT_NE(outcome.failure.text().find("changed meanwhile"), std::string::npos);
    EXPECT_EQ(fs.names("logs"), std::vector{plain_name()});
    EXPECT_EQ(fs.read(path(plain_name())), c.want);
  }
}

TEST_F(PackingTest, KeepsThePackedFileOfAPlainOneThatSomebodyDeletes) {
  put(file(0), "text");

  const PackOutcome outcome = pack_while([&](const std::string& call) {
    if (call == "sync-directory") fs.erase(path(plain_name()));
  });

  EXPECT_EQ(outcome.end, PackEnd::packed);
  EXPECT_EQ(contents(), std::vector<std::string>{"text"});
}

TEST_F(PackingTest, NeverReplacesAFileThatHasThePackedName) {
  put(file(0), "text");
  fs.put(path(packed_name()), "of somebody else");

  EXPECT_EQ(pack().failure.error, std::errc::file_exists);

  EXPECT_EQ(fs.read(path(plain_name())), "text");
  EXPECT_EQ(fs.read(path(packed_name())), "of somebody else");
  EXPECT_EQ(count_temporaries(), 0U);
}

TEST_F(PackingTest, FinishesWhatACrashLeftInTwoForms) {
  for (const Compression each : compressions()) {
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{1000}, 2 * kPackChunkBytes}) {
      compression = each;
      const std::string text = text_of(bytes);
      put(file(0), text);
      put(file(0, each), packed(text, each));
      fs.clear_trace();

      EXPECT_EQ(finish().end, PackEnd::packed);

      EXPECT_EQ(fs.names("logs"), std::vector{packed_name()});
      EXPECT_LT(step("sync-directory"), step("remove " + plain_name()));
      fs.erase(path(packed_name()));
    }
  }
}

TEST_F(PackingTest, KeepsBothFormsWhereTheyDiffer) {
  const std::string text = text_of(5000);
  const std::string whole = packed(text, compression);
  std::string damaged = whole;
  damaged[whole.size() / 2] = static_cast<char>(~damaged[whole.size() / 2]);
  std::string other = text;
  other[4000] = '#';
  const struct {
    const char* name;
    std::string plain;
    std::string packed;
  } cases[] = {
      {"a plain file that goes on", text + "x", whole},
      {"a plain file that ends early", text.substr(0, 4999), whole},
      {"an empty plain file", "", whole},
      {"another byte", other, whole},
      {"a damaged packed file", text, damaged},
      {"a packed file without its end", text, whole.substr(0, whole.size() - 1)},
      {"an empty packed file", text, ""},
      {"two empty files", "", ""},
      {"a file of another kind", text, "lorem ipsum dolor sit amet"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    fs.put(path(plain_name()), c.plain);
    fs.put(path(packed_name()), c.packed);

    const PackOutcome outcome = finish();

    EXPECT_EQ(outcome.end, PackEnd::given_up);
    EXPECT_TRUE(outcome.failure);
    EXPECT_EQ(fs.read(path(plain_name())), c.plain);
    EXPECT_EQ(fs.read(path(packed_name())), c.packed);
  }
}

TEST_F(PackingTest, ComparesInSmallPieces) {
  const std::string text(16 * kPackChunkBytes, 'a');  // packs to next to nothing
  put(file(0), text);
  put(file(0, compression), packed(text, compression));
  fs.clear_trace();

  EXPECT_EQ(finish().end, PackEnd::packed);

  EXPECT_GE(fs.count_in_trace("read " + plain_name()), 16U);  // no read beyond the buffer
}

TEST_F(PackingTest, NamesTheCompressionsThatHaveACodec) {
  EXPECT_EQ(codec_of(Compression::none), std::nullopt);
  EXPECT_EQ(codec_of(Compression::gzip), Codec::gzip);
  EXPECT_EQ(codec_of(Compression::zstd), Codec::zstd);
}

}  // namespace
}  // namespace lathe
