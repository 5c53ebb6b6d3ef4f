// A package's own description.
#pragma once

#include <simdjson.h>

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "runtime/script_text.h"

namespace wws::runtime {

/// A package.json, as Node's documentation describes it (packages). Immutable, one thread.
class PackageJson {
 public:
  static constexpr std::size_t kLargest = std::size_t{1} << 20;

  /// Reads `folder`/package.json of the project at `root`. Errors: kNotFound; kBadModule, which names the
  /// file and says what is wrong with it, for one that is too large, is no JSON, or is nested more than 1,000
  /// deep.
  [[nodiscard]] static Result<std::shared_ptr<const PackageJson>> read(const std::filesystem::path& root,
                                                                       std::string folder);

  /// Where the package is, relative to the root; empty: it is the root.
  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  [[nodiscard]] std::string_view name() const { return text("name"); }
  /// `module`, `commonjs`, or nothing.
  [[nodiscard]] std::string_view type() const { return text("type"); }
  [[nodiscard]] bool has_exports() const { return has("exports"); }
  [[nodiscard]] bool has_imports() const { return has("imports"); }
  /// A field that is a text; empty: it is none.
  [[nodiscard]] std::string_view text(std::string_view field) const;

  /// What a name stands for by `exports` ("." or "./NAME") or `imports` ("#NAME"): a path that begins with
  /// "./", or, of `imports`, the name of another package. `accepts` is asked for each of an array's until one
  /// is taken. std::nullopt: nothing.
  using Accepts = std::function<bool(const std::string& target)>;
  [[nodiscard]] std::optional<std::string> exported(const std::string& name, ImportStyle style,
                                                    const Accepts& accepts) const {
    return mapped("exports", name, style, accepts);
  }
  [[nodiscard]] std::optional<std::string> imported(const std::string& name, ImportStyle style,
                                                    const Accepts& accepts) const {
    return mapped("imports", name, style, accepts);
  }

  /// What the field `browser` puts in the place of a package or of a file ("./NAME"): another one; empty:
  /// nothing, which scripts find as an object without properties. std::nullopt: it does not mention it.
  [[nodiscard]] std::optional<std::string> in_browsers(std::string_view name) const;

 private:
  PackageJson() = default;
  [[nodiscard]] bool has(std::string_view field) const;
  [[nodiscard]] std::optional<std::string> mapped(std::string_view field, const std::string& name,
                                                  ImportStyle style, const Accepts& accepts) const;

  std::string folder_;
  simdjson::dom::parser parser_;  ///< owns what content_ refers to
  simdjson::dom::object content_;
};

}  // namespace wws::runtime
