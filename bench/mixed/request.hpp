// SPDX-License-Identifier: MIT
//
// What a request is, and the work that it takes: reading its text, and a hash over a buffer that
// fills a part of the caches, as the data of a real handler does. Knows nothing of logging.

#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace lathe::bench {

// The head of an HTTP/1.1 request; views into its text.
struct RequestHead {
  std::string_view method;
  std::string_view path;
  std::uint64_t user = 0;  // "user=" of the query; 0 without one
  std::string_view host;
  bool keeps_alive = true;
};

// `text` ends with the empty line. Returns nothing for what is no head of HTTP/1.1.
[[nodiscard]] std::optional<RequestHead> parse_head(std::string_view text);

// A head such as clients send, another one for each number.
[[nodiscard]] std::string head_text(std::uint64_t number);

class Handler {
 public:
  // `passes` over the buffer for each request: how much work it is.
  explicit Handler(unsigned passes);

  // FNV-1a, by words, of the buffer, as often as it was asked for, begun with the request.
  [[nodiscard]] std::uint64_t hash(std::uint64_t number, const RequestHead& head) const;

  // What is found for a user: 90 bytes of text.
  [[nodiscard]] std::string_view order_of(std::uint64_t user) const;

 private:
  std::vector<std::uint64_t> buffer_;
  unsigned passes_;
  std::string orders_;
};

}  // namespace lathe::bench
