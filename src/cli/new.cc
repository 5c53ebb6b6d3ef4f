#include <fmt/format.h>

#include <cstdlib>
#include <string>

#include "base/log.h"
#include "cli/commands.h"
#include "cli/console.h"
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

}  // namespace

int run_new(const NewOptions& options) {
  const scaffold::Language* language = scaffold::find_language(options.language);
  if (language == nullptr) {
    complain(fmt::format("wws: there is no kit for \"{}\"; --lang is one of {}",
                         log::escaped(options.language), known_languages()));
    return base::exit_code(ErrorCode::kBadUsage);
  }
  const auto files = scaffold::make_project(".", options.name, *language);
  if (!files) {
    complain("wws: " + files.error().message);
    return base::exit_code(files.error().code);
  }
  const auto command = [&](std::string_view text) { return scaffold::with_name(text, options.name); };
  const char* variable = std::getenv("PATH");
  const std::string_view path = variable != nullptr ? variable : "";
  say(fmt::format("{}/ has a worker in {}: {}", options.name, language->title, command(language->worker)));
  say("Build it and serve it:\n");
  say(fmt::format("    cd {}", options.name));
  say(fmt::format("    {} && {}", command(scaffold::build_command(*language, path)),
                  command(language->serve)));
  // A file of that name answers for its folder (docs/routing.md).
  const std::string route = options.name == "index" ? "" : command(language->route);
  say("\nIt answers at http://127.0.0.1:8080/" + route);
  if (const auto missing = scaffold::missing_toolchain(*language, path)) say("\n" + *missing);
  return 0;
}

}  // namespace wws::cli
