// SPDX-License-Identifier: MIT
//
// A destination of your own: three functions, all called on the backend thread.

#include <lathe/lathe.hpp>

#include <cstdio>
#include <memory>
#include <string>

// Keeps the worst record and tells it at the end.
class WorstSink final : public lathe::Sink {
 public:
  ~WorstSink() override { std::printf("worst: %s\n", worst_.c_str()); }

  std::error_code write(std::span<const lathe::Record> batch) override {
    for (const lathe::Record& record : batch) {
      if (record.level > level_) {
        level_ = record.level;
        worst_ = record.message;  // a record is a view: copy what you keep
      }
    }
    return {};
  }
  std::error_code flush() override { return {}; }
  std::error_code sync() override { return {}; }

 private:
  lathe::Level level_ = lathe::Level::trace;
  std::string worst_ = "nothing";
};

int main() {
  lathe::Backend backend{lathe::BackendOptions{}, lathe::sinks(std::make_unique<WorstSink>())};
  const lathe::Logger log = backend.logger("app");
  log.info("all is well");
  log.error("disk {} is {} % full", "sda", 99);
  log.warn("that was close");
}
