// A store for one who waits: `wws kv`.
#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "kv/redis_options.h"
#include "kv/store.h"

namespace wws::store {

/// One person's way to the store in a folder: through the server that has it, or, where there is none, by its
/// files (store/door.h); or to Redis. Every call blocks until its answer is there. One thread.
class Session {
 public:
  enum class IfMissing { kFail, kMake };
  /// kNotFound: there is no store in the folder. kIo: it cannot be reached.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(const std::filesystem::path& folder,
                                                             IfMissing if_missing);

  /// The store in Redis, whatever servers use it. A namespace that is not there is an empty one.
  [[nodiscard]] static Result<std::unique_ptr<Session>> open(kv::RedisOptions options);

  virtual ~Session() = default;
  /// kIo: the store is gone.
  [[nodiscard]] virtual Result<std::vector<kv::NamespaceInfo>> namespaces() = 0;
  /// Does a request in the namespace of this name, which is made if there is none. kIo: the store is gone.
  [[nodiscard]] virtual Result<kv::Outcome> ask(const std::string& space, kv::Request request) = 0;
};

}  // namespace wws::store
