// A command of the program, as the texts about it need it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace wws::reference {

/// What an option or argument takes. Its name tells what that is: "FOLDER" and "PATH" are folders of the file
/// system, "FILE" is a file, and "on|off" lists all values. In such a list, what is in capital letters stands
/// for a text: "memory|file:FOLDER".
struct Value {
  std::string name;      ///< empty: an option without a value
  std::string fallback;  ///< what holds without it; empty: nothing, or a word in the help says it
};

enum class Count {
  kOptional,
  kRequired,
  kRepeatable,  ///< any number of times
};

struct Option {
  std::vector<std::string> names;  ///< "-p", "--port"; of an argument: its name
  Value value;
  std::string help;  ///< a sentence, without a full stop
  std::string more;  ///< further sentences, for manuals
  std::string group;
  Count count = Count::kOptional;
};

struct Command {
  std::string name;  ///< "wws", "wws kv list"
  std::string help;
  std::vector<Option> arguments;
  std::vector<Option> options;
};

/// The parts of a value's name: "on", "off". One part, when it is no list.
[[nodiscard]] std::vector<std::string> parts_of(const Value& value);

/// What can be typed for such a part: all of it, or what is before the capital letters ("file:").
[[nodiscard]] std::string_view typed_part(std::string_view part) noexcept;

enum class ValueKind { kNone, kText, kChoice, kFile, kFolder };
[[nodiscard]] ValueKind kind_of(const Value& value);

/// What is behind "wws ": "kv list"; empty for "wws" itself.
[[nodiscard]] std::string_view words_of(const Command& command) noexcept;

/// "wws kv get [OPTIONS] NAMESPACE KEY".
[[nodiscard]] std::string usage(const Command& command);

}  // namespace wws::reference
