// The map of a `wws-json` worker: all of its namespace, given to the guest and taken back.
#pragma once

#include <cstdint>
#include <optional>

#include "abi/operation.h"
#include "link/link.h"
#include "runtime/commit.h"
#include "store/cache.h"
#include "store/frame_kind.h"

namespace wws::store {

class StoreClient;

/// A change of a namespace as a whole, and the store child that knows of it.
struct MapChange {
  std::uint32_t id = 0;  ///< 0: none does
  std::uint16_t space = 0;
  link::LinkPtr link{};  ///< to that; it may have broken
};

/// Gives one invocation its namespace as a map, and makes the map that comes back true: what is different is
/// written in one transaction, under the version that was given. After a conflict there is a newer map, which
/// comes with the turn to be next (store/turns.h). One thread; the client outlives it.
class MapCommit final : public runtime::Commit {
 public:
  MapCommit(StoreClient& client, std::uint16_t space, TurnRequest turn)
      : client_(client), turn_(turn), change_{0, space, {}} {}
  ~MapCommit() override;

  [[nodiscard]] Result<State> prepare(abi::Operations& operations) override;
  [[nodiscard]] const abi::JsonAnswer::Map& map() const override { return map_; }
  [[nodiscard]] Result<State> commit(const abi::JsonAnswer& answer, abi::Operations& operations) override;

 private:
  [[nodiscard]] Result<State> wait(abi::Operations& operations);
  [[nodiscard]] Result<State> take(kv::Outcome outcome);
  void give(Cache::Map map);
  [[nodiscard]] Result<abi::Ticket> begin(abi::Operations& operations);

  StoreClient& client_;
  TurnRequest turn_;
  MapChange change_;
  std::optional<std::uint32_t> operation_;  ///< that is waited for
  std::optional<Cache::Map> given_;         ///< what the guest has, and at which version
  bool has_baton_ = false;                  ///< whoever is behind it in a row waits for its map
  abi::JsonAnswer::Map map_;
};

/// The map that a transaction makes of another.
[[nodiscard]] Cache::Map changed(const Cache::Map& before, const kv::Transaction& transaction);

/// The way from one map to the other, as a transaction under the first one's version. Of a key that occurs
/// twice the last value counts; what stands in `before` alone is deleted. std::nullopt: there is nothing to
/// do.
[[nodiscard]] std::optional<kv::Transaction> difference(const Cache::Map& before,
                                                        const abi::JsonAnswer::Map& after);

}  // namespace wws::store
