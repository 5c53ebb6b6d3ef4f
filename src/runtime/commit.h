// What is left to do before an answer may leave.
#pragma once

#include "abi/operation.h"
#include "abi/wws_json_output.h"
#include "base/result.h"

namespace wws::runtime {

/// Makes what an answer of `wws-json` brought besides itself true, such as its map for the key-value store.
/// Made for one invocation; destroying it ends it wherever it is. One thread.
class Commit {
 public:
  virtual ~Commit() = default;

  enum class State {
    kDone,
    kWaiting,   ///< for one of `operations`: called again when it was completed
    kConflict,  ///< what the guest saw was changed by others: it is to run again
  };
  /// An error takes the answer's place. It is for the commit to end a series of conflicts with one.
  [[nodiscard]] virtual Result<State> commit(const abi::JsonAnswer& answer, abi::Operations& operations) = 0;
};

}  // namespace wws::runtime
