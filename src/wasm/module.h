// A compiled module.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "base/result.h"

struct wwsb_calls;
struct wwsb_module;

namespace wws::wasm {

/// Exported functions of a module that its instances call, looked up once. Immutable.
class Calls {
 private:
  friend class Engine;
  friend class Instance;
  friend class Module;
  struct Deleter {
    void operator()(wwsb_calls* calls) const noexcept;
  };
  explicit Calls(std::unique_ptr<wwsb_calls, Deleter> calls) noexcept : calls_(std::move(calls)) {}

  std::unique_ptr<wwsb_calls, Deleter> calls_;
};

/// Compiled code, mapped and linked: immutable, cheap to share, any number of instances at once.
/// Lives on the thread of its engine, and must not outlive it.
class Module {
 public:
  /// True when it exports a function of this name.
  [[nodiscard]] bool exports_function(std::string_view name) const noexcept;
  /// The functions of these names, to be called in turn: the last is the entry, those before it prepare.
  /// kBadModule: one is not there, or has parameters or results.
  [[nodiscard]] Result<Calls> find_calls(std::span<const std::string_view> names) const;

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
