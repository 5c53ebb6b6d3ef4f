/// Outgoing requests for workers in C++20: one header over wws_task.hpp.
///
///     const wws::Fetch answer = wws::fetch({.url = "https://api.example.com/today"}).wait();
///     if (!answer) return response.reply(502, "text/plain", answer.error_text());
///
/// Where requests may go is in the worker's TOML file, in `[features.http_requests]`; docs/fetch.md tells the
/// rest. A request begins with the call of fetch(): several are on their way together. `wait()` waits for the
/// head of its answer, and in a task `co_await` does while other tasks go on:
///
///     wws::Fetch answer = co_await wws::fetch({.method = "PUT", .url = url, .body = text});
///
/// Bodies stream both ways. Destroying a Fetch breaks off what is under way.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "wws_task.hpp"

namespace wws {

/// What is done with an answer that leads elsewhere.
enum class Redirect : std::uint32_t {
  follow = 0,                             ///< it is followed, as far as the worker may go
  manual = WWS_V1_FETCH_REDIRECT_MANUAL,  ///< it is the answer
  fail = WWS_V1_FETCH_REDIRECT_ERROR,     ///< it is an error
};

/// How the body of a request comes.
enum class Upload : std::uint32_t {
  whole = 0,                           ///< `body` is all of it, up to 16 MiB
  stream = WWS_V1_FETCH_BODY_STREAMS,  ///< by Fetch::write and Fetch::end; `body` is empty
};

/// An outgoing request.
struct FetchRequest {
  std::string_view method = "GET";
  std::string_view url = {};  ///< with scheme and host
  Fields headers = {};
  std::string_view body = {};
  Upload upload = Upload::whole;
  Redirect redirect = Redirect::follow;
};

/// A request that was sent, and its answer. The head of the answer is there after wait() or `co_await`.
class [[nodiscard]] Fetch {
 public:
  /// From what fetch_start of wws_v1.h returned.
  explicit Fetch(std::int32_t code) noexcept : code_(code), status_(code < 0 ? code : WWS_V1_AGAIN) {}
  Fetch(Fetch&& other) noexcept
      : code_(std::exchange(other.code_, WWS_V1_INVALID)),
        status_(std::exchange(other.status_, WWS_V1_INVALID)),
        list_(std::move(other.list_)),
        headers_(std::move(other.headers_)),
        url_(std::move(other.url_)) {}
  Fetch& operator=(Fetch&& other) noexcept {
    std::swap(code_, other.code_);
    std::swap(status_, other.status_);
    list_.swap(other.list_);
    headers_.swap(other.headers_);
    url_.swap(other.url_);
    return *this;
  }
  ~Fetch() {
    if (code_ >= 0) (void)wws_v1_cancel(number());
  }

  /// Waits for the head of the answer, and everything in this worker with it: its status, or why there is
  /// none.
  Result wait() & {
    while (try_status() == Error::again) (void)detail::wait_for(number());
    return Result(status_);
  }
  Fetch wait() && {
    (void)wait();
    return std::move(*this);
  }
  /// The same without waiting. Error::again: wait for ready().
  Result try_status() {
    if (status_ == WWS_V1_AGAIN) {
      status_ = wws_v1_fetch_status(number());
      if (status_ >= 0) take_head();
    }
    return Result(status_);
  }
  /// The task that waits while others go on: for when_all, when_any and run.
  Task<Fetch> task() && { return wait_in_task(std::move(*this)); }
  auto operator co_await() && {
    struct Awaiter {
      Task<Fetch> task;
      bool await_ready() { return task.is_done(); }
      bool await_suspend(std::coroutine_handle<> awaiting) { return task.await_suspend(awaiting); }
      Fetch await_resume() { return task.await_resume(); }
    };
    return Awaiter{std::move(*this).task()};
  }

  /// Whether there is an answer. Before wait() there is none.
  [[nodiscard]] explicit operator bool() const noexcept { return status_ >= 0; }
  /// Why not, if it is false.
  [[nodiscard]] Error error() const noexcept { return static_cast<Error>(status_); }
  /// The server's words for why it failed, also in the middle of the answer's body.
  [[nodiscard]] std::string error_text() const {
    std::optional<std::string> text =
        code_ < 0 ? std::nullopt : whole([&](char* to, std::size_t size) { return wws_v1_fetch_error(number(), to, size); });
    return text ? *std::move(text) : std::string(message(error()));
  }

  [[nodiscard]] int status() const noexcept { return status_; }
  /// In the order received, names in lower case, repeated ones kept.
  [[nodiscard]] Fields headers() const noexcept { return headers_; }
  /// The first header of this name, in lower case.
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const noexcept {
    return find(headers_, name);
  }
  /// The URL that answered: after redirects another one.
  [[nodiscard]] std::string_view url() const noexcept { return url_; }

  /// The next bytes of the answer's body, as soon as there are some: how many; 0 at the end. Encodings such as
  /// gzip are not undone.
  Result read(std::span<char> buffer) noexcept {
    for (;;) {
      const Result count = try_read(buffer);
      if (count != Error::again) return count;
      (void)detail::wait_for(number());
    }
  }
  /// The same without waiting. Error::again: wait for ready().
  Result try_read(std::span<char> buffer) noexcept {
    return code_ < 0 ? Result(code_) : Result(wws_v1_fetch_body_read(number(), buffer.data(), buffer.size()));
  }
  /// What is left of the answer's body. Nothing: it broke off, see error_text().
  std::optional<std::string> text() {
    std::string text;
    for (;;) {
      const Result count = read(room_in(text));
      if (!take_piece(text, count)) return count ? std::optional(std::move(text)) : std::nullopt;
    }
  }

  /// Writes all the bytes to a body that streams, waiting for room. Error::state: it does not stream.
  Result write(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
      const Result count = try_write(bytes);
      if (count == Error::again) {
        const Room room(*this);
        if (!room.result()) return room.result();
        (void)detail::wait_for(room.number());
      } else if (!count) {
        return count;
      } else {
        bytes.remove_prefix(*count);
      }
    }
    return Result(0);
  }
  /// The same without waiting: how many bytes were taken, or Error::again.
  Result try_write(std::string_view bytes) noexcept {
    return code_ < 0 ? Result(code_) : Result(wws_v1_fetch_body_write(number(), bytes.data(), bytes.size()));
  }
  /// The body that streams is complete.
  Result end() noexcept { return code_ < 0 ? Result(code_) : Result(wws_v1_fetch_body_end(number())); }

  /// For wait_any: something new came, or it failed. Of a request that was begun.
  [[nodiscard]] Operation ready() const noexcept { return Operation(number()); }

 private:
  friend Task<Result> read(Fetch& fetch, std::span<char> buffer);
  friend Task<Result> write(Fetch& fetch, std::string_view bytes);
  friend Task<std::optional<std::string>> text(Fetch& fetch);

  /// The operation for room, while it is waited for.
  class Room {
   public:
    explicit Room(const Fetch& fetch) noexcept : code_(wws_v1_fetch_room(fetch.number())) {}
    Room(const Room&) = delete;
    Room& operator=(const Room&) = delete;
    ~Room() {
      if (code_ >= 0) (void)wws_v1_cancel(number());
    }
    [[nodiscard]] Result result() const noexcept { return Result(code_); }
    [[nodiscard]] std::uint32_t number() const noexcept { return static_cast<std::uint32_t>(code_); }

   private:
    std::int32_t code_;
  };

  static Task<Fetch> wait_in_task(Fetch fetch) {
    while (fetch.try_status() == Error::again) co_await detail::Waiter(fetch.number());
    co_return std::move(fetch);
  }

  [[nodiscard]] std::uint32_t number() const noexcept { return static_cast<std::uint32_t>(code_); }

  /// All of what a function of the ABI fills.
  template <class Call>
  static std::optional<std::string> whole(Call call) {
    std::string bytes(256, '\0');
    for (;;) {
      const std::int32_t length = call(bytes.data(), bytes.size());
      if (length < 0) return std::nullopt;
      const bool is_whole = static_cast<std::size_t>(length) <= bytes.size();
      bytes.resize(static_cast<std::size_t>(length));
      if (is_whole) return bytes;
    }
  }

  void take_head() {
    url_ = whole([&](char* to, std::size_t size) { return wws_v1_fetch_url(number(), to, size); }).value_or("");
    const auto list = whole([&](char* to, std::size_t size) { return wws_v1_fetch_headers(number(), to, size); });
    if (!list) return;
    list_.assign(list->begin(), list->end());
    for (const char* at = list_.data(); at != list_.data() + list_.size();) {
      std::array<std::uint32_t, 2> lengths;
      std::memcpy(lengths.data(), at, sizeof lengths);
      const char* const name = at + sizeof lengths;
      const char* const value = name + lengths[0];
      headers_.push_back({{name, lengths[0]}, {value, lengths[1]}});
      at = value + lengths[1];
    }
  }

  // Of a text that grows: room for the next piece, and the piece that came. False: it was the last.
  static constexpr std::size_t kPiece = 16 * 1024;
  static std::span<char> room_in(std::string& text) {
    const std::size_t size = text.size();
    text.resize(size + kPiece);
    return {text.data() + size, kPiece};
  }
  static bool take_piece(std::string& text, Result count) {
    text.resize(text.size() - kPiece + (count ? *count : 0));
    return count && *count > 0;
  }

  std::int32_t code_;    // the operation, or why there is none
  std::int32_t status_;  // or why there is none
  std::vector<char> list_;
  std::vector<Field> headers_;  // views of list_
  std::string url_;
};

/// Begins a request. Error::not_allowed: the worker may send none. Error::too_many, Error::invalid.
inline Fetch fetch(const FetchRequest& request) {
  std::string head;
  const auto append_lengths = [&](std::string_view first, std::string_view second) {
    for (const std::string_view text : {first, second}) {
      const auto length = static_cast<std::uint32_t>(text.size());
      head.append(reinterpret_cast<const char*>(&length), sizeof length);
    }
    head += first;
    head += second;
  };
  append_lengths(request.method, request.url);
  for (const Field& field : request.headers) append_lengths(field.name, field.value);
  const auto flags = static_cast<std::uint32_t>(request.upload) | static_cast<std::uint32_t>(request.redirect);
  const std::int32_t code =
      wws_v1_fetch_start(head.data(), head.size(), request.body.data(), request.body.size(), flags);
  if (code == WWS_V1_ABSENT) return Fetch(WWS_V1_NOT_ALLOWED);
  return Fetch(code == WWS_V1_LIMIT ? WWS_V1_TOO_MANY : code);
}

/// As Fetch::read, while other tasks go on.
inline Task<Result> read(Fetch& fetch, std::span<char> buffer) {
  for (;;) {
    const Result count = fetch.try_read(buffer);
    if (count != Error::again) co_return count;
    co_await detail::Waiter(fetch.number());
  }
}

/// As Fetch::text, while other tasks go on.
inline Task<std::optional<std::string>> text(Fetch& fetch) {
  std::string text;
  for (;;) {
    const Result count = co_await read(fetch, Fetch::room_in(text));
    if (!Fetch::take_piece(text, count)) co_return count ? std::optional(std::move(text)) : std::nullopt;
  }
}

/// As Fetch::write, while other tasks go on. The bytes have to stay until it is done.
inline Task<Result> write(Fetch& fetch, std::string_view bytes) {
  while (!bytes.empty()) {
    const Result count = fetch.try_write(bytes);
    if (count == Error::again) {
      const Fetch::Room room(fetch);
      if (!room.result()) co_return room.result();
      co_await detail::Waiter(room.number());
    } else if (!count) {
      co_return count;
    } else {
      bytes.remove_prefix(*count);
    }
  }
  co_return Result(0);
}

}  // namespace wws
