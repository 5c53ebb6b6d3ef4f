#pragma once

#include <fmt/format.h>

#include <expected>
#include <string>
#include <utility>

#include "base/result.h"

namespace wws::abi {

/// That a worker printed what is no answer: "the worker's output ...".
template <class... Args>
[[nodiscard]] std::unexpected<base::Error> bad(fmt::format_string<Args...> format, Args&&... args) {
  return base::fail(base::ErrorCode::kBadOutput,
                    "the worker's output " + fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace wws::abi
