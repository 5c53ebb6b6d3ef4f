#include "runtime/package_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/file.h"

namespace wws::runtime {
namespace {

namespace dom = simdjson::dom;

/// Conditions of `exports` and `imports` that hold, besides `import` or `require`. The first that a package
/// lists is the one that counts.
constexpr std::array<std::string_view, 5> kConditions = {"wws", "workerd", "worker", "browser", "default"};

/// Longer than what the system takes.
constexpr std::size_t kLongestPath = 4096;

bool holds(std::string_view condition, ImportStyle style) {
  if (condition == "import") return style == ImportStyle::kImport;
  if (condition == "require") return style == ImportStyle::kRequire;
  // What bundlers have for files that are written for them.
  return condition == "module" || condition == "production" ||
         std::ranges::find(kConditions, condition) != kConditions.end();
}

/// A target found, one that is none on purpose (null), or nothing yet.
struct Target {
  enum class Kind { kUnknown, kNone, kFound } kind = Kind::kUnknown;
  std::string path{};
};

/// One look-up in a map of targets.
class Lookup {
 public:
  Lookup(ImportStyle style, const PackageJson::Accepts& accepts, std::string_view star)
      : style_(style), accepts_(accepts), star_(star) {}

  /// As deep as JSON was accepted.
  Target resolve(const dom::element& target) const {
    switch (target.type()) {
      case dom::element_type::STRING:
        return take(target.get_string().value_unsafe());
      case dom::element_type::OBJECT: {
        const dom::object conditions = target.get_object().value_unsafe();
        for (const auto field : conditions) {
          if (!holds(field.key, style_)) continue;
          Target found = resolve(field.value);
          if (found.kind != Target::Kind::kUnknown) return found;
        }
        return {};
      }
      case dom::element_type::ARRAY: {
        const dom::array targets = target.get_array().value_unsafe();
        Target last;
        for (const dom::element each : targets) {
          Target found = resolve(each);
          if (found.kind == Target::Kind::kFound && accepts_(found.path)) return found;
          if (found.kind != Target::Kind::kUnknown) last = std::move(found);
        }
        return last;
      }
      default:
        return {Target::Kind::kNone};
    }
  }

 private:
  [[nodiscard]] Target take(std::string_view target) const {
    Target found{Target::Kind::kFound};
    for (const char c : target) {
      if (c == '*') {
        found.path += star_;
      } else {
        found.path += c;
      }
      if (found.path.size() > kLongestPath) return {Target::Kind::kNone};
    }
    return found;
  }

  ImportStyle style_;
  const PackageJson::Accepts& accepts_;
  std::string_view star_;
};

/// Whether a key with a `*` covers a name, and what the `*` stands for.
std::optional<std::string_view> match(std::string_view key, std::string_view name) {
  const std::size_t star = key.find('*');
  if (star == std::string_view::npos || key.find('*', star + 1) != std::string_view::npos)
    return std::nullopt;
  const std::string_view before = key.substr(0, star);
  const std::string_view after = key.substr(star + 1);
  if (name.size() <= key.size() - 1 || !name.starts_with(before) || !name.ends_with(after))
    return std::nullopt;
  return name.substr(star, name.size() - before.size() - after.size());
}

bool is_map_of_names(const dom::object& map, std::string_view first) {
  return map.size() > 0 && (*map.begin()).key.starts_with(first);
}

/// The most literal key that covers the name.
std::optional<std::string> look_up(const dom::object& map, const std::string& name, ImportStyle style,
                                   const PackageJson::Accepts& accepts) {
  std::string_view best;
  std::string_view star;
  dom::element target;
  for (const auto field : map) {
    if (field.key == name && name.find('*') == std::string::npos) {
      best = field.key;
      star = {};
      target = field.value;
      break;
    }
    const auto covered = match(field.key, name);
    if (!covered) continue;
    const std::size_t length = field.key.find('*');
    const std::size_t best_length = best.find('*');
    if (!best.empty() && (length < best_length || (length == best_length && field.key.size() <= best.size())))
      continue;
    best = field.key;
    star = *covered;
    target = field.value;
  }
  if (best.empty()) return std::nullopt;
  Target found = Lookup(style, accepts, star).resolve(target);
  if (found.kind != Target::Kind::kFound) return std::nullopt;
  return std::move(found.path);
}

}  // namespace

Result<std::shared_ptr<const PackageJson>> PackageJson::read(const std::filesystem::path& root,
                                                             std::string folder) {
  const std::string file = folder.empty() ? "package.json" : folder + "/package.json";
  auto text = base::read_file(root / file, kLargest);
  if (!text) {
    if (text.error().code == ErrorCode::kNotFound) return fail(text);
    return fail(ErrorCode::kBadModule, fmt::format("{} cannot be read: {}", file, text.error().message));
  }
  std::shared_ptr<PackageJson> package(new PackageJson);
  package->folder_ = std::move(folder);
  if (const auto error = package->parser_.parse(*text).get(package->content_)) {
    return fail(ErrorCode::kBadModule,
                fmt::format("{} is no package's description: {}", file, simdjson::error_message(error)));
  }
  return package;
}

bool PackageJson::has(std::string_view field) const {
  dom::element found;
  return !content_[field].get(found) && !found.is_null();
}

std::string_view PackageJson::text(std::string_view field) const {
  std::string_view found;
  if (content_[field].get(found)) return {};
  return found;
}

std::optional<std::string> PackageJson::mapped(std::string_view field, const std::string& name,
                                               ImportStyle style, const Accepts& accepts) const {
  dom::element content;
  if (content_[field].get(content)) return std::nullopt;
  const bool is_exports = field == "exports";
  dom::object map;
  if (!content.get(map) && (!is_exports || is_map_of_names(map, ".")))
    return look_up(map, name, style, accepts);
  // `exports` may be what "." stands for.
  if (!is_exports || name != ".") return std::nullopt;
  Target found = Lookup(style, accepts, {}).resolve(content);
  if (found.kind != Target::Kind::kFound) return std::nullopt;
  return std::move(found.path);
}

std::optional<std::string> PackageJson::in_browsers(std::string_view name) const {
  dom::object map;
  if (content_["browser"].get(map)) return std::nullopt;
  dom::element target;
  if (map[name].get(target)) return std::nullopt;
  std::string_view other;
  if (!target.get(other)) return std::string(other);
  return target.is<bool>() ? std::optional<std::string>("") : std::nullopt;
}

}  // namespace wws::runtime
