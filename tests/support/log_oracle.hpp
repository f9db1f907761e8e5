// SPDX-License-Identifier: MIT
//
// What a log holds, record by record, and whether that is what it should.
//
// A record says of itself who logged it, its number, its length and its checksum, so that nothing
// but the record itself looks like it: no half of one, no two in one line.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/backup_name.hpp"
#include "support/fake_file_system.hpp"

namespace lathe {

// Lines are made with this; logger "lathe" is lathe itself. Headers and footers begin with "#".
inline constexpr const char* kOraclePattern = "{logger}|{message}";

struct RecordId {
  unsigned producer = 0;
  std::uint64_t number = 0;

  friend bool operator==(const RecordId&, const RecordId&) = default;
  friend auto operator<=>(const RecordId&, const RecordId&) = default;
};

// Of `bytes` in all; at least 32, or it takes what it needs.
[[nodiscard]] std::string make_oracle_record(RecordId id, std::size_t bytes);

// Nothing for whatever is no such record, whole.
[[nodiscard]] std::optional<RecordId> parse_oracle_record(std::string_view message);

// What the files of a log say.
struct FoundRecords {
  std::vector<RecordId> records;        // in the order of the files and lines, without the next two
  std::vector<RecordId> repeated;       // announced as written again, and there before
  std::vector<RecordId> only_repeated;  // announced as written again, and not there before
  std::vector<std::string> problems;    // not what a log may hold; see below
  std::vector<std::string> torn;        // lines that are no records, nor of lathe
};

// Reads `texts`, the files of a log from the oldest on. Problems are a record that is there twice
// without an announcement, and records that are not in order (producers one after the other, each
// from its lowest number up).
[[nodiscard]] FoundRecords find_records(const std::vector<std::string>& texts);

// The files of a log, oldest first, the active one last; packed ones are unpacked. Where a plain
// one is there, too, that is taken.
[[nodiscard]] std::vector<std::string> read_log(const FakeFileSystem& files,
                                                const BackupNames& names,
                                                const std::string& directory,
                                                const std::string& active);

// Whatever `name` (a backup's) holds; packed or not. Nothing if it cannot be unpacked.
[[nodiscard]] std::optional<std::string> unpack(const BackupFile& file, const std::string& content);

}  // namespace lathe
