// What operations mean: once, for every store that keeps its own order.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "kv/key_range.h"
#include "kv/limits.h"
#include "kv/operation.h"

namespace wws::kv {

/// The state of one namespace that one operation sees. What has expired may be in it; evaluate() hides it.
class State {
 public:
  enum class Walk { kOn, kStop };
  using Visit = std::function<Walk(std::string_view key, const RecordPtr& record)>;

  virtual ~State() = default;
  /// Null: there is none.
  [[nodiscard]] virtual std::expected<RecordPtr, Failure> find(std::string_view key) = 0;
  /// Records of `range` in the order of their keys.
  [[nodiscard]] virtual std::expected<void, Failure> walk(const KeyRange& range, const Visit& visit) = 0;
  [[nodiscard]] virtual Version version() const = 0;
};

/// What an operation changes: a record for a key, or none any more.
struct Effect {
  std::string key;
  RecordPtr record;
  std::int64_t growth = 0;  ///< bytes as Quotas count
};

struct Evaluation {
  Outcome outcome;
  std::vector<Effect> effects;  ///< of different keys; none if the outcome is a failure
  std::int64_t growth = 0;
};

struct Usage {
  std::uint64_t in_namespace = 0;
  std::uint64_t total = 0;
};

struct Circumstances {
  base::WallTime now;
  Version next_version;  ///< what is written gets
  Usage usage;
  Quotas quotas;
};

/// The first limit that the request breaks whatever the state.
[[nodiscard]] std::optional<Failure> check(const Request& request);
[[nodiscard]] std::optional<Failure> check_namespace_name(std::string_view name);

/// Reads with Visibility::kDurable; all others have a place in the order.
[[nodiscard]] bool is_durable_read(const Request& request) noexcept;
/// May write, and so needs a disk that takes it.
[[nodiscard]] bool is_write(const Request& request) noexcept;

/// The keys that evaluate() asks State::find() for.
[[nodiscard]] std::vector<std::string_view> keys_of(const Request& request);
/// Whether it calls State::walk().
[[nodiscard]] bool walks(const Request& request) noexcept;
/// About what the request holds in memory.
[[nodiscard]] std::size_t bytes_of(const Request& request) noexcept;

/// Does it to `state`, for a request that passed check(). Nothing is changed: the caller applies the effects.
/// Takes values and keys out of the request when it succeeds.
[[nodiscard]] Evaluation evaluate(Request& request, State& state, const Circumstances& circumstances);

/// Of its value and metadata.
[[nodiscard]] inline std::size_t size(const Record& record) noexcept {
  return record.value.size() + record.metadata.size();
}
[[nodiscard]] inline std::size_t size(const RecordPtr& record) noexcept { return record ? size(*record) : 0; }

/// As Quotas count.
[[nodiscard]] inline std::size_t cost(std::string_view key, std::size_t record_bytes) noexcept {
  return key.size() + record_bytes + kRecordOverhead;
}
[[nodiscard]] inline std::int64_t cost(std::string_view key, const RecordPtr& record) noexcept {
  return record ? static_cast<std::int64_t>(cost(key, size(*record))) : 0;
}

[[nodiscard]] inline bool expired(const Record& record, base::WallTime now) noexcept {
  return record.expiry && *record.expiry <= now;
}

}  // namespace wws::kv
