// The command line of `wws kv`.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/kv_place.h"

namespace wws::cli {

/// `wws kv ACTION [OPTIONS] …`
struct KvOptions {
  enum class Action { kList, kGet, kPut, kDelete, kExport, kImport };
  Action action = Action::kList;
  std::string project = ".";
  std::string config;                    ///< the project's file; empty: that in its root
  std::optional<config::KvPlace> place;  ///< none: as the project says
  std::string space;                     ///< the namespace; empty: all, of kList and kExport
  std::string key;                       ///< of kList: what keys begin with
  std::string value;                     ///< of kPut; "-": standard input
  std::string metadata;                  ///< of kPut: JSON; empty: none
  std::optional<std::chrono::milliseconds> time_to_live;
};

}  // namespace wws::cli
