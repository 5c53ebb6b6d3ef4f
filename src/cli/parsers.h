// The commands of the program and the parsers of their arguments: what reads the command line and what
// describes it (help.h) begin here. Private to this folder.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/options.h"
#include "config/later.h"

namespace wws::cli {

/// What asks for a feature that is not there; CLI11 passes it on like its own errors.
struct AskedForLater : CLI::ParseError {
  AskedForLater(std::string_view what, const config::Later& later);
};

/// One command, and the parser that writes to it. Stays where it was made.
struct Parser {
  /// Lines of `description` behind the first are for its help alone.
  Parser(Command empty, std::string description, std::string name);
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  Command command;
  CLI::App app;
};

/// A command that a person can give.
struct CommandRow {
  std::string words;  ///< behind "wws": "kv list"; empty: what serves
  std::string usage;  ///< in the list of commands; empty: it is in the list of another one
  std::function<std::unique_ptr<Parser>()> make;
};

/// All of them, `wws` itself first.
[[nodiscard]] std::vector<CommandRow> command_rows();

/// The actions of `wws kv`, and `wws kv` itself, first.
[[nodiscard]] std::vector<CommandRow> kv_rows();

/// The option --help, which is to be added last.
void add_help(Parser& parser);

/// What is behind the options in the help of `wws`: commands and examples.
[[nodiscard]] std::string list_of_commands();

/// An option whose text `parse` understands; what it says of another one becomes the error. `type` is a name
/// such as "SIZE", or the values as in reference/command.h.
template <class Parse, class Target>
CLI::Option* add_parsed(CLI::App& app, const std::string& name, Target& target, Parse parse,
                        const std::string& help, const std::string& type) {
  return app
      .add_option_function<std::string>(
          name,
          [&target, parse](const std::string& text) {
            auto value = parse(text);
            if (!value) throw CLI::ValidationError(value.error().message);
            target = *value;
          },
          help)
      ->type_name(type);
}

/// "--kv": where a key-value store is.
CLI::Option* add_place(CLI::App& app, std::optional<config::KvPlace>& place, const std::string& help,
                       const std::string& fallback);

}  // namespace wws::cli
