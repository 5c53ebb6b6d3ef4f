#include "runtime/module_loader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <ctime>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

#include "abi/host_functions.h"
#include "base/file_state.h"
#include "base/log.h"
#include "runtime/snapshot.h"
#include "wasm/engine.h"
#include "wasm/module_outline.h"

namespace wws::runtime {
namespace {

void warn_not_kept(const Error& error) {
  log::warn("compiled modules are not kept for the next start: {}", error.message);
}

std::optional<ModuleCache> open_cache(const std::filesystem::path& folder, wasm::SourceLines lines) {
  auto engine = wasm::Engine::create(wasm::compiling_settings(lines), abi::host_functions());
  if (!engine) return std::nullopt;
  auto cache =
      ModuleCache::open(folder.empty() ? ModuleCache::default_folder() : folder, engine->fingerprint());
  if (cache) return std::move(*cache);
  warn_not_kept(cache.error());
  return std::nullopt;
}

/// A file in memory, without a name, that can be made final.
Result<base::File> memory_file() {
  // MFD_NOEXEC_SEAL, newer than Debian 12's headers; some systems demand it.
  constexpr unsigned kNotAProgram = 8;
  base::File file(memfd_create("wws-module", MFD_CLOEXEC | MFD_ALLOW_SEALING | kNotAProgram));
  if (!file && errno == EINVAL)
    file = base::File(memfd_create("wws-module", MFD_CLOEXEC | MFD_ALLOW_SEALING));
  if (!file) return fail(ErrorCode::kIo, "no memory for a module: " + base::errno_text(errno));
  return file;
}

Result<base::File> memory_file(std::string_view content) {
  auto file = memory_file();
  if (!file) return file;
  if (const auto written = base::write_all(file->fd(), content); !written) {
    return fail(ErrorCode::kIo, "no memory for a module: " + written.error().message);
  }
  lseek(file->fd(), 0, SEEK_SET);
  return file;
}

/// From now on nobody who has the descriptor can change it: what serving processes execute, or what is read.
Result<void> make_final(const base::File& file) {
  if (fcntl(file.fd(), F_ADD_SEALS, F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE) == 0) return {};
  return fail(ErrorCode::kIo, "a file in memory cannot be sealed: " + base::errno_text(errno));
}

/// What is not a module at all is left to the compiler, which says what is wrong with it.
CompileStep first_step(const Result<wasm::ModuleOutline>& outline, SnapshotUse use) {
  return outline ? snapshot_step(*outline, use) : CompileStep::kCode;
}

/// What the cache keeps in the place of a snapshot that cannot be taken, so that it is not tried at each
/// start.
constexpr std::string_view kNoSnapshot = "no snapshot can be taken of this module\n";

/// What the system says of the files of a source: the same, if nobody wrote to them meanwhile. std::nullopt:
/// one cannot be looked at, or was written so lately that what is written next may have the same time.
std::optional<std::string> signature(const std::filesystem::path& root, const Source& source) {
  constexpr std::int64_t kNanoseconds = 1'000'000'000;
  constexpr std::int64_t kLately = kNanoseconds / 20;
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  if (!source.problem.empty()) return std::nullopt;
  std::string text = fmt::format("{}|{}|{}|{}", source.file, static_cast<int>(source.snapshot),
                                 source.imports, source.environment.variables);
  const auto add = [&](const std::string& file) {
    struct stat status{};
    if (stat((root / file).c_str(), &status) != 0) return false;
    const auto age =
        (now.tv_sec - status.st_ctim.tv_sec) * kNanoseconds + now.tv_nsec - status.st_ctim.tv_nsec;
    if (age < kLately) return false;
    fmt::format_to(std::back_inserter(text), "|{}:{}", file, base::file_state(status));
    return true;
  };
  if ((!source.engine_module.empty() && !add(source.engine_module)) ||
      !std::ranges::all_of(source.user_files, add))
    return std::nullopt;
  return text;
}

/// Of the image that scripts of an engine begin with.
std::string beginning_key(const Source& source) {
  return source_key({source.engine, EngineModule::javascript(), ""}, CompileStep::kBeginning);
}

std::unexpected<Error> unreadable(const Error& error) {
  return fail(error.code == ErrorCode::kIo ? ErrorCode::kIo : ErrorCode::kBadModule, error.message);
}

std::unexpected<Error> changed_meanwhile(const Source& source) {
  return fail(
      ErrorCode::kBadModule,
      fmt::format("{} changed while it was loaded; the next reload (SIGHUP, or --watch) reads it again",
                  source.user_files.empty() ? "the file" : "a file of it"));
}

Result<void> give(std::string_view content, base::File& file) {
  auto made = memory_file(content);
  if (!made) return fail(made);
  file = std::move(*made);
  return {};
}

/// Whether a module reads user's files that it is never given: no snapshot is taken of it.
bool misses_its_files(const Result<wasm::ModuleOutline>& outline, const Source& source) {
  return outline && !source.user_files.empty() &&
         snapshot_step(*outline, source.snapshot) == CompileStep::kCode;
}

}  // namespace

std::size_t most_open_modules() {
  constexpr std::size_t kReserve = 64;
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return 1000;
  const auto descriptors = static_cast<std::size_t>(limit.rlim_cur);
  return descriptors > 2 * kReserve ? descriptors - kReserve : descriptors / 2;
}

ModuleLoader::ModuleLoader(std::filesystem::path root, const std::vector<Source>& sources,
                           const std::filesystem::path& cache_folder, wasm::SourceLines lines)
    : cache_folder_(cache_folder), lines_(lines), may_open_(most_open_modules()) {
  begin_update(std::move(root), sources);
  while (!update_some(base::Duration::max())) {
  }
}

void ModuleLoader::begin_update(std::filesystem::path root, std::vector<Source> sources) {
  root_ = std::move(root);
  if (!sources.empty() && !std::exchange(has_opened_cache_, true)) cache_ = open_cache(cache_folder_, lines_);
  update_.emplace().sources = std::move(sources);
}

bool ModuleLoader::update_some(base::Duration at_most) {
  const base::SystemClock clock;
  const base::Instant began = clock.now();
  while (update_->numbers.size() < update_->sources.size()) {
    update_->numbers.push_back(look_up_again(update_->sources[update_->numbers.size()], *update_));
    if (clock.now() - began >= at_most) return false;
  }
  of_source_ = std::move(update_->numbers);
  by_signature_ = std::move(update_->by_signature);
  update_.reset();
  tidy_if_all_ended();
  return true;
}

/// What the files say of themselves spares reading those that are as they were.
std::uint32_t ModuleLoader::look_up_again(const Source& source, Update& update) {
  auto signed_by = signature(root_, source);
  if (signed_by) {
    const auto known = by_signature_.find(*signed_by);
    if (known != by_signature_.end() && !modules_[known->second].is_gone) {
      update.by_signature.emplace(std::move(*signed_by), known->second);
      return known->second;
    }
  }
  const std::uint32_t number = look_up(source);
  if (signed_by) update.by_signature.emplace(std::move(*signed_by), number);
  return number;
}

std::uint32_t ModuleLoader::look_up(const Source& source) {
  Module module;
  module.source = source;
  const auto bytes = read_source(root_, source);
  if (!bytes) {
    module.files = fail(ErrorCode::kBadModule, bytes.error().message);
    return add(std::move(module));
  }
  const auto& outline = bytes->engine_module->outline();
  if (misses_its_files(outline, source)) {
    module.files = fail(ErrorCode::kBadModule,
                        "its files are read while a snapshot is taken, and there is none: it needs a module "
                        "that exports wws_handle, and _initialize or wws_init, and no snapshot = false");
    return add(std::move(module));
  }
  module.takes_stream = outline && outline->exports_name("wws_handle");
  module.snapshot_step = first_step(outline, source.snapshot);
  module.code_key = source_key(*bytes, CompileStep::kCode);
  module.key = source_key(*bytes, module.snapshot_step);
  const auto [known, is_new] = by_key_.try_emplace(module.key, size());
  if (!is_new) {
    const auto& files = modules_[known->second].files;
    if (!files || *files) return known->second;
    known->second = size();  // it failed
  }
  find_files(module);
  return add(std::move(module));
}

std::vector<std::uint32_t> ModuleLoader::keep_only(const std::vector<std::uint32_t>& used) {
  std::vector<bool> stays(size());
  for (const std::uint32_t number : used) stays.at(number) = true;
  std::vector<std::uint32_t> gone;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (!stays[i] && !modules_[i].is_gone) gone.push_back(i);
  }
  for (const std::uint32_t number : gone) let_go(number);
  std::erase_if(by_signature_, [&](const auto& entry) { return modules_[entry.second].is_gone; });
  return gone;
}

void ModuleLoader::let_go(std::uint32_t number) {
  Module& module = modules_[number];
  if (!module.files) --pending_;
  // An error in the place of its files, so that it is not pending.
  module.files = fail(ErrorCode::kNotFound, "nobody uses it any more");
  module.is_gone = true;
  (void)release_code(number);
  may_open_ += module.descriptors;
  if (const auto known = by_key_.find(module.key); known != by_key_.end() && known->second == number)
    by_key_.erase(known);
  const bool is_shared = std::ranges::any_of(
      modules_, [&](const Module& other) { return !other.is_gone && other.code_key == module.code_key; });
  if (!is_shared && codes_.erase(module.code_key) > 0) ++may_open_;
  module.source = {};
  module.code_key.clear();
  module.key.clear();
  module.output.close();
  module.snapshot.reset();
}

/// In the cache, or made for another module.
void ModuleLoader::find_files(Module& module) {
  const auto [code, is_new] = codes_.try_emplace(module.code_key);
  // One for its beginning, if it has one, is not counted: there are few engines.
  const std::size_t descriptors = (is_new ? 1U : 0U) + (module.snapshot_step == CompileStep::kCode ? 0U : 1U);
  if (may_open_ < descriptors) {
    if (is_new) codes_.erase(code);
    module.files = fail(ErrorCode::kBadModule, base::errno_text(EMFILE));
    return;
  }
  may_open_ -= descriptors;
  module.descriptors = descriptors - (is_new ? 1U : 0U);
  if (is_new && cache_) {
    if (auto file = cache_->find(module.code_key))
      code->second.file = std::make_shared<CodeFile>(CodeFile{module.code_key, std::move(*file)});
    if (module.source.engine != SourceEngine::kFile) {
      if (auto file = cache_->find(beginning_key(module.source))) code->second.beginning = std::move(*file);
    }
  }
  const bool may_be_kept =
      module.snapshot_step != CompileStep::kCode && module.source.environment.place == SnapshotPlace::kCache;
  if (may_be_kept && cache_) module.snapshot = find_snapshot(module.key);
  ++pending_;
  if (code->second.file) use_code(module);
}

/// std::nullopt: it has to be taken.
std::optional<base::File> ModuleLoader::find_snapshot(const std::string& key) {
  auto file = cache_->find(key);
  if (!file) return std::nullopt;
  std::array<char, kNoSnapshot.size()> begin{};
  const ssize_t count = pread(file->fd(), begin.data(), begin.size(), 0);
  if (count == static_cast<ssize_t>(begin.size()) &&
      std::string_view(begin.data(), begin.size()) == kNoSnapshot)
    return base::File();
  return std::move(*file);
}

/// Its code is there: it ends, or a snapshot is the next step.
void ModuleLoader::use_code(Module& module) {
  if (module.snapshot_step != CompileStep::kCode && !module.snapshot) return;
  ended(module, ModuleFiles{codes_.at(module.code_key).file,
                            module.snapshot ? std::move(*module.snapshot) : base::File()});
}

CompileStep ModuleLoader::Module::step(const ModuleLoader& loader) const {
  const Code& code = loader.codes_.at(code_key);
  if (!code.file) return CompileStep::kCode;
  return source.engine == SourceEngine::kFile || code.beginning ? snapshot_step : CompileStep::kBeginning;
}

std::uint32_t ModuleLoader::add(Module module) {
  modules_.push_back(std::move(module));
  return size() - 1;
}

std::vector<std::uint32_t> ModuleLoader::pending() const {
  std::vector<std::uint32_t> numbers;
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (!modules_[i].files) numbers.push_back(i);
  }
  return numbers;
}

std::size_t ModuleLoader::pending_scripts() const {
  return static_cast<std::size_t>(std::ranges::count_if(modules_, [](const Module& module) {
    return !module.files && module.source.engine == SourceEngine::kJavaScript;
  }));
}

std::optional<EngineFiles> ModuleLoader::engine_files() const {
  const auto code = codes_.find(EngineModule::javascript()->hash());
  if (code == codes_.end() || !code->second.file || !code->second.beginning) return std::nullopt;
  auto file = code->second.file->file.duplicate();
  auto beginning = code->second.beginning.duplicate();
  if (!file || !beginning) return std::nullopt;
  return EngineFiles{std::move(*file), std::move(*beginning)};
}

/// What goes into the next step.
Result<CompileJob> ModuleLoader::input(const Module& module) const {
  CompileJob job;
  job.step = module.step(*this);
  job.engine = module.source.engine;
  job.lines = lines_;
  if (job.step != CompileStep::kCode) {
    auto code = codes_.at(module.code_key).file->file.duplicate();
    if (!code) return fail(code);
    job.code = std::move(*code);
  }
  auto added = is_of_user_files(job.step) ? add_snapshot_input(module, job) : add_module(module, job);
  if (!added) return fail(added);
  return job;
}

/// For what does not depend on the user's files.
Result<void> ModuleLoader::add_module(const Module& module, CompileJob& job) const {
  if (job.engine != SourceEngine::kFile) return {};
  const auto engine_module = read_engine_module(root_, module.source);
  if (!engine_module) return unreadable(engine_module.error());
  // Only what was looked up may get that name in the cache.
  if ((*engine_module)->hash() != module.code_key) return changed_meanwhile(module.source);
  return give((*engine_module)->bytes(), job.wasm);
}

Result<void> ModuleLoader::add_snapshot_input(const Module& module, CompileJob& job) const {
  const auto bytes = read_source(root_, module.source);
  if (!bytes) return unreadable(bytes.error());
  if (source_key(*bytes, job.step) != module.key) return changed_meanwhile(module.source);
  if (job.engine == SourceEngine::kFile) {
    if (auto given = give(bytes->engine_module->bytes(), job.wasm); !given) return given;
  } else {
    auto beginning = codes_.at(module.code_key).beginning.duplicate();
    if (!beginning) return fail(beginning);
    job.beginning = std::move(*beginning);
  }
  if (bytes->user_files.empty()) return {};
  if (auto given = give(bytes->user_files, job.user_files); !given) return given;
  return make_final(job.user_files);
}

Result<std::optional<CompileJob>> ModuleLoader::prepare(std::uint32_t number) {
  Module& module = modules_.at(number);
  if (module.files) return std::nullopt;  // made for another module
  if (!is_of_user_files(module.step(*this))) {
    auto& made_for = codes_.at(module.code_key).made_for;
    if (made_for.value_or(number) != number) return std::nullopt;
    made_for = number;
  }
  auto job = input(module);
  if (!job) return fail(job);
  auto output = memory_file();
  if (!output) return fail(output);
  auto target = output->duplicate();
  if (!target) return fail(target);
  module.output = std::move(*output);
  job->output = std::move(*target);
  return std::move(*job);
}

/// The file that is mapped: the cache's, or where that takes it not, the one in memory.
Result<base::File> ModuleLoader::keep(const std::string& key, base::File file, ModuleCache::Durable durable) {
  if (auto final = make_final(file); !final) return fail(final);
  if (!cache_ || !is_keeping_) return file;
  auto kept = cache_->keep(key, file, durable);
  if (kept) return kept;
  warn_not_kept(kept.error());
  is_keeping_ = false;
  return file;
}

Result<base::File> ModuleLoader::keep_snapshot(const Module& module, base::File file) {
  if (module.source.environment.place == SnapshotPlace::kCache)
    return keep(module.key, std::move(file), ModuleCache::Durable::kLater);
  if (auto final = make_final(file); !final) return fail(final);
  return file;
}

Result<std::vector<std::uint32_t>> ModuleLoader::finish(std::uint32_t number, Result<std::string> outcome) {
  Module& module = modules_.at(number);
  if (!outcome && outcome.error().code == ErrorCode::kIo) return fail(outcome);
  const CompileStep step = module.step(*this);
  if (is_of_user_files(step)) {
    if (auto finished = finish_snapshot(module, outcome); !finished) return fail(finished);
    tidy_if_all_ended();
    return std::vector{number};
  }
  if (outcome) {
    if (auto taken = take_shared(module, step); !taken) return fail(taken);
  }
  auto sharing = release_code(number);
  for (const std::uint32_t one : sharing) {
    if (outcome) {
      use_code(modules_[one]);
    } else {
      ended(modules_[one], fail(outcome.error().code, outcome.error().message));
    }
  }
  tidy_if_all_ended();
  return sharing;
}

/// What a step made for all modules of the same WebAssembly.
Result<void> ModuleLoader::take_shared(Module& module, CompileStep step) {
  const bool is_code = step == CompileStep::kCode;
  auto file = keep(is_code ? module.code_key : beginning_key(module.source), std::move(module.output),
                   is_code ? ModuleCache::Durable::kAtOnce : ModuleCache::Durable::kLater);
  if (!file) return fail(file);
  Code& code = codes_.at(module.code_key);
  if (is_code) {
    code.file = std::make_shared<CodeFile>(CodeFile{module.code_key, std::move(*file)});
  } else {
    code.beginning = std::move(*file);
  }
  return {};
}

/// What it shares is not made for this module any more. Returns those that are made of it, and have to be
/// made yet.
std::vector<std::uint32_t> ModuleLoader::release_code(std::uint32_t number) {
  std::vector<std::uint32_t> sharing;
  const std::string& key = modules_.at(number).code_key;
  const auto code = codes_.find(key);
  if (code == codes_.end() || code->second.made_for != number) return sharing;
  code->second.made_for.reset();
  for (std::uint32_t i = 0; i < size(); ++i) {
    if (!modules_[i].files && modules_[i].code_key == key) sharing.push_back(i);
  }
  return sharing;
}

std::vector<std::uint32_t> ModuleLoader::give_up(std::uint32_t number, const Error& error) {
  ended(modules_.at(number), fail(error.code, error.message));
  tidy_if_all_ended();
  auto going_on = release_code(number);
  going_on.push_back(number);
  return going_on;
}

/// With or without the snapshot the module is ready, unless its files are in none. kIo: to be taken again.
Result<void> ModuleLoader::finish_snapshot(Module& module, const Result<std::string>& outcome) {
  std::string_view said = outcome ? std::string_view(*outcome) : std::string_view(outcome.error().message);
  std::string_view reason;
  if (!outcome) {
    const std::size_t last = said.rfind('\n');
    reason = last == std::string_view::npos ? said : said.substr(last + 1);
    said.remove_suffix(std::min(said.size(), reason.size() + 1));
  }
  while (!said.empty()) {
    const std::size_t end = std::min(said.find('\n'), said.size());
    log::info("{} [initialisation] {}", module.source.file, said.substr(0, end));
    said.remove_prefix(std::min(end + 1, said.size()));
  }
  if (!outcome && !module.source.user_files.empty()) {
    ended(module, fail(ErrorCode::kBadModule, std::string(reason)));
    return {};
  }
  auto content = outcome ? Result<base::File>(std::move(module.output)) : memory_file(kNoSnapshot);
  if (!content) return fail(content);
  auto kept = keep_snapshot(module, std::move(*content));
  if (!kept) return fail(kept);
  if (!outcome) {
    log::info("{}: runs without a snapshot, and is initialised for each request: {}", module.source.file,
              reason);
  }
  module.snapshot = outcome ? std::move(*kept) : base::File();
  use_code(module);
  return {};
}

void ModuleLoader::ended(Module& module, Result<ModuleFiles> files) {
  module.files = std::move(files);
  module.output.close();
  module.snapshot.reset();
  --pending_;
  is_tidy_ = false;
}

/// Looks at all files of the cache: once when all are there, and not for each that was found in it.
void ModuleLoader::tidy_if_all_ended() {
  if (pending_ > 0 || std::exchange(is_tidy_, true) || !cache_) return;
  cache_->tidy();
}

void compile_pending(ModuleLoader& loader, unsigned parallel, const CompileLimits& limits) {
  // Once more for those that have a snapshot too, or waited for code.
  for (auto pending = loader.pending(); !pending.empty(); pending = loader.pending()) {
    const auto unless_failed = [&](std::size_t index, const auto& result) {
      if (!result) loader.give_up(pending[index], result.error());
    };
    compile_all(
        pending.size(), parallel, limits,
        [&](std::size_t index) {
          auto job = loader.prepare(pending[index]);
          unless_failed(index, job);
          return job;
        },
        [&](std::size_t index, Result<std::string> outcome) {
          unless_failed(index, loader.finish(pending[index], std::move(outcome)));
        });
  }
}

}  // namespace wws::runtime
