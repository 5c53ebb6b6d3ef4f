#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "base/log.h"
#include "base/near.h"
#include "cli/parsers.h"
#include "config/later.h"

namespace wws::cli {
namespace {

const std::string& path_of(const Command& command) {
  static const std::string none;
  if (const auto* serve = std::get_if<ServeOptions>(&command)) return serve->path;
  if (const auto* check = std::get_if<CheckOptions>(&command)) return check->path;
  return none;
}

/// PATH, and a word behind it, may ask for a feature that is not there.
void refuse_later_words(const std::string& path, const std::vector<std::string>& behind) {
  for (const config::Later& later : config::later_features()) {
    if (later.place == config::LaterPlace::kScheme && path.starts_with(later.name))
      throw AskedForLater(log::escaped(path), later);
    if (later.place != config::LaterPlace::kVerb) continue;
    if (path == later.name || (!behind.empty() && behind.front() == later.name))
      throw AskedForLater(later.name, later);
  }
}

/// How many of the arguments are the command's words; std::nullopt: they are others.
std::optional<std::size_t> words_taken(const std::string& words, const std::vector<std::string>& arguments) {
  std::string_view rest = words;
  std::size_t count = 0;
  for (; !rest.empty(); ++count) {
    const std::string_view word = rest.substr(0, rest.find(' '));
    if (count == arguments.size() || arguments[count] != word) return std::nullopt;
    rest.remove_prefix(std::min(word.size() + 1, rest.size()));
  }
  return count;
}

std::string with_meant(std::string what, std::string_view meant) {
  return meant.empty() ? what : fmt::format("{}; did you mean {}?", what, meant);
}

std::string no_such_option(const CLI::App& app, const std::string& word) {
  std::vector<std::string> names;
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // not listed
    for (const std::string& name : option->get_lnames()) names.push_back("--" + name);
  }
  const std::string name = word.substr(0, word.find('='));
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return with_meant("there is no option " + log::escaped(name), base::nearest(name, candidates));
}

/// What no option and no argument takes. A command that is written wrong is PATH, and what is behind it is
/// too much.
std::string unexpected(const Parser& parser, const std::string& word) {
  if (word.starts_with('-')) return no_such_option(parser.app, word);
  const std::string& path = path_of(parser.command);
  const std::string meant = std::holds_alternative<ServeOptions>(parser.command) ? command_like(path) : "";
  if (!meant.empty()) return with_meant("there is no command " + log::escaped(path), meant);
  return "one argument too many: " + log::escaped(word);
}

Result<Command> run_parser(Parser& parser, std::vector<std::string> arguments) {
  CLI::App& app = parser.app;
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(arguments);
    const std::vector<std::string> behind = app.remaining();
    refuse_later_words(path_of(parser.command), behind);
    if (!behind.empty()) {
      return fail(ErrorCode::kBadUsage,
                  fmt::format("{}\n{}", unexpected(parser, behind.front()), help_hint(app.get_name())));
    }
  } catch (const CLI::CallForHelp&) {
    return PrintText{app.help()};
  } catch (const CLI::CallForVersion& version) {
    return PrintText{std::string(version.what()) + "\n"};
  } catch (const AskedForLater& asked) {
    return fail(ErrorCode::kBadUsage, asked.what());
  } catch (const CLI::ParseError& error) {
    return fail(ErrorCode::kBadUsage, fmt::format("{}\n{}", error.what(), help_hint(app.get_name())));
  }
  return std::move(parser.command);
}

}  // namespace

std::string help_hint(std::string_view command) {
  return fmt::format("Run \"{} --help\" for the options.", command);
}

std::string command_like(std::string_view word) {
  constexpr std::size_t kShortest = 4;  // every word of three letters is near another
  if (word.size() < kShortest || word.find_first_of("./") != std::string_view::npos) return "";
  std::vector<std::string> names;
  for (const CommandRow& row : command_rows()) {
    if (!row.words.empty() && row.words.find(' ') == std::string::npos) names.push_back(row.words);
  }
  const std::vector<std::string_view> candidates(names.begin(), names.end());
  return std::string(base::nearest(word, candidates));
}

Result<Command> parse_command_line(const std::vector<std::string>& arguments) {
  const std::vector<CommandRow> rows = command_rows();
  const CommandRow* found = &rows.front();
  std::size_t taken = 0;
  for (const CommandRow& row : rows) {
    const auto words = words_taken(row.words, arguments);
    if (!words || *words < taken) continue;
    found = &row;
    taken = *words;
  }
  const auto parser = found->make();
  if (found->words.empty()) parser->app.footer(list_of_commands());
  return run_parser(*parser, {arguments.begin() + static_cast<std::ptrdiff_t>(taken), arguments.end()});
}

}  // namespace wws::cli
