// What settings.cc and translate.cc share of the border to Rust.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "wws_typescript.h"

namespace wws::script {

inline wwst_text text(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

inline std::string_view view(wwst_text text) { return {reinterpret_cast<const char*>(text.data), text.size}; }

/// Deletes an object of the border with its own function.
template <auto kFunction>
struct DeleteBy {
  template <class T>
  void operator()(T* object) const noexcept {
    kFunction(object);
  }
};

/// All problems of `file` in one line, as other scripts' errors are written. Takes the problems.
std::unexpected<Error> fail_with(wwst_problems* problems, std::string_view file);

}  // namespace wws::script
