// SPDX-License-Identifier: MIT
//
// Reads back what a run logged: numbers of a run whose output is wrong mean nothing.

#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "request.hpp"

namespace lathe::bench {

// The log must hold the three records of each request, in order, each to the letter and at its
// level, and nothing else. Requests are numbered from 0; `hashes` holds each one's answer.
//
// Errors: std::runtime_error with the line and what is wrong with it
void check_log(const std::string& path, const Handler& handler,
               std::span<const std::uint64_t> hashes);

}  // namespace lathe::bench
