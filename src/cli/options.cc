#include "cli/options.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "base/log.h"
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

Result<Command> run_parser(Parser& parser, std::vector<std::string> arguments) {
  CLI::App& app = parser.app;
  try {
    std::reverse(arguments.begin(), arguments.end());  // as CLI11 wants them
    app.parse(arguments);
    const std::vector<std::string> behind = app.remaining();
    refuse_later_words(path_of(parser.command), behind);
    if (!behind.empty()) throw CLI::ExtrasError(app.get_name(), behind);
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
