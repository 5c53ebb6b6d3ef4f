// For tests: drives a store until it has answered.
#pragma once

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "kv/store.h"

namespace wws::kv {

/// The two answers of one operation, as far as they are there.
struct Answers {
  std::optional<Outcome> ordered;
  std::optional<Outcome> durable;
};

/// Plays the event loop.
class TestDriver {
 public:
  explicit TestDriver(Store& store) : store_(store) {}

  std::shared_ptr<Answers> submit(NamespaceId space, Request request) {
    auto answers = std::make_shared<Answers>();
    store_.submit(space, std::move(request),
                  {[answers](const Outcome& outcome) { answers->ordered = outcome; },
                   [answers](const Outcome& outcome) { answers->durable = outcome; }});
    return answers;
  }

  /// One turn of the loop, which sleeps until the store wants to be polled; 100 ms at most.
  void turn() {
    store_.poll();
    if (store_.idle()) return;
    constexpr base::Duration kLongest = std::chrono::milliseconds(100);
    const base::Duration wait = std::min(store_.next_poll().value_or(kLongest), kLongest);
    const timespec time{0, static_cast<long>(wait.count())};
    pollfd wake{store_.wake_fd(), POLLIN, 0};
    // Where a test allows no descriptors, this refuses its own.
    if (::ppoll(&wake, 1, &time, nullptr) < 0) ::usleep(100);
  }
  void run_until_idle() {
    for (int turns = 0; !store_.idle() && turns < 100'000; ++turns) turn();
  }

  /// The last word on one operation.
  Outcome ask(NamespaceId space, Request request) {
    const auto answers = submit(space, std::move(request));
    for (int turns = 0; !answers->durable && turns < 100'000; ++turns) turn();
    return answers->durable.value_or(std::unexpected(Failure::kUnknown));
  }

 private:
  Store& store_;
};

/// The body of a reply; throws what a test does not expect.
template <class Body>
const Body& body(const Outcome& outcome) {
  return std::get<Body>(outcome.value().body);
}

/// A folder that goes with the test.
class TestFolder {
 public:
  TestFolder() {
    std::string name = (std::filesystem::temp_directory_path() / "wws_kv_test.XXXXXX").string();
    path_ = ::mkdtemp(name.data());
  }
  ~TestFolder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace wws::kv
