#include <gtest/gtest.h>

#include <algorithm>
#include <boost/json.hpp>
#include <string>
#include <vector>

#include "reference/command.h"
#include "reference/completions.h"
#include "reference/keys_page.h"
#include "reference/markdown.h"
#include "reference/roff.h"
#include "reference/schema.h"
#include "reference/wws_page.h"

namespace wws::reference {
namespace {

using Words = std::vector<std::string>;

std::vector<Command> some_commands() {
  Command serve{"wws", "Serve a folder", {}, {}};
  serve.arguments.push_back(
      {{"PATH"}, {"PATH", "."}, "Folder with the workers", {}, "Serving", Count::kOptional});
  serve.options.push_back(
      {{"-p", "--port"}, {"PORT", "8080"}, "Port", "The start lines tell.", "Serving", Count::kOptional});
  serve.options.push_back(
      {{"--mode"}, {"on|off", "on"}, "What it's for [always]", {}, "Other", Count::kRepeatable});
  Command list{"wws kv list", "List", {}, {}};
  list.arguments.push_back({{"SPACE"}, {"SPACE", {}}, "Which", {}, "Options", Count::kRequired});
  return {serve, {"wws check", "Check", {}, {}}, {"wws kv", "Look", {}, {}}, list};
}

TEST(Command, ValuesAreKnownByTheirNames) {
  EXPECT_EQ(kind_of({}), ValueKind::kNone);
  EXPECT_EQ(kind_of({"FOLDER", {}}), ValueKind::kFolder);
  EXPECT_EQ(kind_of({"PATH", {}}), ValueKind::kFolder);
  EXPECT_EQ(kind_of({"FILE", {}}), ValueKind::kFile);
  EXPECT_EQ(kind_of({"NAME[:GROUP]", {}}), ValueKind::kText);
  EXPECT_EQ(kind_of({"on|off", {}}), ValueKind::kChoice);
  EXPECT_EQ(parts_of({"on|off", {}}), (Words{"on", "off"}));
  EXPECT_EQ(choices_of({"memory|file:FOLDER|redis://HOST", {}}), (Words{"memory", "file:", "redis://"}));
  EXPECT_TRUE(choices_of({"PORT", {}}).empty());
}

TEST(Command, HasWordsAndAUsage) {
  const auto commands = some_commands();
  EXPECT_EQ(words_of(commands[0]), "");
  EXPECT_EQ(words_of(commands[3]), "kv list");
  EXPECT_EQ(usage(commands[0]), "wws [OPTIONS] [PATH]");
  EXPECT_EQ(usage(commands[3]), "wws kv list [OPTIONS] SPACE");
  EXPECT_EQ(next_words(commands, ""), (Words{"check", "kv"}));
  EXPECT_EQ(next_words(commands, "kv"), (Words{"list"}));
  EXPECT_TRUE(next_words(commands, "check").empty());
}

TEST(Roff, TextMeansNothingToIt) {
  Page page{"x", '1', "1.0", "a thing", {}};
  page.blocks.emplace_back(Paragraph{".hidden \\n 'quoted' `--option=~/x`"});
  page.blocks.emplace_back(Code{".first\n'second'\n"});
  const std::string roff = to_roff(page);
  EXPECT_NE(roff.find("\n\\&.hidden \\en \\(aqquoted\\(aq \\fB\\-\\-option=\\(ti/x\\fP\n"), std::string::npos)
      << roff;
  EXPECT_NE(roff.find("\n\\&.first\n\\(aqsecond\\(aq\n"), std::string::npos) << roff;
}

TEST(Roff, EntriesHaveTheirDefault) {
  Page page{"x", '1', "1.0", "a thing", {}};
  page.blocks.emplace_back(Entries{Entries::Of::kOptions, {{"--port", "PORT", "8080", "Where."}}});
  EXPECT_NE(to_roff(page).find(".TP\n\\fB\\-\\-port\\fP \\fIPORT\\fP\nWhere.\nDefault: 8080\n"),
            std::string::npos)
      << to_roff(page);
}

TEST(Markdown, BarsDoNotEndACell) {
  Page page{"x", '1', "1.0", "a thing", {}};
  page.blocks.emplace_back(Entries{Entries::Of::kOptions, {{"--mode", "on|off", "on", "How."}}});
  EXPECT_NE(to_markdown(page).find("| `--mode on\\|off` | `on` | How. |\n"), std::string::npos)
      << to_markdown(page);
}

TEST(Pages, AreOfAsciiAlone) {
  const auto is_ascii = [](const std::string& text) {
    return std::ranges::all_of(text, [](char c) { return c == '\n' || (c >= ' ' && c <= '~'); });
  };
  EXPECT_TRUE(is_ascii(to_roff(keys_page("1.0"))));
  EXPECT_TRUE(is_ascii(to_roff(wws_page(some_commands(), "1.0"))));
}

TEST(Pages, HaveEveryOptionAndKey) {
  const std::string options = to_markdown(wws_page(some_commands(), "1.0"));
  EXPECT_NE(options.find("| `-p, --port PORT` | `8080` | Port. The start lines tell. |"), std::string::npos)
      << options;
  EXPECT_NE(options.find("### wws kv list\n"), std::string::npos);
  EXPECT_NE(options.find("May be given several times."), std::string::npos);
  const std::string keys = to_markdown(keys_page("1.0"));
  for (const auto file : {config::ConfigFile::kWorker, config::ConfigFile::kProject}) {
    for (const config::KeyTable* table : config::key_tables(file)) {
      for (const config::Key& key : table->keys)
        EXPECT_NE(keys.find("| `" + std::string(key.name) + "` |"), std::string::npos) << key.name;
    }
  }
}

TEST(Pages, NameTypesWithTheirBounds) {
  EXPECT_EQ(type_text({.type = config::KeyType::kSize, .least = 65536, .most = 1 << 20}),
            "size, 64KiB to 1MiB");
  EXPECT_EQ(type_text({.type = config::KeyType::kFlag}), "boolean");
  static constexpr std::array<std::string_view, 2> kChoices = {"a", "b"};
  EXPECT_EQ(type_text({.type = config::KeyType::kChoice, .choices = kChoices}), "`a`, `b`");
}

TEST(Completions, KnowTheirShells) {
  EXPECT_EQ(parse_shell("zsh"), Shell::kZsh);
  EXPECT_EQ(parse_shell("sh"), std::nullopt);
  const auto commands = some_commands();
  EXPECT_NE(completion(Shell::kBash, commands).find("complete -F _wws wws"), std::string::npos);
  EXPECT_TRUE(completion(Shell::kZsh, commands).starts_with("#compdef wws\n"));
  EXPECT_NE(completion(Shell::kZsh, commands).find("What it'\\''s for \\[always\\]"), std::string::npos);
  EXPECT_NE(completion(Shell::kFish, commands).find("-d 'What it\\'s for [always]'"), std::string::npos);
}

TEST(Schema, DescribesTheTables) {
  namespace json = boost::json;
  const json::value worker = json::parse(json_schema(config::ConfigFile::kWorker));
  EXPECT_EQ(worker.at_pointer("/properties/limits/properties/memory/default").as_string(), "128MiB");
  EXPECT_EQ(worker.at_pointer("/properties/limits/properties/concurrency/minimum").as_int64(), 1);
  EXPECT_EQ(worker.at_pointer("/properties/data/properties/kv/properties/namespace/maxLength").as_int64(),
            128);
  EXPECT_EQ(worker.at_pointer("/properties/data/additionalProperties").as_bool(), false);
  EXPECT_EQ(worker.at_pointer("/properties/vars/additionalProperties/type").as_string(), "string");
  EXPECT_EQ(worker.at_pointer("/properties/folders/items/required/0").as_string(), "to");
  const json::value project = json::parse(json_schema(config::ConfigFile::kProject));
  EXPECT_EQ(project.at_pointer("/properties/fetch/properties/http2/default").as_bool(), true);
  EXPECT_EQ(project.at_pointer("/properties/fetch/dependentRequired/client_key").as_array().size(), 3U);
  EXPECT_EQ(project.at_pointer("/properties/memory_reset/enum").as_array().size(), 3U);
}

}  // namespace
}  // namespace wws::reference
