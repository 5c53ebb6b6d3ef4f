// Who answers a request, and why.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "runtime/project.h"

namespace wws::cli {

/// A thing that a worker's module may use if its worker is granted it.
struct Capability {
  std::string name;                  ///< "key-value store"
  std::vector<std::string> imports;  ///< by which its module asks for it; of a script: none are known
  std::string grant;                 ///< what it was granted, in words; empty: nothing
  std::string remedy;                ///< what would grant it
};

/// What is told of one request. Plain data.
struct Explanation {
  std::string method;
  std::string path;  ///< normalised
  enum class By { kWorker, kFile, kNobody } by = By::kNobody;
  std::string file;                                             ///< of the worker, or of public/
  std::string route;                                            ///< of a worker
  std::string why;                                              ///< a sentence
  int status = 0;                                               ///< what is known before; 0: the worker says
  std::vector<std::pair<std::string, std::string>> parameters;  ///< of the route
  std::vector<std::string> shadowed;  ///< what would answer otherwise, and why it does not
  std::optional<std::size_t> worker;  ///< its place in the project
  bool is_script = false;
  std::vector<Capability> capabilities{};  ///< empty where its module cannot be looked at
  std::string problem{};  ///< why its module cannot be run, and its route fails; empty: it can
};

/// kBadUsage: `method` or `url` is none.
[[nodiscard]] Result<Explanation> explain(const runtime::Project& project, const std::string& method,
                                          const std::string& url);

[[nodiscard]] std::vector<std::string> to_lines(const Explanation& explanation,
                                                const runtime::Project& project);
[[nodiscard]] std::string to_json(const Explanation& explanation, const runtime::Project& project);

}  // namespace wws::cli
