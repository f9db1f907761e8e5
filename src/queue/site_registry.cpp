// SPDX-License-Identifier: MIT

#include "queue/site_registry.hpp"

#include <exception>
#include <iterator>
#include <memory>
#include <utility>

#include "os/lasting.hpp"

namespace lathe {

namespace {

std::string_view base_name(std::string_view path) noexcept {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

}  // namespace

void append_exception_note(fmt::appender out, std::string_view format) {
  constexpr std::string_view kNote = "[lathe: formatting \"{}\" threw {}]";
  try {
    throw;
  } catch (const std::exception& error) {
    fmt::format_to(out, kNote, format, error.what());
  } catch (...) {
    fmt::format_to(out, kNote, format, "something that is no std::exception");
  }
}

FormatCopy::FormatCopy(std::string_view text)
    : text_(std::make_unique<char[]>(text.size() + FormatPieces::kBlockBytes)) {
  text.copy(text_.get(), text.size());
  pieces_ = split_format(text_.get(), text.size());
}

void format_packed(DecodeFunction decode, const FormatPieces& format,
                   std::span<const std::byte> payload, fmt::memory_buffer& text) {
  const std::size_t start = text.size();
  try {
    decode(payload.data(), payload.data() + payload.size(), format, text);
  } catch (...) {
    text.resize(start);
    append_exception_note(fmt::appender(text), {format.text, format.text_bytes});
  }
}

SiteRegistry& SiteRegistry::instance() noexcept {
  // Never destroyed: records are logged, and drained, until the very end of the process.
  static Lasting<SiteRegistry> registry;
  return registry.get();
}

SiteRegistry::SiteRegistry() {
  const std::lock_guard lock(mutex_);
  add_locked("?", 0, nullptr, {});
  add_locked("lathe", 0, nullptr, {});
}

std::uint32_t SiteRegistry::add(std::string_view path, unsigned line, DecodeFunction decode,
                                std::string_view format) noexcept {
  try {
    const std::lock_guard lock(mutex_);
    return add_locked(path, line, decode, format);
  } catch (...) {  // no memory: the record goes out with an unknown place
    return 0;
  }
}

std::uint32_t SiteRegistry::add_locked(std::string_view path, unsigned line, DecodeFunction decode,
                                       std::string_view format) {
  Key key{std::string(path), line, decode, std::string(format)};
  if (const auto found = numbers_.find(key); found != numbers_.end()) {
    return found->second;
  }
  const std::uint32_t number = next_;
  const std::size_t chunk_index = number / kChunkEntries;
  if (chunk_index >= kChunks) {
    return kUnknownSite;
  }
  auto entry = std::make_unique<SiteEntry>();
  entry->path = path;
  entry->format = FormatCopy(format);
  entry->decode = decode;
  entry->site.path = entry->path.c_str();
  entry->site.line = line;
  entry->site.id.store(number, std::memory_order_relaxed);  // R:I comes below
  entry->site.format = entry->format.pieces();
  entry->source = {
      .serial = number, .path = entry->path, .file = base_name(entry->path), .line = line};
  Chunk* chunk = chunks_[chunk_index].load(std::memory_order_relaxed);  // we hold the mutex
  if (chunk == nullptr) {
    chunk = new Chunk;
    chunks_[chunk_index].store(chunk, std::memory_order_release);  // R:I
  }
  numbers_.emplace(std::move(key), number);
  for (SiteObserver* observer : observers_) observer->site_added(number, *entry);
  chunk->entries[number % kChunkEntries].store(entry.release(), std::memory_order_release);  // R:I
  ++next_;
  return number;
}

void SiteRegistry::observe(SiteObserver& observer) {
  const std::lock_guard lock(mutex_);
  observers_.push_back(&observer);
  for (std::uint32_t number = kUnknownSite; number < next_; ++number) {
    observer.site_added(number, entry(number));
  }
}

void SiteRegistry::forget(SiteObserver& observer) noexcept {
  const std::lock_guard lock(mutex_);
  std::erase(observers_, &observer);
}

}  // namespace lathe
