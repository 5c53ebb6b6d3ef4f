// The interface of all stores.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "kv/limits.h"
#include "kv/operation.h"

namespace wws::kv {

/// Told once each, from poll(). Either may be empty.
struct Handlers {
  using Handler = std::move_only_function<void(const Outcome&)>;
  /// The operation has its place: all that is submitted later to this namespace comes after it. What it wrote
  /// may still be lost; then `durable` tells a failure. A failed operation that has no place (a limit, a
  /// store that takes nothing) is told here too.
  Handler ordered;
  /// The last word. Of a write: no crash takes it away any more.
  Handler durable;
};

struct NamespaceInfo {
  NamespaceId id{};
  std::string name;
  Version version = 0;      ///< durable
  std::uint64_t bytes = 0;  ///< as Quotas count
};

/// Who else changes what is in a store.
enum class Sharing {
  kAlone,       ///< nobody: what Publish told last is true
  kWithOthers,  ///< other machines: what was read is known to have been true, and no more
};

/// Keys with values in namespaces, in memory, in a file or elsewhere.
///
/// **Order and durability apart.** A write is visible to later operations when it is ordered, and
/// acknowledged when it is durable; many become durable in one sync of the disk, so a hot key does not run at
/// the disk's speed. Two kinds of operations:
///
/// - Reads with Visibility::kDurable see what is durable and nothing else. They have no place in the order
/// and
///   may overtake writes that wait.
/// - All others are ordered one after the other in each namespace, see all that was ordered before, and are
///   answered only when what they saw is durable: also a conflict, and a read with Visibility::kOrdered.
///
/// If writes cannot be made durable, they fail together with all that was ordered after them, and the
/// state is again what is durable. Their versions are not used again, not after a restart either.
///
/// **Thread.** One: the one that made the store. Nothing waits, and no handler runs but from poll(), which is
/// to be called after submitting (once for a batch), when wake_fd() is readable, and next_poll() from now at
/// the latest. Handlers may submit; they may not poll or destroy the store.
///
/// **End.** Destroying a store waits for what is being written, and drops handlers that were not called. Who
/// wants the last writes acknowledged polls until idle().
class Store {
 public:
  /// Who is told what has become durable, before any handler of the writes that made it: each record that was
  /// written (null: deleted), in a store that nobody else changes, and then the version of its namespace.
  /// Records that are removed because they have expired are not told of.
  struct Publish {
    std::move_only_function<void(NamespaceId, std::string_view key, const RecordPtr&)> record;
    std::move_only_function<void(NamespaceId, Version)> version;
  };

  virtual ~Store() = default;

  /// The namespace of that name; made when there is none. The number has no meaning but here.
  [[nodiscard]] virtual std::expected<NamespaceId, Failure> open_namespace(std::string_view name) = 0;
  /// All that are there.
  [[nodiscard]] virtual std::vector<NamespaceInfo> namespaces() const = 0;

  virtual void submit(NamespaceId space, Request request, Handlers handlers) = 0;

  /// Delivers what is there to deliver, and goes on with what is to be done.
  virtual void poll() = 0;
  /// Readable when poll() has something to do because of others than the caller. -1: never. Owned here.
  [[nodiscard]] virtual int wake_fd() const noexcept = 0;
  /// How long poll() need not be called, if nothing is submitted and wake_fd() is silent. Empty: for ever.
  [[nodiscard]] virtual std::optional<base::Duration> next_poll() const = 0;
  /// Nothing was submitted that has not been answered.
  [[nodiscard]] virtual bool idle() const noexcept = 0;

  [[nodiscard]] virtual Sharing sharing() const noexcept { return Sharing::kAlone; }

  /// Holds for what is submitted from now on. What is there already stays, however much it is.
  virtual void set_quotas(const Quotas& quotas) = 0;

  void set_publish(Publish publish) { publish_ = std::move(publish); }

 protected:
  void publish(NamespaceId space, std::string_view key, const RecordPtr& record) {
    if (publish_.record) publish_.record(space, key, record);
  }
  void publish(NamespaceId space, Version version) {
    if (publish_.version) publish_.version(space, version);
  }

 private:
  Publish publish_;
};

}  // namespace wws::kv
