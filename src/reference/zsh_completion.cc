#include <fmt/format.h>

#include <algorithm>

#include "reference/completions.h"

namespace wws::reference {
namespace {

/// `characters` with a backslash before each.
std::string escaped(std::string_view text, std::string_view characters) {
  std::string out;
  for (const char c : text) {
    if (characters.find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// Between single quotation marks.
std::string zsh_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'') {
      out += "'\\''";
    } else {
      out += c;
    }
  }
  return out + "'";
}

/// ":MESSAGE:ACTION" of _arguments.
std::string value_spec(const std::string& message, const Value& value) {
  std::string action = " ";
  const auto choices = choices_of(value);
  const bool goes_on =
      std::ranges::any_of(choices, [](const std::string& c) { return c.ends_with(':') || c.ends_with('/'); });
  if (kind_of(value) == ValueKind::kFolder) action = "_files -/";
  if (kind_of(value) == ValueKind::kFile) action = "_files";
  if (goes_on) {
    action = "_wws_place";
  } else if (!choices.empty()) {
    action = fmt::format("({})", fmt::join(choices, " "));
  }
  return fmt::format(":{}:{}", escaped(message, ":"), action);
}

std::string option_specs(const Option& option) {
  std::string text;
  const std::string others =
      option.count == Count::kRepeatable ? "*" : fmt::format("({})", fmt::join(option.names, " "));
  for (const std::string& name : option.names) {
    const bool has_value = !option.value.name.empty();
    const std::string equals = has_value ? (name.starts_with("--") ? "=" : "+") : "";
    const std::string help = escaped(option.help, "[]:");
    text += fmt::format(" \\\n    {}",
                        zsh_word(fmt::format("{}{}{}[{}]{}", others, name, equals, help,
                                             has_value ? value_spec(option.value.name, option.value) : "")));
  }
  return text;
}

std::string specs(const Command& command) {
  std::string text;
  for (const Option& option : command.options) text += option_specs(option);
  return text;
}

std::string function_name(std::string_view words) {
  std::string name = "_wws_" + std::string(words.empty() ? "serve" : words);
  std::ranges::replace(name, ' ', '_');
  return name;
}

/// A function for the options and arguments of one command.
std::string command_function(const Command& command) {
  std::string text =
      fmt::format("{}() {{\n  _arguments -s -S{}", function_name(words_of(command)), specs(command));
  for (const Option& argument : command.arguments) {
    const bool is_first_word = command.name == "wws";
    const std::string spec =
        is_first_word ? ":PATH:_wws_first" : value_spec(argument.names.front(), argument.value);
    text += fmt::format(" \\\n    {}", zsh_word(argument.count == Count::kRequired ? spec : ":" + spec));
  }
  return text + "\n}\n\n";
}

/// A function that offers the commands behind `words`.
std::string words_function(std::span<const Command> commands, std::string_view words, std::string_view name) {
  std::string text = fmt::format("{}() {{\n  local -a commands=(\n", name);
  for (const std::string& next : next_words(commands, words)) {
    const std::string full = words.empty() ? next : fmt::format("{} {}", words, next);
    const auto found = std::ranges::find_if(commands, [&](const Command& c) { return words_of(c) == full; });
    const std::string_view help =
        found == commands.end() ? std::string_view() : std::string_view(found->help);
    text += fmt::format("    {}\n", zsh_word(fmt::format("{}:{}", next, help.substr(0, help.find('\n')))));
  }
  return text + "  )\n  _describe -t commands command commands\n";
}

}  // namespace

std::string zsh_completion(std::span<const Command> commands) {
  std::string text =
      "#compdef wws\n# Completion of wws for zsh. Made by \"wws completions zsh\".\n\n"
      "_wws_place() {\n  if compset -P 'file:'; then _files -/; else compadd -S '' -- memory file: redis://; "
      "fi\n}\n\n";
  text += words_function(commands, {}, "_wws_first_words") + "}\n\n";
  text += "_wws_first() {\n  (( CURRENT == 2 )) && _wws_first_words\n  _files -/\n}\n\n";
  std::string cases;
  for (const Command& command : commands) {
    text += command_function(command);
    const std::string_view words = words_of(command);
    if (words.empty() || words.find(' ') != std::string_view::npos) continue;
    std::string inner;
    for (const std::string& next : next_words(commands, words)) {
      const std::string full = fmt::format("{} {}", words, next);
      inner += fmt::format("        {}) shift 2 words; (( CURRENT -= 2 )); {}; return ;;\n", next,
                           function_name(full));
    }
    if (!inner.empty()) {
      text += words_function(commands, words, function_name(fmt::format("{} words", words))) + "}\n\n";
      inner = fmt::format("      (( CURRENT == 3 )) && {} && return\n      case $words[3] in\n{}      esac\n",
                          function_name(fmt::format("{} words", words)), inner);
    }
    cases += fmt::format("    {})\n{}      shift words; (( CURRENT-- )); {}; return ;;\n", words, inner,
                         function_name(words));
  }
  text += "_wws() {\n  (( CURRENT > 2 )) && case $words[2] in\n" + cases + "  esac\n  _wws_serve\n}\n\n";
  return text + "if [[ $funcstack[1] == _wws ]]; then _wws \"$@\"; else compdef _wws wws; fi\n";
}

}  // namespace wws::reference
