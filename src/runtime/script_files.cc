#include "runtime/script_files.h"

#include <fmt/format.h>

#include <cstddef>
#include <set>
#include <string_view>
#include <unordered_set>

#include "runtime/script_resolver.h"
#include "script/translate.h"

namespace wws::runtime {
namespace {

/// More than a script has by intent.
constexpr std::size_t kMostFiles = 10'000;
constexpr std::size_t kMostBytes = std::size_t{64} << 20;
constexpr std::size_t kMostNames = 200'000;

/// A record that has the name of an export instead of an import.
constexpr char kExport = 6;
constexpr char kExportStyle = 2;

class Collector {
 public:
  explicit Collector(ScriptResolver& resolver) : resolver_(resolver) {}

  ScriptFiles run(const std::string& script) {
    add_file(script);
    record(resolver_.kind_of(script), "", {}, script);
    const std::size_t before = resolver_.bytes_read();
    for (std::size_t i = 0; i < result_.files.size() && result_.problem.empty(); ++i) {
      const std::string file = result_.files[i];
      if (is_script(file)) follow(file);
      if (script::is_translated(file)) follow_typescript(file);
      if (resolver_.bytes_read() - before > kMostBytes)
        result_.problem = fmt::format("its scripts are larger than {} bytes together", kMostBytes);
    }
    return std::move(result_);
  }

 private:
  void follow(const std::string& file) {
    for (const ImportedName& import : resolver_.text_of(file).imports) {
      follow(file, import);
      if (!result_.problem.empty()) return;
    }
  }

  void follow(const std::string& file, const ImportedName& import, std::string_view hint = {}) {
    const ResolvedImport& resolved = resolver_.resolve(file, import);
    const bool is_missing = resolved.kind == ScriptKind::kMissing;
    record(resolved.kind, file, import, is_missing ? resolved.target + std::string(hint) : resolved.target);
    if (is_file(resolved.kind)) add_file(resolved.target);
    if (resolved.kind == ScriptKind::kCommonJs && import.style == ImportStyle::kImport)
      add_exports(resolved.target);
  }

  /// What it depends on without a word in its text.
  void follow_typescript(const std::string& file) {
    const TypeScriptConfigs& configs = resolver_.configs_of(file);
    for (const std::string& config : configs.files) add_file(config);
    if (!script::may_have_jsx(file)) return;
    std::vector<std::string> sources = resolver_.text_of(file).jsx_sources;
    if (sources.empty()) sources = configs.jsx_sources;
    if (sources.empty()) sources.emplace_back("react");
    for (const std::string& source : sources) {
      follow(file, {source + "/jsx-runtime", ImportStyle::kImport},
             "; that is what JSX is made with, unless jsxImportSource in tsconfig.json, or a comment "
             "/** @jsxImportSource NAME */, says otherwise");
    }
  }

  static bool is_file(ScriptKind kind) {
    return kind == ScriptKind::kModule || kind == ScriptKind::kCommonJs || kind == ScriptKind::kData;
  }

  void add_file(const std::string& file) {
    if (!known_.insert(file).second) return;
    result_.files.push_back(file);
    if (result_.files.size() > kMostFiles)
      result_.problem =
          fmt::format("it imports more than {} files; bundle what it needs of them", kMostFiles);
  }

  /// So that a module can import them by name before the script has run.
  void add_exports(const std::string& file) {
    if (!exporting_.insert(file).second) return;
    std::set<std::string> names;
    std::vector<std::string> of{file};
    std::unordered_set<std::string> seen{file};
    while (!of.empty()) {
      const std::string from = std::move(of.back());
      of.pop_back();
      const ScriptText& text = resolver_.text_of(from);
      names.insert(text.exports.begin(), text.exports.end());
      for (const std::string& name : text.exports_of) {
        const ResolvedImport& other = resolver_.resolve(from, {name, ImportStyle::kRequire});
        if (other.kind == ScriptKind::kCommonJs && seen.insert(other.target).second)
          of.push_back(other.target);
        count();
      }
      if (!result_.problem.empty()) return;
    }
    for (const std::string& name : names) {
      begin_record(kExport, kExportStyle);
      append(file);
      append(name);
      append("");
    }
  }

  void record(ScriptKind kind, std::string_view importer, const ImportedName& import,
              std::string_view target) {
    begin_record(static_cast<char>(kind), import.style == ImportStyle::kRequire ? '\1' : '\0');
    append(importer);
    append(import.name);
    append(target);
  }

  void begin_record(char kind, char style) {
    result_.imports += kind;
    result_.imports += style;
    count();
  }
  void count() {
    if (++names_ > kMostNames)
      result_.problem =
          fmt::format("its scripts have more than {} imports and exports; bundle what it needs", kMostNames);
  }
  void append(std::string_view text) {
    for (int shift = 0; shift < 32; shift += 8) result_.imports += static_cast<char>(text.size() >> shift);
    result_.imports += text;
  }

  ScriptResolver& resolver_;
  ScriptFiles result_;
  std::unordered_set<std::string> known_;
  std::unordered_set<std::string> exporting_;
  std::size_t names_ = 0;
};

}  // namespace

bool is_javascript(const std::string& file) {
  return file.ends_with(".js") || file.ends_with(".mjs") || script::is_translated(file);
}

ScriptFiles script_files(ScriptResolver& resolver, const std::string& script) {
  return Collector(resolver).run(script);
}

}  // namespace wws::runtime
