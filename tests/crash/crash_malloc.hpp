// SPDX-License-Identifier: MIT

#pragma once

namespace lathe {

// From now on, no thread of this process gets or frees memory: it waits for ever. False if the
// test's own allocator is not in use.
[[nodiscard]] bool lock_malloc();

}  // namespace lathe
