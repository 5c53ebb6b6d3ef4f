#include "imports.h"

#include <algorithm>
#include <cstring>
#include <tuple>

namespace wws::js {
namespace {

/// Takes records from the begin of a text.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  bool is_at_end() const noexcept { return rest_.empty(); }
  bool read(Imports::Entry& entry) {
    if (rest_.size() < 2) return false;
    entry.kind = static_cast<ImportKind>(rest_[0]);
    entry.style = static_cast<ImportStyle>(rest_[1]);
    rest_.remove_prefix(2);
    return read(entry.importer) && read(entry.name) && read(entry.target);
  }

 private:
  bool read(std::string_view& field) {
    std::uint32_t size = 0;
    if (rest_.size() < sizeof size) return false;
    std::memcpy(&size, rest_.data(), sizeof size);
    rest_.remove_prefix(sizeof size);
    if (rest_.size() < size) return false;
    field = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return true;
  }

  std::string_view rest_;
};

auto key(const Imports::Entry& entry) { return std::tuple(entry.importer, entry.name, entry.style); }

bool is_file(ImportKind kind) {
  return kind == ImportKind::kModule || kind == ImportKind::kCommonJs || kind == ImportKind::kData;
}

}  // namespace

bool Imports::read(std::string_view text) {
  text_.assign(text.begin(), text.end());
  Reader reader({text_.data(), text_.size()});
  while (!reader.is_at_end()) {
    Entry entry;
    if (!reader.read(entry)) return false;
    entries_.push_back(entry);
    if (is_file(entry.kind)) files_.push_back({entry.target, entry.kind});
  }
  std::ranges::sort(entries_, {}, key);
  std::ranges::sort(files_, {}, &File::name);
  const auto repeated = std::ranges::unique(files_, {}, &File::name);
  files_.erase(repeated.begin(), repeated.end());
  return true;
}

const Imports::Entry* Imports::find(std::string_view importer, std::string_view name,
                                    ImportStyle style) const noexcept {
  const auto wanted = std::tuple(importer, name, style);
  const auto found = std::ranges::lower_bound(entries_, wanted, {}, key);
  return found != entries_.end() && key(*found) == wanted ? &*found : nullptr;
}

ImportKind Imports::kind_of(std::string_view file) const noexcept {
  const auto found = std::ranges::lower_bound(files_, file, {}, &File::name);
  return found != files_.end() && found->name == file ? found->kind : ImportKind::kData;
}

bool Imports::has_node_modules() const noexcept {
  return std::ranges::any_of(entries_,
                             [](const Entry& entry) { return entry.kind == ImportKind::kNodeModule; });
}

std::vector<std::string_view> Imports::exports_of(std::string_view file) const {
  std::vector<std::string_view> names;
  const auto first = std::ranges::lower_bound(entries_, file, {}, &Entry::importer);
  for (auto entry = first; entry != entries_.end() && entry->importer == file; ++entry) {
    if (entry->kind == ImportKind::kExport) names.push_back(entry->name);
  }
  return names;
}

}  // namespace wws::js
