// SPDX-License-Identifier: MIT
//
// Lasting: a static object that is never destroyed.

#pragma once

#include <cstddef>
#include <new>
#include <utility>

namespace lathe {

// For what may be used by static destructors and by threads that outlive main. In static storage,
// so that making it needs no memory: `static Lasting<Thing> thing{arguments}; return thing.get();`
template <class T>
class Lasting {
 public:
  template <class... Args>
  explicit Lasting(Args&&... args) : object_(::new (storage_) T(std::forward<Args>(args)...)) {}
  Lasting(const Lasting&) = delete;
  Lasting& operator=(const Lasting&) = delete;

  [[nodiscard]] T& get() noexcept { return *object_; }

 private:
  alignas(T) std::byte storage_[sizeof(T)];
  T* object_;
};

}  // namespace lathe
