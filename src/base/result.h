// Result<T>: a value or the Error that explains why there is none.
#pragma once

#include <expected>
#include <string>
#include <utility>

#include "base/error.h"

namespace wws::base {

template <class T>
using Result = std::expected<T, Error>;

/// `return fail(ErrorCode::kIo, "…");` from a function that returns a Result.
[[nodiscard]] inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
  return std::unexpected(Error{code, std::move(message)});
}

/// Passes the error of one Result on as the error of another.
template <class T>
[[nodiscard]] std::unexpected<Error> fail(Result<T>& result) {
  return std::unexpected(std::move(result.error()));
}

}  // namespace wws::base

namespace wws {
using base::Error;
using base::ErrorCode;
using base::fail;
using base::Result;
}  // namespace wws
