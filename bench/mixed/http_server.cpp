// SPDX-License-Identifier: MIT

#include "http_server.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <iterator>
#include <optional>
#include <system_error>

namespace lathe::bench {
namespace {

constexpr std::size_t kHeadBytesMax = 16 * 1024;
constexpr std::string_view kHeadEnd = "\r\n\r\n";
constexpr int kBacklog = 128;

int checked(int result, const char* call) {
  if (result < 0) {
    throw std::system_error(errno, std::generic_category(), call);
  }
  return result;
}

void refuse(std::string& output, std::string_view status) {
  fmt::format_to(std::back_inserter(output),
                 "HTTP/1.1 {}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", status);
}

bool would_block() { return errno == EAGAIN || errno == EWOULDBLOCK; }

}  // namespace

HttpServer::HttpServer(std::uint16_t port, int stop, const Handler& handler, RequestLog& log)
    : handler_(handler),
      log_(log),
      stop_(stop),
      listener_(
          checked(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), "socket")),
      epoll_(checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1")) {
  const int on = 1;
  checked(::setsockopt(listener_.number(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)),
          "setsockopt SO_REUSEADDR");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  const std::string place = fmt::format("127.0.0.1:{}", port);
  checked(::bind(listener_.number(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)),
          place.c_str());
  checked(::listen(listener_.number(), kBacklog), place.c_str());
  watch(listener_.number(), EPOLL_CTL_ADD, EPOLLIN);
  watch(stop_, EPOLL_CTL_ADD, EPOLLIN);
}

std::uint16_t HttpServer::port() const {
  sockaddr_in address{};
  socklen_t bytes = sizeof(address);
  checked(::getsockname(listener_.number(), reinterpret_cast<sockaddr*>(&address), &bytes),
          "getsockname");
  return ntohs(address.sin_port);
}

void HttpServer::watch(int descriptor, int operation, std::uint32_t events) {
  epoll_event event{};
  event.events = events;
  event.data.fd = descriptor;
  checked(::epoll_ctl(epoll_.number(), operation, descriptor, &event), "epoll_ctl");
}

std::uint64_t HttpServer::run() {
  std::array<epoll_event, 64> events{};
  for (;;) {
    const int count =
        ::epoll_wait(epoll_.number(), events.data(), static_cast<int>(events.size()), -1);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    checked(count, "epoll_wait");
    for (int i = 0; i < count; ++i) {
      const int ready = events[static_cast<std::size_t>(i)].data.fd;
      if (ready == stop_) {
        return answered_;
      }
      if (ready == listener_.number()) {
        accept_all();
      } else if (!serve(*connections_.at(ready))) {
        connections_.erase(ready);  // closing takes it out of the epoll set
      }
    }
  }
}

void HttpServer::accept_all() {
  for (;;) {
    const int socket =
        ::accept4(listener_.number(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (socket < 0 && would_block()) {
      return;
    }
    if (socket < 0 && (errno == ECONNABORTED || errno == EINTR)) {
      continue;
    }
    auto connection = std::make_unique<Connection>(checked(socket, "accept4"));
    const int on = 1;
    checked(::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)),
            "setsockopt TCP_NODELAY");
    watch(socket, EPOLL_CTL_ADD, EPOLLIN);
    connections_.insert_or_assign(socket, std::move(connection));
  }
}

bool HttpServer::serve(Connection& connection) {
  // Nothing more is read from a client that does not take its answers.
  if (!connection.waits_to_send) {
    if (!receive(connection)) {
      return false;
    }
    answer_all(connection);
  }
  return send(connection);
}

// Takes what has come. Returns false when the client has gone.
bool HttpServer::receive(Connection& connection) {
  std::array<char, 16 * 1024> buffer{};
  for (;;) {
    const ssize_t count = ::recv(connection.socket.number(), buffer.data(), buffer.size(), 0);
    if (count > 0) {
      connection.input.append(buffer.data(), static_cast<std::size_t>(count));
      // The rest comes with the next event: a client that never stops must not keep us here.
      return true;
    }
    if (count == 0 || (!would_block() && errno != EINTR)) {
      return false;
    }
    if (errno != EINTR) {
      return true;
    }
  }
}

void HttpServer::answer_all(Connection& connection) {
  std::size_t taken = 0;
  while (!connection.is_last) {
    const std::size_t end = connection.input.find(kHeadEnd, taken);
    if (end == std::string::npos) {
      if (connection.input.size() - taken > kHeadBytesMax) {
        refuse(connection.output, "431 Request Header Fields Too Large");
        connection.is_last = true;
      }
      break;
    }
    const std::size_t bytes = end + kHeadEnd.size() - taken;
    answer(connection, std::string_view(connection.input).substr(taken, bytes));
    taken += bytes;
  }
  connection.input.erase(0, taken);
}

void HttpServer::answer(Connection& connection, std::string_view text) {
  const std::optional<RequestHead> head = parse_head(text);
  if (!head || head->method != "GET") {
    refuse(connection.output, head ? "405 Method Not Allowed" : "400 Bad Request");
    connection.is_last = true;
    return;
  }
  const std::uint64_t number = answered_++;
  log_.received(number, head->path, head->user);
  log_.found(number, head->user, handler_.order_of(head->user));
  const std::uint64_t hash = handler_.hash(number, *head);
  log_.answered(number, hash);
  const std::string body = fmt::format("{{\"request\": {}, \"hash\": {}}}\n", number, hash);
  fmt::format_to(std::back_inserter(connection.output),
                 "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n"
                 "{}\r\n{}",
                 body.size(), head->keeps_alive ? "" : "Connection: close\r\n", body);
  connection.is_last = !head->keeps_alive;
}

// Sends what there is. Returns whether the connection goes on.
bool HttpServer::send(Connection& connection) {
  std::string& output = connection.output;
  while (!output.empty()) {
    const ssize_t count =
        ::send(connection.socket.number(), output.data(), output.size(), MSG_NOSIGNAL);
    if (count < 0 && would_block()) {
      break;
    }
    if (count < 0 && errno != EINTR) {
      return false;
    }
    output.erase(0, count < 0 ? 0 : static_cast<std::size_t>(count));
  }
  if (connection.waits_to_send == output.empty()) {
    connection.waits_to_send = !output.empty();
    watch(connection.socket.number(), EPOLL_CTL_MOD, connection.waits_to_send ? EPOLLOUT : EPOLLIN);
  }
  return !output.empty() || !connection.is_last;
}

}  // namespace lathe::bench
