// What `wws types` writes: a declaration file, from which editors know what workers are given.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace wws::scaffold {

/// The name of the file, in the project's folder.
inline constexpr std::string_view kTypesFile = "wws.d.ts";

/// A worker in JavaScript or TypeScript, as far as its types are concerned.
struct TypedWorker {
  std::string file;                     ///< relative to the project's root
  std::vector<std::string> parameters;  ///< of its route
  std::vector<std::string> variables;   ///< names of its [vars]
  bool has_kv = false;                  ///< it has a namespace in the key-value store
  std::vector<std::string> bindings{};  ///< names of its other namespaces
};

/// The text of the file for these workers, in their order. UTF-8 if their names are.
[[nodiscard]] std::string types_of(std::span<const TypedWorker> workers);

}  // namespace wws::scaffold
