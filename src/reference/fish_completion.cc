#include <fmt/format.h>

#include <algorithm>

#include "reference/completions.h"

namespace wws::reference {
namespace {

/// Between single quotation marks.
std::string fish_word(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') out += '\\';
    out += c;
  }
  return out + "'";
}

constexpr std::string_view kFishHead = R"(# Completion of wws for fish. Made by "wws completions fish".

# Whether the words before the cursor are those of this command; without a word: of no command at all.
function __wws_is
    set -l words (commandline -opc)
    set -e words[1]
    set -l outer kv
    set -l command
    if contains -- "$words[1]" $__wws_commands
        set command $words[1]
        if contains -- "$words[1]" $outer; and contains -- "$words[2]" $__wws_kv_commands
            set command "$words[1] $words[2]"
        end
    end
    test "$command" = "$argv"
end

# Whether the next word is the first one behind this command.
function __wws_is_behind
    set -l words (commandline -opc)
    set -e words[1]
    test "$words" = "$argv"
end

complete -c wws -f
)";

std::string arguments_of(const Value& value) {
  switch (kind_of(value)) {
    case ValueKind::kFolder:
      return "'(__fish_complete_directories)'";
    case ValueKind::kFile:
      return "'(__fish_complete_path)'";
    case ValueKind::kChoice:
      return fish_word(fmt::format("{}", fmt::join(choices_of(value), " ")));
    case ValueKind::kNone:
    case ValueKind::kText:
      break;
  }
  return {};
}

std::string option_line(const std::string& condition, const Option& option) {
  std::string text = fmt::format("complete -c wws -n {}", fish_word(condition));
  for (const std::string& name : option.names)
    text += name.starts_with("--") ? " -l " + name.substr(2) : " -s " + name.substr(1);
  if (!option.value.name.empty()) text += " -x";
  if (const std::string values = arguments_of(option.value); !values.empty()) text += " -a " + values;
  return text + " -d " + fish_word(option.help) + "\n";
}

std::string word_line(std::span<const Command> commands, const std::string& outer, const std::string& next) {
  const std::string full = outer.empty() ? next : outer + " " + next;
  const auto found = std::ranges::find_if(commands, [&](const Command& c) { return words_of(c) == full; });
  const std::string_view help = found == commands.end() ? std::string_view() : std::string_view(found->help);
  return fmt::format("complete -c wws -n {} -a {} -d {}\n", fish_word("__wws_is_behind " + outer), next,
                     fish_word(help.substr(0, help.find('\n'))));
}

}  // namespace

std::string fish_completion(std::span<const Command> commands) {
  const auto first = next_words(commands, {});
  std::string text(kFishHead);
  text += fmt::format("set -g __wws_commands {}\n", fmt::join(first, " "));
  text += fmt::format("set -g __wws_kv_commands {}\n", fmt::join(next_words(commands, "kv"), " "));
  for (const std::string& next : first) text += word_line(commands, {}, next);
  for (const std::string& next : next_words(commands, "kv")) text += word_line(commands, "kv", next);
  for (const Command& command : commands) {
    const std::string_view words = words_of(command);
    const std::string condition = fmt::format("__wws_is {}", words.empty() ? "''" : words);
    text += "\n";
    for (const Option& option : command.options) text += option_line(condition, option);
    for (const Option& argument : command.arguments) {
      const std::string values = arguments_of(argument.value);
      if (!values.empty()) text += fmt::format("complete -c wws -n {} -a {}\n", fish_word(condition), values);
    }
  }
  return text;
}

}  // namespace wws::reference
