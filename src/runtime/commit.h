// What is to be done before a guest of `wws-json` begins, and before its answer may leave.
#pragma once

#include "abi/operation.h"
#include "abi/wws_json_output.h"
#include "base/result.h"

namespace wws::runtime {

/// Gets what the input of `wws-json` holds besides the request, its map of the key-value store, and makes
/// true what the answer brought besides itself. Made for one invocation; destroying it ends it wherever it
/// is. One thread.
class Commit {
 public:
  virtual ~Commit() = default;

  enum class State {
    kDone,
    kWaiting,   ///< for one of `operations`: called again when it was completed
    kConflict,  ///< what the guest saw was changed by others: it is to run again. Not of prepare()
  };
  /// Before the guest begins, also when it is to run again. An error takes the answer's place, and no guest
  /// runs.
  [[nodiscard]] virtual Result<State> prepare(abi::Operations& operations) = 0;
  /// For the guest, after prepare() was done. Valid until prepare() is called again.
  [[nodiscard]] virtual const abi::JsonAnswer::Map& map() const = 0;
  /// An error takes the answer's place. It is for the commit to end a series of conflicts with one.
  [[nodiscard]] virtual Result<State> commit(const abi::JsonAnswer& answer, abi::Operations& operations) = 0;
};

}  // namespace wws::runtime
