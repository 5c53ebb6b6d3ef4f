// For tests: a real redis-server on a free port of the loopback, in a folder that goes with it.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <csignal>
#include <cstdint>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "base/file.h"
#include "kv/redis_options.h"
#include "kv/test_driver.h"

namespace wws::kv {

/// Asks until it is so; false: not within the time.
inline bool wait_until(const std::function<bool()>& is_so,
                       std::chrono::milliseconds longest = std::chrono::seconds(20)) {
  const auto end = std::chrono::steady_clock::now() + longest;
  while (!is_so()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

inline sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(port);
  return address;
}

inline std::uint16_t free_port() {
  const base::File socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in address = loopback(0);
  socklen_t size = sizeof address;
  ::bind(socket.fd(), reinterpret_cast<sockaddr*>(&address), size);
  ::getsockname(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

/// Runs a program until it ends. Its exit status.
inline int run_program(std::vector<std::string> words) {
  std::vector<char*> arguments;
  for (std::string& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::execvp(arguments[0], arguments.data());
    ::_exit(127);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

class TestRedis {
 public:
  /// `options`: more of redis-server's, such as {"--requirepass", "secret"}.
  explicit TestRedis(std::vector<std::string> options = {})
      : program_({"redis-server", "--dir", folder(), "--save", "", "--appendonly", "yes", "--appendfsync",
                  "always"}),
        port_(free_port()) {
    program_.insert(program_.end(), options.begin(), options.end());
    start();
  }
  /// Another program that takes these options, such as a sentinel.
  struct Program {
    std::vector<std::string> words;
  };
  explicit TestRedis(Program program) : program_(std::move(program.words)), port_(free_port()) { start(); }
  ~TestRedis() { stop(); }
  TestRedis(const TestRedis&) = delete;
  TestRedis& operator=(const TestRedis&) = delete;

  void start() {
    std::vector<std::string> words = program_;
    for (const std::string& word : {std::string("--port"), std::to_string(port_), std::string("--bind"),
                                    std::string("127.0.0.1"), std::string("--logfile"), folder() + "/log"})
      words.push_back(word);
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    child_ = ::fork();
    if (child_ == 0) {
      ::execvp(arguments[0], arguments.data());
      ::_exit(127);
    }
    const bool is_there = wait_until([&] { return !command({"PING"}).empty(); });
    if (!is_there) throw std::runtime_error("redis-server does not start (scripts/setup tests installs it)");
  }

  void signal(int number) const { ::kill(child_, number); }
  /// As by a crash.
  void stop() {
    if (child_ <= 0) return;
    signal(SIGKILL);
    ::waitpid(std::exchange(child_, -1), nullptr, 0);
  }

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::string folder() const { return folder_.path().string(); }

  [[nodiscard]] RedisOptions options() const {
    RedisOptions options;
    options.hosts = {{"127.0.0.1", port_}};
    return options;
  }

  /// What it answers, as it comes; empty: nobody does.
  std::string command(const std::vector<std::string>& words) const {
    std::string bytes = "*" + std::to_string(words.size()) + "\r\n";
    for (const std::string& word : words) bytes += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
    const base::File socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
    const sockaddr_in address = loopback(port_);
    if (::connect(socket.fd(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
    if (::send(socket.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0) return {};
    char answer[4096];
    const ssize_t count = ::recv(socket.fd(), answer, sizeof answer, 0);
    return count <= 0 ? std::string() : std::string(answer, static_cast<std::size_t>(count));
  }

 private:
  TestFolder folder_;
  std::vector<std::string> program_;
  std::uint16_t port_;
  pid_t child_ = -1;
};

}  // namespace wws::kv
