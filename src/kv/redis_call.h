// Operations as calls of functions in Redis (redis_functions.lua), and replies as outcomes.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "kv/operation.h"
#include "kv/redis_client.h"

namespace wws::kv {

/// What FUNCTION LOAD takes. Its name has a hash of the text in it: servers of different versions, and so
/// with different functions, live side by side.
[[nodiscard]] const std::string& redis_library();
/// The full name of one of its functions.
[[nodiscard]] std::string redis_function(std::string_view name);

/// Names of a namespace's keys. Characters of its name that could mean something in a key are written as %XX,
/// so that two names never have one key, and the hash tag ends where it should.
class RedisKeys {
 public:
  RedisKeys(std::string_view prefix, std::string_view space);

  /// What decides the slot.
  [[nodiscard]] const std::string& tag() const noexcept { return tag_; }
  /// As functions take them.
  [[nodiscard]] const std::vector<std::string>& names() const noexcept { return names_; }

 private:
  std::string tag_;
  std::vector<std::string> names_;
};

/// A pattern for the first key of every namespace, and the namespace of such a key.
[[nodiscard]] std::string redis_pattern(std::string_view prefix);
[[nodiscard]] std::optional<std::string> space_of_key(std::string_view prefix, std::string_view key);

/// A call while it is put together: words of the command, some of which it owns.
struct RedisCall {
  RedisClient::Effect effect = RedisClient::Effect::kReads;
  std::string function;
  std::vector<std::string> words;
};

/// For a request that passed check(). Takes values and keys out of it.
[[nodiscard]] RedisCall make_call(Request&& request, base::WallTime now, std::uint64_t quota);
/// Removes at most `most` records that have expired.
[[nodiscard]] RedisCall make_sweep(base::WallTime now, std::size_t most);

/// What every reply of a function begins with.
struct RedisHead {
  Version version = 0;
  std::uint64_t bytes = 0;
  std::optional<Expiry> next_expiry{};
};

struct RedisReply {
  Outcome outcome;
  std::optional<RedisHead> head;  ///< none: it is no reply of these functions
};

/// Which body a request's reply has.
enum class ReplyForm { kFound, kFoundMany, kKeys, kRecords, kMap, kWritten, kDeleted, kIncremented, kNone };
[[nodiscard]] ReplyForm reply_form(const Request& request);
/// Reads what a function answered. kIo: it is none of its answers.
[[nodiscard]] RedisReply read_reply(ReplyForm form, const std::vector<RedisItem>& items);

}  // namespace wws::kv
