// The Redis client of the bridge, in types of C++.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "base/wake.h"
#include "kv/redis_options.h"

namespace wws::kv {

/// One value of a reply: nothing, a number, or bytes, which belong to the reply.
using RedisItem = std::variant<std::monostate, std::int64_t, std::string_view>;

struct RedisEvent {
  enum class Kind {
    kReply,
    kUnavailable,  ///< not done
    kUnknown,      ///< may have been done
    kOutOfMemory,  ///< not done
    kDisk,         ///< not done
    kUp,           ///< no answer: `text` is connected
    kDown,         ///< no answer: `text` says who cannot be reached, and why
  };
  Kind kind = Kind::kReply;
  std::uint64_t id = 0;
  std::vector<RedisItem> items{};
  std::string_view text{};
};

/// Calls functions on the primaries of keys (bridge/include/wws_redis.h, which is seen by redis_client.cc
/// alone). Makes connections, keeps them and makes new ones by itself, on two threads of its own. Nothing
/// waits. One thread.
class RedisClient {
 public:
  enum class Effect { kReads, kWrites };

  /// `library` is loaded on each primary that has not got it; `check` is a function of it that only a primary
  /// runs. Reads the system's certificates for TLS; connects to nobody. kIo, kBadConfig: what is wrong.
  [[nodiscard]] static Result<std::unique_ptr<RedisClient>> make(const RedisOptions& options,
                                                                 std::string_view library,
                                                                 std::string_view check);
  ~RedisClient();
  RedisClient(const RedisClient&) = delete;
  RedisClient& operator=(const RedisClient&) = delete;

  /// Starts its threads; none is started after that. kIo: they cannot be had.
  [[nodiscard]] Result<void> start();

  /// Has a command done by the primary of the hash tag. An event of this id answers it.
  void call(std::uint64_t id, Effect effect, std::string_view tag,
            const std::vector<std::string_view>& words);
  /// Asks for the names of all keys that match a pattern, on all primaries.
  void names(std::uint64_t id, std::string_view pattern);

  /// Readable when there are events.
  [[nodiscard]] int wake_fd() const noexcept { return wake_.fd(); }
  /// Calls `take` with each event that has come.
  void take(const std::function<void(const RedisEvent&)>& take);

 private:
  struct Handle;

  RedisClient(base::Wake wake, std::unique_ptr<Handle> handle);

  base::Wake wake_;  ///< outlives the threads of `handle_`, which have its address
  std::unique_ptr<Handle> handle_;
};

}  // namespace wws::kv
