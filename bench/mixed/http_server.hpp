// SPDX-License-Identifier: MIT
//
// A small HTTP/1.1 server on loopback: one thread, epoll, connections that stay open. It answers
// every GET with a hash, and logs three records for it.

#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "request.hpp"
#include "request_log.hpp"
#include "tools/supervisor.hpp"

namespace lathe::bench {

// Threads: made and run on one thread
// Errors:  std::system_error; what goes wrong with one connection ends that connection
class HttpServer {
 public:
  // Listens on 127.0.0.1; port 0: one that is free. `stop` is a descriptor that can be read once
  // the server is to end.
  HttpServer(std::uint16_t port, int stop, const Handler& handler, RequestLog& log);
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() = default;

  [[nodiscard]] std::uint16_t port() const;

  // Serves until it is to end. Returns how many requests were answered.
  std::uint64_t run();

 private:
  struct Connection {
    explicit Connection(int number) : socket(number) {}
    tools::Descriptor socket;
    std::string input;     // not yet taken
    std::string output;    // not yet sent
    bool is_last = false;  // ends when the output is sent
    bool waits_to_send = false;
  };

  void watch(int descriptor, int operation, std::uint32_t events);
  void accept_all();
  // Returns whether the connection goes on.
  bool serve(Connection& connection);
  bool receive(Connection& connection);
  void answer_all(Connection& connection);
  void answer(Connection& connection, std::string_view text);
  bool send(Connection& connection);

  const Handler& handler_;
  RequestLog& log_;
  int stop_;
  tools::Descriptor listener_;
  tools::Descriptor epoll_;
  std::unordered_map<int, std::unique_ptr<Connection>> connections_;
  std::uint64_t answered_ = 0;
};

}  // namespace lathe::bench
