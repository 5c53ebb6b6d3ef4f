#include "runtime/translated_files.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <utility>
#include <vector>

#include "runtime/user_files.h"
#include "script/large_stack.h"
#include "script/translate.h"

namespace wws::runtime {
namespace {

/// What the signal handler says: it may not put it together.
std::array<char, 512> overflow_message;

void prepare_overflow_message(std::string_view file) {
  constexpr std::string_view kReason = ": it is nested too deeply to be translated";
  const std::size_t name = std::min(file.size(), overflow_message.size() - kReason.size() - 1);
  std::memcpy(overflow_message.data(), file.data(), name);
  std::memcpy(overflow_message.data() + name, kReason.data(), kReason.size());
  overflow_message[name + kReason.size()] = '\0';
}

void say_overflow() {
  [[maybe_unused]] const ssize_t written =
      write(STDERR_FILENO, overflow_message.data(), std::strlen(overflow_message.data()));
  _exit(1);
}

class Translation {
 public:
  explicit Translation(std::vector<UserFile> files) : files_(std::move(files)) {
    for (const UserFile& file : files_) by_name_.emplace(file.name, file.content);
  }

  Result<std::string> run() {
    std::string list;
    std::string problems;
    for (const UserFile& file : files_) {
      if (!script::is_translated(file.name)) {
        append_user_file(list, file);
        continue;
      }
      const auto added = add(list, file);
      // What is wrong with a tsconfig.json is so for each of its files.
      if (!added && !problems.contains(added.error().message))
        problems += (problems.empty() ? "" : "; ") + added.error().message;
    }
    if (!problems.empty()) return fail(ErrorCode::kBadModule, std::move(problems));
    return list;
  }

 private:
  Result<void> add(std::string& list, const UserFile& file) {
    prepare_overflow_message(file.name);
    const auto settings = settings_of(file.name);
    if (!settings) return std::unexpected(settings.error());
    const auto script = script::translate(**settings, file.name, file.content);
    if (!script) return std::unexpected(script.error());
    append_user_file(list, {file.name, script->code});
    append_user_file(list, {std::string(file.name) + '\0', script->positions});
    return {};
  }

  /// Files of one folder share them.
  Result<const script::Settings*> settings_of(std::string_view file) {
    const std::string config =
        config_of(file, [&](const std::string& path) { return by_name_.contains(path); });
    const auto known = settings_.find(config);
    if (known != settings_.end()) return &known->second;
    if (config.empty()) return &settings_.try_emplace(config).first->second;
    auto settings = script::Settings::read(config, [&](const std::string& path) {
      const auto found = by_name_.find(path);
      return found == by_name_.end() ? nullptr : &found->second;
    });
    if (!settings) return fail(settings);
    return &settings_.emplace(config, std::move(*settings)).first->second;
  }

  std::vector<UserFile> files_;
  std::map<std::string_view, std::string_view, std::less<>> by_name_;
  std::map<std::string, script::Settings> settings_;
};

}  // namespace

Result<std::string> translate_files(std::string list) {
  auto files = read_user_files(list);
  if (!files) return fail(files);
  if (std::ranges::none_of(*files, [](const UserFile& file) { return script::is_translated(file.name); }))
    return list;
  Result<std::string> translated;
  const auto ran =
      script::on_large_stack([&] { translated = Translation(std::move(*files)).run(); }, say_overflow);
  if (!ran) return std::unexpected(ran.error());
  return translated;
}

}  // namespace wws::runtime
