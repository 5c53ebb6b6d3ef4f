#include "runtime/snapshot.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/random.h"
#include "runtime/translated_files.h"
#include "wasm/guest.h"

namespace wws::runtime {
namespace {

constexpr std::string_view kFirstCall = "_initialize";
constexpr std::array<std::string_view, 2> kInSnapshot = {kFirstCall, "wws_init"};

/// Those of what prepares an instance that a snapshot keeps.
std::vector<std::string_view> preparing_calls(const wasm::ModuleOutline& outline) {
  std::vector<std::string_view> calls;
  for (const std::string_view name : kInSnapshot) {
    if (outline.exports_name(name)) calls.push_back(name);
  }
  return calls;
}

/// Gives a line to the supervisor, for the log.
void say(std::string_view text) {
  const std::string line = std::string(text) + "\n";
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, line.data(), line.size());
}

/// The user's files as the engine takes them.
Result<std::string> input_of(SourceEngine engine, std::string_view user_files) {
  std::string files(user_files);
  return engine == SourceEngine::kJavaScript ? translate_files(std::move(files)) : std::move(files);
}

/// What a guest says before it leaves in the middle of its initialisation: why, and where.
class LastWords {
 public:
  void add(log::Level level, std::string_view line) {
    if (level != log::Level::kError) return;
    constexpr std::string_view kPlace = "    at ";
    if (line.starts_with("Caused by: ")) {
      has_place_ = true;  // the first error's place is above
    } else if (!line.starts_with(' ')) {
      text_ = line;
      has_place_ = false;
    } else if (line.starts_with(kPlace) && !has_place_ && !text_.empty()) {
      text_ += line.substr(kPlace.find("at") - 1);
      has_place_ = true;
    }
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }

 private:
  std::string text_;
  bool has_place_ = false;
};

}  // namespace

CompileStep snapshot_step(const wasm::ModuleOutline& outline, SnapshotUse use) {
  if (use == SnapshotUse::kNo || !outline.exports_name("wws_handle")) return CompileStep::kCode;
  if (preparing_calls(outline).empty()) return CompileStep::kCode;
  // What declares wws_resume reads the environment again there.
  return use == SnapshotUse::kWithVariables && !outline.exports_name("wws_resume")
             ? CompileStep::kSnapshotUnlessEnvironmentIsRead
             : CompileStep::kSnapshot;
}

bool is_in_snapshot(std::string_view export_name) noexcept {
  return std::ranges::find(kInSnapshot, export_name) != kInSnapshot.end();
}

Result<Initialisation> Initialisation::create(const wasm::Engine& engine, const SourceBytes& source,
                                              InitialisationFiles files, CompileStep step) {
  const auto& outline = source.engine_module->outline();
  if (!outline) return std::unexpected(outline.error());
  // Reading all of its code takes longer than the rest: of our own engines it is known.
  if (source.engine == SourceEngine::kFile) {
    if (auto possible = wasm::check_image(source.engine_module->bytes()); !possible) return fail(possible);
  }
  std::vector<std::string_view> names = preparing_calls(*outline);
  if (step == CompileStep::kBeginning) names = {kFirstCall};
  if (files.beginning) std::erase(names, kFirstCall);
  auto module = engine.map(std::move(files.code));
  if (module && files.beginning) module = engine.begin_with(*module, std::move(files.beginning));
  if (!module) return std::unexpected(module.error());
  auto calls = module->find_calls(names);
  if (!calls) return std::unexpected(calls.error());
  return Initialisation(std::move(*module), std::move(*calls), step, source.engine);
}

Result<void> Initialisation::run(std::string_view user_files, const base::File& image) const {
  // As just after the machine's start, so that no instance sees time go back. Go takes 0 for a broken clock.
  const base::ManualClock clock(base::Instant(std::chrono::milliseconds(1)));
  base::Random random;
  auto files = input_of(engine_, user_files);
  if (!files) return fail(files);
  wasm::WasiStdio::Input input;
  input.stdin_bytes = *files;
  LastWords last_words;
  input.on_log_line = [&last_words](log::Level level, std::string_view line) {
    last_words.add(level, line);
    say(line);
  };
  wasm::Guest guest(clock, random, {}, std::move(input));
  guest.wasi().log_stdout();
  auto taken = wasm::Engine::take_image(module_, calls_, guest, image);
  guest.wasi().flush_stderr();
  if (!taken && taken.error().code == ErrorCode::kGuestExit && !last_words.text().empty())
    return fail(ErrorCode::kBadModule, last_words.text());
  if (taken && step_ == CompileStep::kSnapshotUnlessEnvironmentIsRead &&
      guest.wasi().environment_was_read()) {
    return fail(ErrorCode::kBadModule,
                "it reads the environment while it is initialised, and its worker has [vars]; a module that "
                "exports wws_resume reads them there");
  }
  return taken;
}

}  // namespace wws::runtime
