// A compiled module.
#pragma once

#include <memory>
#include <string_view>
#include <utility>

struct wwsb_module;

namespace wws::wasm {

/// Compiled code, mapped and linked: immutable, cheap to share, any number of instances at once.
/// Lives on the thread of its engine, and must not outlive it.
class Module {
 public:
  /// True when it exports a function of this name.
  [[nodiscard]] bool exports_function(std::string_view name) const noexcept;
  /// True when that function can be called by an Instance: it has neither parameters nor results.
  [[nodiscard]] bool exports_entry(std::string_view name) const noexcept;

 private:
  friend class Engine;
  friend class Instance;
  struct Deleter {
    void operator()(wwsb_module* module) const noexcept;
  };
  explicit Module(std::unique_ptr<wwsb_module, Deleter> module) noexcept : module_(std::move(module)) {}

  std::unique_ptr<wwsb_module, Deleter> module_;
};

}  // namespace wws::wasm
