#include "cli/help.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <string_view>
#include <utility>

#include "cli/parsers.h"

namespace wws::cli {
namespace {

std::string first_line(const std::string& text) { return text.substr(0, text.find('\n')); }

std::string further_lines(const std::string& text) {
  const std::size_t end = text.find('\n');
  return end == std::string::npos ? std::string() : text.substr(end + 1);
}

reference::Value value_of(const CLI::Option& option) {
  if (option.get_type_size() == 0) return {};
  return {option.get_type_name(), option.get_default_str()};
}

reference::Count count_of(const CLI::Option& option) {
  if (option.get_required()) return reference::Count::kRequired;
  return option.get_expected_max() == CLI::detail::expected_max_vector_size ? reference::Count::kRepeatable
                                                                            : reference::Count::kOptional;
}

reference::Option describe(const CLI::Option& option) {
  reference::Option described;
  if (option.get_positional()) described.names.push_back(option.get_name(true, false));
  for (const std::string& name : option.get_snames()) described.names.push_back("-" + name);
  for (const std::string& name : option.get_lnames()) described.names.push_back("--" + name);
  described.value = value_of(option);
  described.help = first_line(option.get_description());
  described.more = further_lines(option.get_description());
  described.group = option.get_group();
  described.count = count_of(option);
  return described;
}

reference::Command describe(const CLI::App& app) {
  reference::Command command{app.get_name(), first_line(app.get_description()), {}, {}};
  for (const CLI::Option* option : app.get_options()) {
    if (option->get_group().empty()) continue;  // not listed
    (option->get_positional() ? command.arguments : command.options).push_back(describe(*option));
  }
  return command;
}

/// "--port PORT   Port to listen on [8080]".
class Formatter : public CLI::Formatter {
 public:
  Formatter() {
    column_width(36);
    label("Positionals", "Arguments");
  }
  /// One empty line between groups is enough.
  std::string make_help(const CLI::App* app, std::string name, CLI::AppFormatMode mode) const override {
    return CLI::detail::find_and_replace(CLI::Formatter::make_help(app, std::move(name), mode), "\n\n\n",
                                         "\n\n");
  }
  std::string make_option_name(const CLI::Option* option, bool is_positional) const override {
    std::string names;
    for (const std::string& name : describe(*option).names) names += (names.empty() ? "" : ", ") + name;
    return is_positional ? option->get_name(true, false) : names;
  }
  std::string make_option_opts(const CLI::Option* option) const override {
    const reference::Value value = value_of(*option);
    const bool is_told = !option->get_positional() || kind_of(value) == reference::ValueKind::kChoice;
    return is_told && !value.name.empty() ? " " + value.name : "";
  }
  std::string make_option_desc(const CLI::Option* option) const override {
    const reference::Option described = describe(*option);
    std::string text = described.help;
    if (described.count == reference::Count::kRepeatable) text += " (repeatable)";
    if (described.count == reference::Count::kRequired && !option->get_positional()) text += " (required)";
    if (!described.value.fallback.empty()) text += " [" + described.value.fallback + "]";
    return text;
  }
};

}  // namespace

void set_formatter(CLI::App& app) { app.formatter(std::make_shared<Formatter>()); }

std::vector<reference::Command> describe_commands() {
  std::vector<reference::Command> commands;
  for (const CommandRow& row : command_rows()) commands.push_back(describe(row.make()->app));
  return commands;
}

}  // namespace wws::cli
