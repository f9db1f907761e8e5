// SPDX-License-Identifier: MIT

#include "sink/packing.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace lathe {
namespace {

// What is unpacked at once. Small: one kilobyte of a packed file may stand for 32 MiB (zstd writes
// 128 KiB of one byte repeated as four bytes), and all that is in memory at once.
constexpr std::size_t kUnpackChunkBytes = 1024;

std::error_code to_error(std::errc error) { return std::make_error_code(error); }

// A file that is being made; gone at the end, unless it got another name by then.
class Temporary {
 public:
  Temporary(Directory& directory, std::string name, unsigned permissions)
      : directory_(directory), name_(std::move(name)) {
    OpenResult opened = directory_.open(name_, OpenMode::create_new, permissions);
    file_ = std::move(opened.file);
    error_ = opened.error;
  }
  ~Temporary() {
    if (error_) return;
    file_.reset();
    (void)directory_.remove(name_);  // the next upkeep removes it otherwise
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;

  [[nodiscard]] std::error_code open_error() const { return error_; }

  [[nodiscard]] std::error_code write(std::string_view bytes) {
    while (!bytes.empty()) {
      const WriteResult result = file_->write(bytes);
      if (result.error) return result.error;
      if (result.written_bytes == 0) return to_error(std::errc::io_error);
      bytes.remove_prefix(result.written_bytes);
    }
    return {};
  }

  // Makes it last, under its final name.
  [[nodiscard]] std::error_code finish(const FileStatus& attributes,
                                       const std::string& final_name) {
    std::error_code error = file_->adopt_attributes(attributes);
    if (!error) error = file_->sync_data();
    if (!error) error = file_->close();
    if (!error) error = directory_.rename_exclusive(name_, final_name);
    if (!error) error_ = to_error(std::errc::no_such_file_or_directory);  // not ours to remove
    return error;
  }

 private:
  Directory& directory_;
  std::string name_;
  std::unique_ptr<File> file_;
  std::error_code error_;  // set: there is no such file
};

// The two forms of one backup.
class Packing {
 public:
  Packing(Directory& directory, const BackupNames& names, const PackRequest& request,
          const std::stop_token& stop)
      : directory_(directory),
        request_(request),
        stop_(stop),
        plain_name_(names.make(request.plain)) {
    BackupFile packed = request.plain;
    packed.packed = request.packed;
    packed_name_ = names.make(packed);
    temporary_name_ = names.make_temporary(packed);
    buffer_.resize(kPackChunkBytes);
  }

  PackOutcome pack() {
    if (!open_plain()) return outcome();
    if (!make_packed()) return outcome();
    if (const std::error_code error = directory_.sync()) return fail(error, "sync the directory");
    return remove_plain();
  }

  PackOutcome finish() {
    if (!open_plain()) return outcome();
    if (!compare()) return outcome();
    // That the packed name is there says nothing on its being durable.
    if (const std::error_code error = directory_.sync()) return fail(error, "sync the directory");
    return remove_plain();
  }

 private:
  // These return false with end_ and failure_ set.
  bool open_plain() {
    SourceResult opened = directory_.open_source(plain_name_);
    if (opened.error) return end_with(opened.error, "open " + plain_name_);
    plain_ = std::move(opened.file);
    const StatusResult found = plain_->status();
    if (found.error) return end_with(found.error, "look at " + plain_name_);
    plain_status_ = found.status;
    return true;
  }

  bool make_packed() {
    const auto compressor = make_compressor(codec_of(request_.packed).value_or(Codec::gzip));
    if (compressor == nullptr) {
      return end_with(to_error(std::errc::not_supported), "pack " + plain_name_);
    }
    // Not even half a file may be readable by more users than the whole.
    Temporary temporary(directory_, temporary_name_,
                        request_.permissions & plain_status_.permissions);
    if (temporary.open_error()) {
      return end_with(temporary.open_error(), "make " + temporary_name_);
    }
    std::string packed;
    for (bool is_at_end = false; !is_at_end;) {
      if (stop_.stop_requested()) return end_stopped();
      const ReadResult read = read_plain(buffer_.size());
      if (read.error) return end_with(read.error, "read " + plain_name_);
      is_at_end = read.read_bytes == 0;
      const std::error_code pack_error =
          is_at_end ? compressor->finish(packed)
                    : compressor->add({buffer_.data(), read.read_bytes}, packed);
      if (pack_error) return end_with(pack_error, "pack " + plain_name_);
      if (const std::error_code error = temporary.write(packed)) {
        return end_with(error, "write " + temporary_name_);
      }
      packed.clear();
    }
    if (const std::error_code error = temporary.finish(plain_status_, packed_name_)) {
      return end_with(error, "put " + packed_name_ + " in its place");
    }
    is_packed_ours_ = true;
    return true;
  }

  bool compare() {
    const auto codec = codec_of(request_.packed);
    const auto decompressor = make_decompressor(codec.value_or(Codec::gzip));
    if (decompressor == nullptr) {
      return give_up(to_error(std::errc::not_supported), "unpack " + packed_name_);
    }
    SourceResult opened = directory_.open_source(packed_name_);
    if (opened.error) return end_with(opened.error, "open " + packed_name_);
    std::string packed(kUnpackChunkBytes, '\0');
    std::string unpacked;
    for (;;) {
      if (stop_.stop_requested()) return end_stopped();
      const ReadResult read = opened.file->read(packed);
      if (read.error) return end_with(read.error, "read " + packed_name_);
      if (read.read_bytes == 0) break;
      unpacked.clear();
      if (const std::error_code error =
              decompressor->add({packed.data(), read.read_bytes}, unpacked)) {
        return give_up(error, "unpack " + packed_name_);
      }
      if (!is_next_in_plain(unpacked)) return false;
    }
    const ReadResult rest = read_plain(1);
    if (rest.error) return end_with(rest.error, "read " + plain_name_);
    return (decompressor->is_complete() && rest.read_bytes == 0) || end_different();
  }

  bool is_next_in_plain(std::string_view want) {
    while (!want.empty()) {
      const ReadResult read = read_plain(std::min(want.size(), buffer_.size()));
      if (read.error) return end_with(read.error, "read " + plain_name_);
      const std::string_view got(buffer_.data(), read.read_bytes);
      if (got.empty() || !want.starts_with(got)) return end_different();
      want.remove_prefix(got.size());
    }
    return true;
  }

  // The last step. Somebody who had the plain file open may have added to it meanwhile.
  PackOutcome remove_plain() {
    plain_.reset();  // or we would be the one who has it open
    const bool is_in_use = directory_.is_open_somewhere(plain_name_);
    const StatusResult found = directory_.status(plain_name_);
    const bool is_gone = found.error == std::errc::no_such_file_or_directory;
    if (found.error && !is_gone) return fail(found.error, "look at " + plain_name_);
    if (!is_gone && (is_in_use || !found.status.is_same_file(plain_status_) ||
                     found.status.size_bytes != plain_bytes_)) {
      // Our own packed form tells less than the plain one. One that was there before us stays.
      if (is_packed_ours_) (void)directory_.remove(packed_name_);
      return fail(to_error(std::errc::resource_unavailable_try_again),
                  "pack " + plain_name_ + ", which is in use or has changed meanwhile");
    }
    const std::error_code error = is_gone ? std::error_code{} : directory_.remove(plain_name_);
    if (error && error != std::errc::no_such_file_or_directory) {
      return fail(error, "remove " + plain_name_);
    }
    return {.end = PackEnd::packed};
  }

  ReadResult read_plain(std::size_t bytes_max) {
    const ReadResult read = plain_->read({buffer_.data(), bytes_max});
    plain_bytes_ += read.read_bytes;
    return read;
  }

  bool end_with(std::error_code error, std::string step) {
    failure_ = {error, std::move(step)};
    return false;
  }
  bool give_up(std::error_code error, std::string step) {
    end_ = PackEnd::given_up;
    return end_with(error, std::move(step));
  }
  bool end_different() {
    return give_up(to_error(std::errc::illegal_byte_sequence),
                   "remove " + plain_name_ + ", which is not what " + packed_name_ + " unpacks to");
  }
  bool end_stopped() {
    end_ = PackEnd::stopped;
    return false;
  }
  PackOutcome fail(std::error_code error, std::string step) {
    (void)end_with(error, std::move(step));
    return outcome();
  }
  PackOutcome outcome() { return {.end = end_, .failure = std::move(failure_)}; }

  // Constant after construction.
  Directory& directory_;
  const PackRequest& request_;
  const std::stop_token& stop_;
  std::string plain_name_;
  std::string packed_name_;
  std::string temporary_name_;

  std::unique_ptr<SourceFile> plain_;
  FileStatus plain_status_;
  std::uint64_t plain_bytes_ = 0;  // read
  bool is_packed_ours_ = false;
  std::string buffer_;
  PackEnd end_ = PackEnd::failed;
  Failure failure_;
};

}  // namespace

std::optional<Codec> codec_of(Compression compression) noexcept {
  switch (compression) {
    case Compression::gzip:
      return Codec::gzip;
    case Compression::zstd:
      return Codec::zstd;
    case Compression::none:
      break;
  }
  return std::nullopt;
}

PackOutcome pack_backup(Directory& directory, const BackupNames& names, const PackRequest& request,
                        const std::stop_token& stop) {
  return Packing(directory, names, request, stop).pack();
}

PackOutcome finish_packing(Directory& directory, const BackupNames& names,
                           const PackRequest& request, const std::stop_token& stop) {
  return Packing(directory, names, request, stop).finish();
}

}  // namespace lathe
