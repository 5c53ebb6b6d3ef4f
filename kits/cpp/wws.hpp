/// Workers in C++20: one header over wws_v1.h.
///
///     #include "wws.hpp"
///
///     WWS_HANDLER(request, response) {
///       response.header("content-type", "text/plain");
///       response.print("Hello, ", request.param("name").value_or("you"), "!\n");
///     }
///
/// An instance serves one request and is thrown away. Text and lists that a Request gives are views of memory
/// that stays until the handler returns; asking twice for the same gives the same again, without more memory.
///
/// Works with and without exceptions, and throws none: what can fail returns a Result. When there is no
/// memory left the worker is ended with a line in the log. Coroutines that wait side by side are in
/// wws_task.hpp.
#pragma once

#include <algorithm>
#include <charconv>
#include <chrono>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <new>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "wws_v1.h"

/// Handles one request: `WWS_HANDLER(request, response) { ... }`, once in a worker. They are a
/// `const wws::Request&` and a `wws::Response&`. The return ends the answer.
#define WWS_HANDLER(request, response)                                            \
  static void wws_handler_(const wws::Request& request, wws::Response& response); \
  extern "C" WWS_V1_EXPORT(wws_handle) void wws_handle() {                        \
    const wws::Request wws_request_;                                              \
    wws::Response wws_response_;                                                  \
    wws_handler_(wws_request_, wws_response_);                                    \
  }                                                                               \
  static void wws_handler_([[maybe_unused]] const wws::Request& request,          \
                           [[maybe_unused]] wws::Response& response)

/// Prepares what does not depend on the request: `WWS_INIT { ... }`, at most once in a worker.
///
/// The server may run it once, with the constructors of global objects, keep the memory as it is then, and
/// begin every request with a copy of it. Of the functions here those for log, time and random bytes may be
/// called in it, and what time and random bytes it sees is then the same in all instances. Others end the
/// worker.
#define WWS_INIT extern "C" WWS_V1_EXPORT(wws_init) void wws_init()

/// Makes anew what each instance needs for itself, such as random seeds: `WWS_RESUME { ... }`, at most once.
/// Runs in each instance, after WWS_INIT and before the request. The same functions may be called; time and
/// random bytes are the instance's own, and std::getenv sees the present environment even if it was called
/// before.
#define WWS_RESUME                                         \
  static void wws_resumed_();                              \
  extern "C" WWS_V1_EXPORT(wws_resume) void wws_resume() { \
    wws::detail::renew_environment();                      \
    wws_resumed_();                                        \
  }                                                        \
  static void wws_resumed_()

extern "C" {
void wws_handle();
void wws_init();
void wws_resume();
}

namespace wws {

// --- Errors ---

/// Why something was not done.
enum class Error : std::int32_t {
  again = WWS_V1_AGAIN,      ///< nothing now: only from functions that do not wait
  closed = WWS_V1_CLOSED,    ///< the client left; nothing more comes or goes
  invalid = WWS_V1_INVALID,  ///< an argument that is none of those allowed
  state = WWS_V1_STATE,      ///< too late: the head was sent, or the answer is finished
  limit = WWS_V1_LIMIT,      ///< more than the server keeps
  // Of the key-value store: wws_kv.hpp.
  absent = WWS_V1_ABSENT,              ///< the worker has no namespace: `[data.kv]` in its TOML file
  conflict = WWS_V1_CONFLICT,          ///< a condition or a version is not as demanded; nothing was done
  quota = WWS_V1_QUOTA,                ///< the namespace has no room; nothing was done
  unavailable = WWS_V1_UNAVAILABLE,    ///< the server cannot do it now; nothing was done
  unknown = WWS_V1_UNKNOWN,            ///< the store failed: it may have been done or not
  not_a_number = WWS_V1_NOT_A_NUMBER,  ///< the value is no decimal 64-bit number
  key_size = WWS_V1_KEY_SIZE,          ///< a key that is empty or over 512 bytes
  value_size = WWS_V1_VALUE_SIZE,      ///< a value over 1 MiB
  too_much = WWS_V1_TOO_MUCH,          ///< too many keys, or too many bytes, for one operation
  full = WWS_V1_FULL,                  ///< the store has no room; nothing was done
  overflow = WWS_V1_OVERFLOW,          ///< the number would not fit into 64 bits
  io = WWS_V1_IO,                      ///< the disk is full or failed; nothing was done
  // Of outgoing requests: wws_fetch.hpp. `unavailable`, `invalid` and `closed` are too.
  not_allowed = WWS_V1_NOT_ALLOWED,  ///< the worker may not send it there, or so; or it may send none
  unreachable = WWS_V1_UNREACHABLE,  ///< no such name, or nobody answers there
  tls = WWS_V1_TLS,                  ///< there is no secure connection to who it should be
  timeout = WWS_V1_TIMEOUT,          ///< a time limit
  redirect = WWS_V1_REDIRECT,        ///< too many redirects, or one that cannot be followed
  loop = WWS_V1_LOOP,                ///< requests go round through this server
  too_large = WWS_V1_TOO_LARGE,      ///< a body or head above its limit
  broken = WWS_V1_BROKEN,            ///< the other side broke off, or does not speak HTTP
  too_many = WWS_V1_TOO_MANY,        ///< more requests than the worker may send
};

/// A few words for logs.
[[nodiscard]] constexpr std::string_view message(Error error) noexcept {
  switch (error) {
    case Error::again:
      return "nothing now";
    case Error::closed:
      return "the client left";
    case Error::invalid:
      return "not allowed";
    case Error::state:
      return "too late for that";
    case Error::limit:
      return "over the limit";
    case Error::absent:
      return "no namespace";
    case Error::conflict:
      return "not as demanded";
    case Error::quota:
      return "the namespace is full";
    case Error::unavailable:
      return "not available now";
    case Error::unknown:
      return "done or not, the store failed";
    case Error::not_a_number:
      return "not a number";
    case Error::key_size:
      return "the key is empty or too long";
    case Error::value_size:
      return "the value is too large";
    case Error::too_much:
      return "too much for one operation";
    case Error::full:
      return "the store is full";
    case Error::overflow:
      return "the number is too large";
    case Error::io:
      return "the disk failed";
    case Error::not_allowed:
      return "may not be sent";
    case Error::unreachable:
      return "nobody answers there";
    case Error::tls:
      return "no secure connection";
    case Error::timeout:
      return "it took too long";
    case Error::redirect:
      return "a redirect that is not followed";
    case Error::loop:
      return "requests go round";
    case Error::too_large:
      return "a body or head that is too large";
    case Error::broken:
      return "the other side broke off";
    case Error::too_many:
      return "too many requests";
  }
  return "unknown error";
}

/// What came of it: a count or a place, or why not. True when it was done.
class Result {
 public:
  /// From what a function of wws_v1.h returned.
  constexpr explicit Result(std::int32_t code) noexcept : code_(code) {}
  constexpr Result(Error error) noexcept : code_(static_cast<std::int32_t>(error)) {}

  [[nodiscard]] constexpr explicit operator bool() const noexcept { return code_ >= 0; }
  /// The count or the place, if it is true; 0 where there is none.
  [[nodiscard]] constexpr std::size_t operator*() const noexcept { return static_cast<std::size_t>(code_); }
  /// Why not, if it is false.
  [[nodiscard]] constexpr Error error() const noexcept { return static_cast<Error>(code_); }
  [[nodiscard]] constexpr bool operator==(Error error) const noexcept {
    return code_ == static_cast<std::int32_t>(error);
  }

 private:
  std::int32_t code_;
};

// --- Text of several parts ---

namespace detail {

/// One part of a text: a text, a character, a truth value or a whole number.
class Part {
 public:
  template <class T>
  explicit Part(const T& value) noexcept {
    if constexpr (std::convertible_to<const T&, std::string_view>) {
      text_ = value;
    } else if constexpr (std::same_as<T, bool>) {
      text_ = value ? "true" : "false";
    } else if constexpr (std::same_as<T, char>) {
      digits_[0] = value;
      text_ = {digits_, 1};
    } else {
      static_assert(std::integral<T>,
                    "text and whole numbers; format others first (std::to_chars, std::format)");
      text_ = {digits_, static_cast<std::size_t>(std::to_chars(digits_, digits_ + sizeof digits_, value).ptr -
                                                 digits_)};
    }
  }
  Part(const Part&) = delete;
  Part& operator=(const Part&) = delete;
  [[nodiscard]] std::string_view text() const noexcept { return text_; }

 private:
  std::string_view text_;
  char digits_[20];  // of the longest number
};

using Parts = std::initializer_list<Part>;

inline std::size_t length(const Parts& parts) noexcept {
  std::size_t length = 0;
  for (const Part& part : parts) length += part.text().size();
  return length;
}

/// Writes the parts one behind the other.
inline void join(const Parts& parts, char* out) noexcept {
  for (const Part& part : parts) {
    if (part.text().empty()) continue;
    std::memcpy(out, part.text().data(), part.text().size());
    out += part.text().size();
  }
}

inline constexpr std::size_t kSmallText = 512;

}  // namespace detail

// --- Log ---

enum class Level : std::int32_t {
  error = WWS_V1_ERROR,
  warning = WWS_V1_WARNING,
  info = WWS_V1_INFO,
  debug = WWS_V1_DEBUG,
};

/// Lines of the server's log, with the worker's name and the request's id.
namespace log {

inline void write(Level level, std::string_view text) noexcept {
  (void)wws_v1_log(static_cast<std::int32_t>(level), text.data(), text.size());
}

}  // namespace log

namespace detail {

inline void log_parts(Level level, const Parts& parts) {
  const std::size_t size = length(parts);
  if (size <= kSmallText) {
    char small[kSmallText];
    join(parts, small);
    log::write(level, {small, size});
  } else if (char* text = static_cast<char*>(std::malloc(size)); text != nullptr) {
    join(parts, text);
    log::write(level, {text, size});
    std::free(text);
  }
}

}  // namespace detail

namespace log {

/// The parts are texts, characters, truth values and whole numbers: `log::info("took ", n, " ms")`.
template <class... Parts>
void error(const Parts&... parts) {
  detail::log_parts(Level::error, {detail::Part(parts)...});
}
template <class... Parts>
void warning(const Parts&... parts) {
  detail::log_parts(Level::warning, {detail::Part(parts)...});
}
template <class... Parts>
void info(const Parts&... parts) {
  detail::log_parts(Level::info, {detail::Part(parts)...});
}
template <class... Parts>
void debug(const Parts&... parts) {
  detail::log_parts(Level::debug, {detail::Part(parts)...});
}

}  // namespace log

// --- Names and values ---

/// A header, a parameter, a variable, a value of the query or a field of a form.
struct Field {
  std::string_view name;
  std::string_view value;
};

/// In their order, repeated names kept.
using Fields = std::span<const Field>;

/// The value of the first field of this very name.
[[nodiscard]] inline std::optional<std::string_view> find(Fields fields, std::string_view name) noexcept {
  for (const Field& field : fields) {
    if (field.name == name) return field.value;
  }
  return std::nullopt;
}

namespace detail {

constexpr int hex_digit(char digit) noexcept {
  if (digit >= '0' && digit <= '9') return digit - '0';
  if (digit >= 'a' && digit <= 'f') return digit - 'a' + 10;
  if (digit >= 'A' && digit <= 'F') return digit - 'A' + 10;
  return -1;
}

/// Decodes %XX in place, and makes `+` to `plus`. The new length.
constexpr std::size_t decode(char* text, std::size_t length, char plus) noexcept {
  std::size_t out = 0;
  for (std::size_t at = 0; at < length; ++at) {
    char byte = text[at] == '+' ? plus : text[at];
    if (byte == '%' && length - at > 2) {
      const int high = hex_digit(text[at + 1]);
      const int low = hex_digit(text[at + 2]);
      if (high >= 0 && low >= 0) {
        byte = static_cast<char>(high * 16 + low);
        at += 2;
      }
    }
    text[out++] = byte;
  }
  return out;
}

constexpr bool begins_with_any_case(std::string_view text, std::string_view lower) noexcept {
  if (text.size() < lower.size()) return false;
  for (std::size_t i = 0; i < lower.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] - 'A' + 'a') : text[i];
    if (c != lower[i]) return false;
  }
  return true;
}

/// Memory that nobody gives back: it lives as long as the instance does. One for a request.
class Arena {
 public:
  // User-provided, so that the first room is not zeroed.
  Arena() noexcept : next_(first_), end_(first_ + sizeof first_) {}
  Arena(const Arena&) = delete;
  Arena& operator=(const Arena&) = delete;

  /// At least `size` bytes that nobody has yet. The next caller gets the same, unless take is called.
  [[nodiscard]] char* room(std::size_t size) {
    if (static_cast<std::size_t>(end_ - next_) < size) grow(size);
    return next_;
  }

  /// Takes the first `size` bytes of that room.
  char* take(std::size_t size) noexcept {
    const std::size_t room = static_cast<std::size_t>(end_ - next_);
    const std::size_t rounded = size + (kAlignment - size % kAlignment) % kAlignment;
    return std::exchange(next_, next_ + (rounded < room ? rounded : room));
  }

  [[nodiscard]] char* bytes(std::size_t size) {
    (void)room(size);
    return take(size);
  }

  /// For types that need no destructor; not constructed.
  template <class T>
  [[nodiscard]] T* array(std::size_t count) {
    static_assert(std::is_trivially_destructible_v<T> && alignof(T) <= kAlignment);
    return reinterpret_cast<T*>(bytes(count * sizeof(T)));
  }

 private:
  static constexpr std::size_t kAlignment = 16;
  static constexpr std::size_t kChunk = 16 * 1024 - 64;

  [[gnu::noinline]] void grow(std::size_t size) {
    const std::size_t chunk = size < kChunk ? kChunk : size;
    next_ = static_cast<char*>(std::malloc(chunk));
    if (next_ == nullptr) {
      log::write(Level::error, "no memory left");
      std::abort();
    }
    end_ = next_ + chunk;
  }

  char* next_;
  char* end_;
  alignas(kAlignment) char first_[2048];  // enough for most requests: malloc is not called then
};

/// What is offered for a text at first.
inline constexpr std::size_t kGuess = 512;

/// The whole of what `call(buffer, capacity)` answers; std::nullopt if it fails.
template <class Call>
std::optional<std::string_view> fetch(Arena& arena, Call call) {
  char* room = arena.room(kGuess);
  const std::int32_t length = call(room, kGuess);
  if (length < 0) return std::nullopt;
  const auto size = static_cast<std::size_t>(length);
  if (size > kGuess) {
    room = arena.room(size);
    (void)call(room, size);
  }
  return std::string_view(arena.take(size), size);
}

/// The fields in the ABI's encoding, as views of it.
[[gnu::noinline]] inline Fields parse_list(Arena& arena, std::string_view text) {
  struct Lengths {
    std::uint32_t name, value;
  } lengths;
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count) {
    std::memcpy(&lengths, text.data() + at, sizeof lengths);
    at += sizeof lengths + lengths.name + lengths.value;
  }
  Field* const fields = arena.array<Field>(count);
  const char* at = text.data();
  for (std::size_t i = 0; i < count; ++i) {
    std::memcpy(&lengths, at, sizeof lengths);
    const char* const name = at + sizeof lengths;
    const char* const value = name + lengths.name;
    ::new (static_cast<void*>(fields + i)) Field{{name, lengths.name}, {value, lengths.value}};
    at = value + lengths.value;
  }
  return {fields, count};
}

/// The fields in a text such as `a=1&b=2`, decoded.
[[gnu::noinline]] inline Fields parse_form(Arena& arena, std::string_view text) {
  std::size_t most = 1;
  for (const char c : text) most += c == '&';
  Field* const fields = arena.array<Field>(most);
  char* const copy = arena.bytes(text.size());
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  const auto decoded = [](char* bytes, std::size_t size) {
    return std::string_view(bytes, decode(bytes, size, ' '));
  };
  std::size_t count = 0;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::string_view part = text.substr(begin, text.find('&', begin) - begin);
    if (!part.empty()) {
      char* const name = copy + begin;
      const std::size_t name_size = std::min(part.find('='), part.size());
      const std::size_t value_at = std::min(name_size + 1, part.size());
      ::new (static_cast<void*>(fields + count))
          Field{decoded(name, name_size), decoded(name + value_at, part.size() - value_at)};
      ++count;
    }
    begin += part.size() + 1;
  }
  return {fields, count};
}

/// Waits for one operation.
inline Result wait_for(std::uint32_t operation) noexcept { return Result(wws_v1_wait(&operation, 1)); }

}  // namespace detail

/// Decodes %XX, as in parts of a path. What is not %XX stays as it is.
[[nodiscard]] inline std::string percent_decode(std::string_view text) {
  std::string copy(text);
  copy.resize(detail::decode(copy.data(), copy.size(), '+'));
  return copy;
}

/// The same for parts of a query or a form, where `+` is a blank.
[[nodiscard]] inline std::string form_decode(std::string_view text) {
  std::string copy(text);
  copy.resize(detail::decode(copy.data(), copy.size(), ' '));
  return copy;
}

// --- The request ---

/// The body of the request: whole, or piece by piece as it arrives. Belongs to its Request.
///
///     for (std::string_view piece : request.body()) use(piece);
///     if (!request.body().is_complete()) return;  // the client left in the middle
class Body {
 public:
  Body(const Body&) = delete;
  Body& operator=(const Body&) = delete;

  /// All that was not read yet, when it is there; later calls give the same again. std::nullopt: the client
  /// left in the middle.
  [[nodiscard]] std::optional<std::string_view> whole() {
    if (!is_whole_) {
      const std::size_t expected = expected_length();
      std::size_t capacity = expected != 0 ? expected + 1 : detail::kGuess;
      std::size_t filled = 0;
      char* bytes = arena_->bytes(capacity);
      while (const Result count = read({bytes + filled, capacity - filled})) {
        if (*count == 0) {
          whole_ = {bytes, filled};
          is_whole_ = true;
          return whole_;
        }
        filled += *count;
        if (filled == capacity) {
          capacity = capacity < kLeast ? kLeast : 2 * capacity;
          bytes = static_cast<char*>(std::memcpy(arena_->bytes(capacity), bytes, filled));
        }
      }
      return std::nullopt;
    }
    return whole_;
  }

  /// The next bytes, as many as there are and fit in a buffer that is not empty; waits for them. 0: the end.
  /// Error::closed: the client left in the middle.
  Result read(std::span<char> buffer) noexcept {
    for (;;) {
      const Result count = try_read(buffer);
      if (count != Error::again) return count;
      if (const Result ready = detail::wait_for(WWS_V1_REQUEST_BODY); !ready) return ready;
    }
  }

  /// The same without waiting. Error::again: wait for can_read, and try again.
  Result try_read(std::span<char> buffer) noexcept {
    const Result count(wws_v1_request_body_read(buffer.data(), buffer.size()));
    if (count && *count == 0 && !buffer.empty()) is_complete_ = true;
    return count;
  }

  /// Whether the end was read. False after reading: the client left in the middle.
  [[nodiscard]] bool is_complete() const noexcept { return is_complete_; }

  /// Over the pieces that are still to come, each valid until the next. All go through one buffer.
  class Iterator {
   public:
    using value_type = std::string_view;
    using difference_type = std::ptrdiff_t;
    using iterator_concept = std::input_iterator_tag;

    Iterator() = default;
    explicit Iterator(Body* body) : body_(body) { ++*this; }
    [[nodiscard]] std::string_view operator*() const noexcept { return piece_; }
    Iterator& operator++() {
      const Result count = body_->read({body_->buffer(), kPiece});
      piece_ = {body_->buffer_, count ? *count : 0};
      return *this;
    }
    void operator++(int) { ++*this; }
    [[nodiscard]] bool operator==(std::default_sentinel_t) const noexcept { return piece_.empty(); }

   private:
    Body* body_ = nullptr;
    std::string_view piece_;
  };
  [[nodiscard]] Iterator begin() { return Iterator(this); }
  [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }

 private:
  friend class Request;
  static constexpr std::size_t kPiece = 64 * 1024 - 64;
  static constexpr std::size_t kLeast = 8 * 1024;

  explicit Body(detail::Arena* arena) noexcept : arena_(arena) {}

  char* buffer() {
    if (buffer_ == nullptr) buffer_ = arena_->bytes(kPiece);
    return buffer_;
  }

  /// What the client told, so that the body is read to where it stays; else 0.
  static std::size_t expected_length() noexcept {
    constexpr std::string_view kName = "content-length";
    char digits[9];
    std::size_t expected = 0;
    const std::int32_t length = wws_v1_request_header(kName.data(), kName.size(), digits, sizeof digits);
    if (length > 0 && static_cast<std::size_t>(length) <= sizeof digits) {
      (void)std::from_chars(digits, digits + length, expected);
    }
    return expected;
  }

  detail::Arena* arena_;
  char* buffer_ = nullptr;  // of Iterator
  std::string_view whole_;
  bool is_whole_ = false;
  bool is_complete_ = false;
};

/// What the client asks for. Made by WWS_HANDLER, one for a request; its views are valid as long as it is.
/// Each part is fetched from the server when it is first asked for.
class Request {
 public:
  Request() noexcept : body_(&arena_) {}
  Request(const Request&) = delete;
  Request& operator=(const Request&) = delete;

  /// Such as `GET`.
  [[nodiscard]] std::string_view method() const { return text(WWS_V1_METHOD).value_or(""); }
  /// With scheme and host unless the project's `url_form` says `path`.
  [[nodiscard]] std::string_view url() const { return text(WWS_V1_URL).value_or(""); }
  /// Normalised, percent-encoded, begins with `/`.
  [[nodiscard]] std::string_view path() const { return text(WWS_V1_PATH).value_or(""); }
  /// As the client sent it: with the slash at its end, doubled slashes and dot segments. path() where the
  /// server does not tell.
  [[nodiscard]] std::string_view sent_path() const {
    const auto sent = text(WWS_V1_SENT_PATH);
    return sent ? *sent : path();
  }
  /// After `?`, as sent; std::nullopt without `?`.
  [[nodiscard]] std::optional<std::string_view> query() const { return text(WWS_V1_QUERY); }
  [[nodiscard]] std::string_view client_address() const { return text(WWS_V1_PEER).value_or(""); }
  /// As in the server's log.
  [[nodiscard]] std::string_view id() const { return text(WWS_V1_ID).value_or(""); }

  /// In the order received, names in lower case, repeated ones kept.
  [[nodiscard]] Fields headers() const { return list(headers_, wws_v1_request_headers); }
  /// The value of one header, its name in any case; several of that name are joined with `, ` (`; ` for
  /// `cookie`).
  [[nodiscard]] std::optional<std::string_view> header(std::string_view name) const {
    for (const Header* header = asked_; header != nullptr; header = header->next) {
      if (header->name == name) return header->value;
    }
    const std::optional<std::string_view> value =
        detail::fetch(arena_, [&](char* buffer, std::size_t capacity) {
          return wws_v1_request_header(name.data(), name.size(), buffer, capacity);
        });
    char* const copy = arena_.bytes(name.size());
    if (!name.empty()) std::memcpy(copy, name.data(), name.size());
    asked_ = ::new (static_cast<void*>(arena_.array<Header>(1))) Header{asked_, {copy, name.size()}, value};
    return value;
  }

  /// The parameters of the route, decoded.
  [[nodiscard]] Fields params() const { return list(params_, wws_v1_request_params); }
  /// `id` for a worker `[id].wasm`.
  [[nodiscard]] std::optional<std::string_view> param(std::string_view name) const {
    return find(params(), name);
  }

  /// The variables of the worker: `[vars]` in its TOML file.
  [[nodiscard]] Fields vars() const { return list(vars_, wws_v1_request_vars); }
  [[nodiscard]] std::optional<std::string_view> var(std::string_view name) const {
    return find(vars(), name);
  }

  /// What is in the query, decoded; a name without `=` has an empty value.
  [[nodiscard]] Fields query_values() const {
    if (query_values_.data() == nullptr) query_values_ = detail::parse_form(arena_, query().value_or(""));
    return query_values_;
  }
  /// `7` for `id` and `?id=7`.
  [[nodiscard]] std::optional<std::string_view> query_value(std::string_view name) const {
    return find(query_values(), name);
  }

  [[nodiscard]] Body& body() const noexcept { return body_; }

  /// The fields of a form in the body, decoded; waits for it. Empty if `content-type` is not
  /// `application/x-www-form-urlencoded` (files come in another form, which is not read here), or the client
  /// left in the middle.
  [[nodiscard]] Fields form() const {
    if (form_.data() == nullptr) {
      const bool is_form = detail::begins_with_any_case(header("content-type").value_or(""),
                                                        "application/x-www-form-urlencoded");
      form_ = detail::parse_form(arena_, is_form ? body_.whole().value_or("") : "");
    }
    return form_;
  }
  [[nodiscard]] std::optional<std::string_view> form_value(std::string_view name) const {
    return find(form(), name);
  }

 private:
  struct Header {
    Header* next;
    std::string_view name;
    std::optional<std::string_view> value;
  };

  [[gnu::noinline]] std::optional<std::string_view> text(std::uint32_t field) const {
    std::string_view& kept = texts_[field];
    if (kept.data() == nullptr) {
      const auto fetched = detail::fetch(arena_, [field](char* buffer, std::size_t capacity) {
        return wws_v1_request_get(field, buffer, capacity);
      });
      if (!fetched) return std::nullopt;
      kept = *fetched;
    }
    return kept;
  }

  // Inlined, so that the functions are called directly.
  [[gnu::always_inline]] Fields list(Fields& kept, std::int32_t (*call)(char*, std::size_t)) const {
    if (kept.data() == nullptr) kept = detail::parse_list(arena_, detail::fetch(arena_, call).value_or(""));
    return kept;
  }

  // No data: not asked for yet.
  mutable std::string_view texts_[WWS_V1_SENT_PATH + 1];
  mutable Fields headers_, params_, vars_, query_values_, form_;
  mutable Header* asked_ = nullptr;
  mutable detail::Arena arena_;
  mutable Body body_;
};

// --- The answer ---

/// The answer. Status and headers leave with the first bytes of the body, or when the handler returns. Made
/// by WWS_HANDLER.
class Response {
 public:
  Response() = default;
  Response(const Response&) = delete;
  Response& operator=(const Response&) = delete;

  /// 200 to 999; 200 unless this is called. Error::invalid, Error::state.
  Result status(int status) noexcept { return Result(wws_v1_response_status(status)); }

  /// Adds a header field, also to others of that name, as `set-cookie` needs it. Error::invalid: HTTP does
  /// not allow that name or value, such as one with a line's end; nothing was added. Error::state,
  /// Error::limit.
  Result header(std::string_view name, std::string_view value) noexcept {
    return Result(wws_v1_response_header(name.data(), name.size(), value.data(), value.size()));
  }

  /// Writes all the bytes to the body, waiting for room. Error::closed; Error::state after finish.
  Result write(std::string_view bytes) noexcept {
    while (!bytes.empty()) {
      Result count = try_write(bytes);
      if (count == Error::again)
        count = detail::wait_for(WWS_V1_RESPONSE_BODY);  // 0, the place of the only one
      if (!count) return count;
      bytes.remove_prefix(*count);
    }
    return Result(0);
  }
  Result write(std::span<const std::byte> bytes) noexcept {
    return write({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
  }

  /// Writes the parts one behind the other: texts, characters, truth values and whole numbers.
  template <class... Parts>
  Result print(const Parts&... parts) noexcept {
    if constexpr (sizeof...(Parts) == 1 && (std::convertible_to<const Parts&, std::string_view> && ...)) {
      return write(std::string_view(parts...));
    } else {
      return print_parts({detail::Part(parts)...});
    }
  }

  /// Writes without waiting: how many bytes were taken. Error::again: wait for can_write, and try again.
  /// Error::closed, Error::state.
  Result try_write(std::string_view bytes) noexcept {
    return Result(wws_v1_response_body_write(bytes.data(), bytes.size()));
  }

  /// A whole answer in one; the first error.
  Result reply(int code, std::string_view content_type, std::string_view text) noexcept {
    Result result = status(code);
    if (result) result = header("content-type", content_type);
    return result ? write(text) : result;
  }

  /// The answer is complete; the worker may go on until it returns. Error::state: it is complete already.
  Result finish() noexcept { return Result(wws_v1_response_finish()); }

  /// Whether the client left. A worker that is busy for long without reading or writing may look, and end.
  [[nodiscard]] bool client_left() noexcept { return try_write("") == Error::closed; }

 private:
  /// Short texts go in one call.
  Result print_parts(const detail::Parts& parts) noexcept {
    const std::size_t size = detail::length(parts);
    if (size <= detail::kSmallText) {
      char small[detail::kSmallText];
      detail::join(parts, small);
      return write({small, size});
    }
    for (const detail::Part& part : parts) {
      if (const Result result = write(part.text()); !result) return result;
    }
    return Result(0);
  }
};

// --- Time and waiting ---
// Other requests are served while a worker waits.

namespace detail {

template <class Rep, class Period>
constexpr std::int64_t nanoseconds(std::chrono::duration<Rep, Period> time) noexcept {
  using std::chrono::nanoseconds;
  constexpr auto kMost = std::chrono::duration_cast<std::chrono::duration<Rep, Period>>(nanoseconds::max());
  return time < kMost ? std::chrono::ceil<nanoseconds>(time).count() : nanoseconds::max().count();
}

}  // namespace detail

/// Waits, and everything in this worker with it. Error::invalid: a negative time.
template <class Rep, class Period>
Result sleep_for(std::chrono::duration<Rep, Period> time) noexcept {
  return Result(wws_v1_sleep(detail::nanoseconds(time)));
}

/// A timer that runs from its construction. It ends when a wait says that it is ready, or with its
/// destructor.
class Timer {
 public:
  template <class Rep, class Period>
  explicit Timer(std::chrono::duration<Rep, Period> time) noexcept
      : id_(wws_v1_timer(detail::nanoseconds(time))) {}
  Timer(Timer&& other) noexcept : id_(std::exchange(other.id_, WWS_V1_INVALID)) {}
  Timer& operator=(Timer&& other) noexcept {
    std::swap(id_, other.id_);
    return *this;
  }
  ~Timer() {
    if (id_ >= 0) (void)wws_v1_cancel(static_cast<std::uint32_t>(id_));
  }

  /// Waits until it is ready; at once if it was ready before. Error::limit: it did not start, as 1,024 were
  /// pending already. Error::invalid: the time was negative.
  Result wait() noexcept {
    if (id_ < 0) return Result(id_ == kReady ? 0 : id_);
    const Result result = detail::wait_for(static_cast<std::uint32_t>(id_));
    if (result) id_ = kReady;
    return result;
  }

 private:
  friend class Operation;
  friend Result wait_any(std::span<const class Operation> operations) noexcept;
  static constexpr std::int32_t kReady = std::numeric_limits<std::int32_t>::min();
  std::int32_t id_;  // or why there is none
};

/// What wait_any waits for: a timer, can_read, can_write, or Fetch::ready().
class Operation {
 public:
  constexpr explicit Operation(std::uint32_t id) noexcept : id_(id) {}
  Operation(Timer& timer) noexcept : id_(static_cast<std::uint32_t>(timer.id_)), timer_(&timer) {}

 private:
  friend Result wait_any(std::span<const Operation> operations) noexcept;
  std::uint32_t id_;
  Timer* timer_ = nullptr;
};

/// There are bytes of the request's body, or it ended.
inline constexpr Operation can_read{WWS_V1_REQUEST_BODY};
/// There is room for bytes of the answer.
inline constexpr Operation can_write{WWS_V1_RESPONSE_BODY};

/// Waits until one of them is ready: its place among them, the first if several are. Error::invalid: none,
/// more than 1,024, or a timer that ended before.
inline Result wait_any(std::span<const Operation> operations) noexcept {
  constexpr std::size_t kMost = 1024;
  std::uint32_t ids[kMost];
  if (operations.size() > kMost) return Error::invalid;
  for (std::size_t i = 0; i < operations.size(); ++i) ids[i] = operations[i].id_;
  const Result place(wws_v1_wait(ids, operations.size()));
  if (place && operations[*place].timer_ != nullptr) operations[*place].timer_->id_ = Timer::kReady;
  return place;
}
inline Result wait_any(std::initializer_list<Operation> operations) noexcept {
  return wait_any(std::span<const Operation>(operations.begin(), operations.size()));
}

/// Waits until each timer was ready. They run at the same time, so it takes as long as the longest.
inline Result wait_all(std::span<Timer> timers) noexcept {
  for (Timer& timer : timers) {
    if (const Result result = timer.wait(); !result) return result;
  }
  return Result(0);
}

/// The time in UTC.
[[nodiscard]] inline std::chrono::sys_time<std::chrono::milliseconds> now() noexcept {
  return std::chrono::sys_time<std::chrono::milliseconds>(
      std::chrono::milliseconds(wws_v1_clock(WWS_V1_WALL_CLOCK) / 1'000'000));
}

/// The time since some moment in the past, never going back: for measuring.
[[nodiscard]] inline std::chrono::milliseconds steady_now() noexcept {
  return std::chrono::milliseconds(wws_v1_clock(WWS_V1_STEADY_CLOCK) / 1'000'000);
}

// --- Random bytes ---

/// Fills the buffer with random bytes fit for keys. Error::limit: over 1 MiB, or 4 MiB in this request.
inline Result random(std::span<std::byte> buffer) noexcept {
  return Result(wws_v1_random(buffer.data(), buffer.size()));
}

/// Random numbers for what the standard library does with them, each fresh from the server:
/// `std::uniform_int_distribution(1, 6)(bits)`, `std::ranges::shuffle(cards, bits)`. Ends the worker at the
/// limit.
struct RandomBits {
  using result_type = std::uint32_t;
  static constexpr result_type min() noexcept { return 0; }
  static constexpr result_type max() noexcept { return std::numeric_limits<result_type>::max(); }
  result_type operator()() const noexcept {
    result_type bits = 0;
    if (!random(std::as_writable_bytes(std::span(&bits, 1)))) {
      log::write(Level::error, "too many random numbers");
      std::abort();
    }
    return bits;
  }
};

// --- For WWS_RESUME ---

namespace detail {

#ifdef __wasi__
// wasi-libc reads the environment when it is first asked for, or at the start if `environ` is used, and keeps
// it. These are its functions to forget it, and to read it again at once in the second case. Weak: they are
// there only if the worker uses the environment.
extern "C" [[gnu::weak]] void wws_forget_environment_() __asm__("__wasilibc_deinitialize_environ");
extern "C" [[gnu::weak]] void wws_read_environment_() __asm__(
    "__wasilibc_maybe_reinitialize_environ_eagerly");
inline void renew_environment() {
  if (wws_forget_environment_ != nullptr) wws_forget_environment_();
  if (wws_read_environment_ != nullptr) wws_read_environment_();
}
#else
inline void renew_environment() {}
#endif

}  // namespace detail
}  // namespace wws
