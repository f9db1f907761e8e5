// SPDX-License-Identifier: MIT
//
// An allocator with one lock for all threads, which a crash can leave locked.

#include "crash_malloc.hpp"

#include <pthread.h>

#include <cstddef>
#include <cstdlib>

#if !defined(__has_feature)
#define __has_feature(feature) 0  // NOLINT: clang's name, which it has itself
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__) || \
    __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)

// Faults reach the handlers of the process as they do without a sanitizer.
extern "C" const char* __asan_default_options() {  // NOLINT: the sanitizer's name
  return "handle_segv=0:handle_sigbus=0:handle_sigfpe=0:handle_sigill=0:handle_abort=0:"
         "use_sigaltstack=0";
}

namespace lathe {
bool lock_malloc() { return false; }
}  // namespace lathe

#else

// What glibc's own functions are called, too.
extern "C" {
void* __libc_malloc(std::size_t bytes);                           // NOLINT: glibc's name
void __libc_free(void* memory);                                   // NOLINT: glibc's name
void* __libc_realloc(void* memory, std::size_t bytes);            // NOLINT: glibc's name
void* __libc_calloc(std::size_t count, std::size_t bytes);        // NOLINT: glibc's name
void* __libc_memalign(std::size_t alignment, std::size_t bytes);  // NOLINT: glibc's name
}

namespace {

pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;

void lock() { (void)::pthread_mutex_lock(&mutex); }
void unlock() { (void)::pthread_mutex_unlock(&mutex); }

// No other thread of a parent has it when a child begins.
[[maybe_unused]] const bool kForkSafe = ::pthread_atfork(lock, unlock, unlock) == 0;

class Lock {
 public:
  Lock() { lock(); }
  ~Lock() { unlock(); }
  Lock(const Lock&) = delete;
  Lock& operator=(const Lock&) = delete;
};

}  // namespace

extern "C" {
void* malloc(std::size_t bytes) {
  const Lock scope;
  return __libc_malloc(bytes);
}
void free(void* memory) {
  const Lock scope;
  __libc_free(memory);
}
void* realloc(void* memory, std::size_t bytes) {
  const Lock scope;
  return __libc_realloc(memory, bytes);
}
void* calloc(std::size_t count, std::size_t bytes) {
  const Lock scope;
  return __libc_calloc(count, bytes);
}
void* aligned_alloc(std::size_t alignment, std::size_t bytes) {
  const Lock scope;
  return __libc_memalign(alignment, bytes);
}
}

namespace lathe {

bool lock_malloc() { return ::pthread_mutex_lock(&mutex) == 0; }

}  // namespace lathe

#endif
