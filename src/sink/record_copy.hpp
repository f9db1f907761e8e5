// SPDX-License-Identifier: MIT
//
// One finished record into a RecordBuffer.

#pragma once

#include <cstring>
#include <string_view>

#include "sink/record_buffer.hpp"

namespace lathe {

// With that mark, or without one: see RecordBuffer::commit. Throws std::bad_alloc, and has changed
// nothing then.
template <class... Mark>
void append_record(RecordBuffer& buffer, std::string_view record, Mark... mark) {
  char* out = buffer.room(record.size());
  if (out == nullptr) out = buffer.grow(record.size());
  std::memcpy(out, record.data(), record.size());
  buffer.commit(out + record.size(), mark...);
}

}  // namespace lathe
