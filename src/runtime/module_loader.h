// From worker files to compiled code.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "runtime/compile_child.h"

namespace wws::runtime {

/// The compiled modules of a project. Files with the same content share one.
struct LoadedModules {
  std::vector<Result<base::File>> modules;  ///< open for reading, ready to map; or why not
  std::vector<std::size_t> of_file;         ///< index into `modules`, in the order of the files
};

/// Compiles what the cache does not hold yet, in children, `parallel` at once. A file that cannot be read
/// or compiled is an error at its place; the others are not affected. `cache_folder` empty: the default.
/// Where no cache can be had, one line says so and modules are compiled for this run only.
[[nodiscard]] LoadedModules load_modules(const std::filesystem::path& root,
                                         const std::vector<std::string>& files,
                                         const std::filesystem::path& cache_folder, unsigned parallel,
                                         const CompileLimits& limits = {});

}  // namespace wws::runtime
