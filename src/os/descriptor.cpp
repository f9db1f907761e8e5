// SPDX-License-Identifier: MIT

#include "os/descriptor.hpp"

#include <unistd.h>

#include <cerrno>
#include <utility>

namespace lathe {

std::error_code last_error() noexcept { return {errno, std::system_category()}; }

Descriptor::~Descriptor() {
  if (is_open()) (void)close();  // nobody to tell; see the class comment
}

Descriptor::Descriptor(Descriptor&& other) noexcept : number_(other.release()) {}

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (is_open()) (void)close();  // nobody to tell; see the class comment
    number_ = other.release();
  }
  return *this;
}

int Descriptor::release() noexcept { return std::exchange(number_, -1); }

std::error_code Descriptor::close() noexcept {
  if (!is_open()) return std::make_error_code(std::errc::bad_file_descriptor);
  // Linux has released the number before anything that could be interrupted: EINTR is no failure.
  if (::close(release()) != 0 && errno != EINTR) return last_error();
  return {};
}

}  // namespace lathe
