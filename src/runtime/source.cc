#include "runtime/source.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <iterator>
#include <utility>

#include "base/file.h"
#include "interpreters/interpreters.h"
#include "runtime/module_cache.h"
#include "runtime/user_files.h"
#include "script/translate.h"

namespace wws::runtime {
namespace {

/// The largest file that is looked at, and the most that the user's files of one source may be together.
constexpr std::size_t kLargestFile = std::size_t{512} << 20;

/// To be raised when snapshots are taken in another way than before.
constexpr int kSnapshotFormat = 2;
/// To be raised when engines are initialised in another way than before.
constexpr int kBeginningFormat = 1;
/// To be raised when user's files are given in another way than before.
constexpr int kUserFilesFormat = 5;

Result<std::string> read(const std::filesystem::path& root, const std::string& file) {
  auto opened = base::open_read(root / file);
  if (!opened) return fail(opened);
  return base::read_file(*opened, file, kLargestFile);
}

/// By name, so that the order in which they are listed makes no difference. The nameless entries come first.
Result<std::string> read_user_files(const std::filesystem::path& root, const Source& source) {
  std::vector<std::string> names = source.user_files;
  std::ranges::sort(names);
  const auto repeated = std::ranges::unique(names);
  names.erase(repeated.begin(), repeated.end());
  std::string archive;
  if (names.empty()) return archive;
  append_user_file(archive, {"", source.file});
  // The place of a nameless entry tells what it is: one that is empty stands there if another one follows.
  const std::string_view nameless[] = {source.imports, source.environment.variables,
                                       source.environment.bindings};
  std::size_t count = std::size(nameless);
  while (count > 0 && nameless[count - 1].empty()) --count;
  for (std::size_t i = 0; i < count; ++i) append_user_file(archive, {"", nameless[i]});
  for (const std::string& name : names) {
    auto content = read(root, name);
    if (!content) return fail(content);
    if (archive.size() + name.size() + content->size() > kLargestFile) {
      return fail(ErrorCode::kBadModule,
                  fmt::format("with {} its files are larger than {} bytes", name, kLargestFile));
    }
    append_user_file(archive, {name, *content});
  }
  return archive;
}

/// A snapshot is found by the module that it was taken of, and the way it was taken.
std::string key_of_module(const EngineModule& engine_module, CompileStep step) {
  const std::string& hash = engine_module.hash();
  switch (step) {
    case CompileStep::kCode:
      return hash;
    case CompileStep::kBeginning:
      return module_hash(fmt::format("{} beginning {}", hash, kBeginningFormat));
    case CompileStep::kSnapshot:
      return module_hash(fmt::format("{} snapshot {}", hash, kSnapshotFormat));
    case CompileStep::kSnapshotUnlessEnvironmentIsRead:
      return module_hash(fmt::format("{} snapshot {} unless environment is read", hash, kSnapshotFormat));
  }
  return hash;
}

}  // namespace

Source wasm_source(std::string file, SnapshotUse snapshot) {
  std::string engine_module = file;
  return {std::move(file), std::move(engine_module), {}, snapshot};
}

Source javascript_source(std::string file, ScriptFiles files, ScriptEnvironment environment) {
  // [vars] are no reason against a snapshot: they come with the files.
  return {std::move(file),           "",
          std::move(files.files),    SnapshotUse::kWithVariables,
          SourceEngine::kJavaScript, std::move(files.imports),
          std::move(files.problem),  std::move(environment)};
}

ScriptEnvironment script_environment(const config::WorkerConfig& config) {
  ScriptEnvironment environment;
  for (const auto& [name, value] : config.vars) append_user_file(environment.variables, {name, value});
  for (const auto& [name, space] : config.kv_bindings) append_user_file(environment.bindings, {name, ""});
  if (config.has_injected_vars) environment.place = SnapshotPlace::kMemory;
  return environment;
}

std::shared_ptr<const EngineModule> EngineModule::javascript() {
  static const std::shared_ptr<const EngineModule> kJavaScript(
      new EngineModule(OfTheExecutable{}, interpreters::javascript()));
  return kJavaScript;
}

const std::string& EngineModule::hash() const {
  if (hash_.empty()) hash_ = module_hash(bytes_);
  return hash_;
}

const Result<wasm::ModuleOutline>& EngineModule::outline() const {
  if (!outline_) outline_ = wasm::read_outline(bytes_);
  return *outline_;
}

Result<std::shared_ptr<const EngineModule>> read_engine_module(const std::filesystem::path& root,
                                                               const Source& source) {
  if (source.engine == SourceEngine::kJavaScript) return EngineModule::javascript();
  auto bytes = read(root, source.engine_module);
  if (!bytes) return fail(bytes);
  return std::make_shared<const EngineModule>(std::move(*bytes));
}

Result<SourceBytes> read_source(const std::filesystem::path& root, const Source& source) {
  if (!source.problem.empty()) return fail(ErrorCode::kBadModule, source.problem);
  auto engine_module = read_engine_module(root, source);
  if (!engine_module) return fail(engine_module);
  auto user_files = read_user_files(root, source);
  if (!user_files) return fail(user_files);
  return SourceBytes{source.engine, std::move(*engine_module), std::move(*user_files)};
}

std::string source_key(const SourceBytes& bytes, CompileStep step) {
  std::string key = key_of_module(*bytes.engine_module, step);
  if (!is_of_user_files(step) || bytes.user_files.empty()) return key;
  // What is made of a file before the engine takes it is other with another version.
  const std::string_view translator =
      bytes.engine == SourceEngine::kJavaScript ? script::version() : std::string_view();
  return module_hash(
      fmt::format("{} files {} {} {}", key, kUserFilesFormat, translator, module_hash(bytes.user_files)));
}

}  // namespace wws::runtime
