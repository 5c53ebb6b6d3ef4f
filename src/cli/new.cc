#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <string>
#include <utility>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "config/later.h"
#include "scaffold/language.h"
#include "scaffold/new_project.h"

namespace wws::cli {
namespace {

std::string known_languages() {
  std::string text;
  for (const scaffold::Language& language : scaffold::languages()) {
    text += fmt::format("{}{}", text.empty() ? "" : ", ", language.id);
  }
  return text;
}

/// A language whose workers come in a later release, by what people call it.
const config::Later* later_language(std::string_view name) {
  using Name = std::pair<std::string_view, std::string_view>;
  constexpr std::array kExtensions = {Name{"python", ".py"}, Name{"ruby", ".rb"}, Name{"py", ".py"},
                                      Name{"rb", ".rb"}};
  const auto* found = std::ranges::find(kExtensions, name, &Name::first);
  return found == kExtensions.end() ? nullptr : config::find_later(config::LaterPlace::kFile, found->second);
}

void complain_of_language(const std::string& name) {
  const config::Later* later = later_language(name);
  complain(later != nullptr
               ? fmt::format("wws: {}; --lang is one of {}", config::to_string(*later), known_languages())
               : fmt::format("wws: there is no kit for \"{}\"; --lang is one of {}", log::escaped(name),
                             known_languages()));
}

}  // namespace

int run_new(const NewOptions& options) {
  const scaffold::Language* language = scaffold::find_language(options.language);
  if (language == nullptr) {
    complain_of_language(options.language);
    complain(help_hint("wws new"));
    return base::exit_code(ErrorCode::kBadUsage);
  }
  if (options.package == scaffold::PackageFile::kWritten && !scaffold::is_script(*language)) {
    complain("wws: --package-json is for js and ts: other languages have package files of their own");
    complain(help_hint("wws new"));
    return base::exit_code(ErrorCode::kBadUsage);
  }
  const auto files = scaffold::make_project(".", options.name, *language, options.package);
  if (!files) {
    complain("wws: " + files.error().message);
    if (files.error().code == ErrorCode::kBadUsage) complain(help_hint("wws new"));
    return base::exit_code(files.error().code);
  }
  const auto command = [&](std::string_view text) { return scaffold::with_name(text, options.name); };
  const char* variable = std::getenv("PATH");
  const std::string_view path = variable != nullptr ? variable : "";
  say(fmt::format("{}/ has a worker in {}: {}", options.name, language->title, command(language->worker)));
  const std::string build = command(scaffold::build_command(*language, path));
  say(build.empty() ? "Serve it, and edit it while it is served:\n" : "Build it and serve it:\n");
  say(fmt::format("    cd {}", options.name));
  say(fmt::format("    {}{}{}", build, build.empty() ? "" : " && ", command(language->serve)));
  // A file of that name answers for its folder (docs/routing.md).
  const std::string route = options.name == "index" ? "" : command(language->route);
  say("\nIt answers at http://127.0.0.1:8080/" + route);
  if (const auto missing = scaffold::missing_toolchain(*language, path)) say("\n" + *missing);
  return 0;
}

}  // namespace wws::cli
