// A page of the manual, before it is roff or Markdown.
#pragma once

#include <string>
#include <variant>
#include <vector>

namespace wws::reference {

// Texts are ASCII. Between backticks stands code.

struct Heading {
  enum class Level { kSection, kPart };
  Level level{};
  std::string text;
};

struct Paragraph {
  std::string text;
};

/// Lines that are shown as they are.
struct Code {
  std::string text;
  std::string language{};  ///< "toml"; empty: none that has colours
};

/// A thing with what it means.
struct Entry {
  std::string term;      ///< code: "--port", "memory"
  std::string value;     ///< what it takes: "PORT"; a key's type
  std::string fallback;  ///< code; empty: none
  std::string text;
};

struct Entries {
  enum class Of { kOptions, kKeys, kOthers };
  Of of{};
  std::vector<Entry> list;
};

/// Another page of docs/ that says more. Only Markdown has such links.
struct More {
  std::string page;
};

using Block = std::variant<Heading, Paragraph, Code, Entries, More>;

struct Page {
  std::string name;     ///< "wws.toml"
  char section = '1';   ///< of the manual
  std::string version;  ///< of the program
  std::string what;     ///< a phrase
  std::vector<Block> blocks;
};

}  // namespace wws::reference
