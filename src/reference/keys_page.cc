#include "reference/keys_page.h"

#include <fmt/format.h>

#include <utility>

namespace wws::reference {
namespace {

using config::ConfigFile;
using config::Key;
using config::KeyTable;
using config::KeyType;
using config::TableKind;
using Level = Heading::Level;

constexpr std::string_view kWorkerExample = R"(name = "hello"

[vars]
GREETING = "Hello"
TOKEN = "$API_TOKEN"

[limits]
cpu_time = "250ms"
memory = "32MiB"

[data.kv]
namespace = "visits"

[features.http_requests]
allowed_hosts = ["api.example.com", "*.example.org:8443"]

[[folders]]
from = "images"
to = "/images"
)";

constexpr std::string_view kProjectExample = R"([limits]
time = "10s"

[kv]
place = "file:../state"

[fetch]
max_timeout = "1m"
)";

std::string_view type_name(KeyType type) {
  switch (type) {
    case KeyType::kText:
    case KeyType::kChoice:
      return "text";
    case KeyType::kPath:
      return "path";
    case KeyType::kSize:
      return "size";
    case KeyType::kDuration:
      return "duration";
    case KeyType::kCount:
      return "integer";
    case KeyType::kFlag:
      return "boolean";
    case KeyType::kRatio:
      return "number, or \"off\"";
    case KeyType::kTexts:
      return "list of texts";
    case KeyType::kSomeTexts:
      return "text or list of texts";
    case KeyType::kAny:
      break;
  }
  return "anything";
}

std::string heading_of(const KeyTable& table) {
  if (table.path.empty()) return "First keys";
  return table.kind == TableKind::kList ? fmt::format("[[{}]]", table.path) : fmt::format("[{}]", table.path);
}

std::string together_text(const KeyTable& table) {
  std::string text;
  for (const std::string_view name : table.together)
    text += fmt::format("{}`{}`", text.empty() ? "" : ", ", name);
  return text.empty() ? text : text + " go together: who writes one writes all.";
}

void add_table(Page& page, const KeyTable& table) {
  page.blocks.emplace_back(Heading{Level::kPart, heading_of(table)});
  page.blocks.emplace_back(Paragraph{std::string(table.what)});
  Entries entries{Entries::Of::kKeys, {}};
  for (const Key& key : table.keys) {
    std::string text(key.what);
    if (key.presence == config::Presence::kRequired) text += " Required.";
    if (key.used_from == config::UsedFrom::kStart)
      text += " Used from the next start on: no reload changes it.";
    entries.list.push_back(
        {std::string(key.name), type_text(key), std::string(key.fallback), std::move(text)});
  }
  if (!entries.list.empty()) page.blocks.emplace_back(std::move(entries));
  if (auto together = together_text(table); !together.empty())
    page.blocks.emplace_back(Paragraph{std::move(together)});
  if (!table.page.empty()) page.blocks.emplace_back(More{std::string(table.page)});
}

void add_file(Page& page, ConfigFile file, std::string title, std::string what, std::string_view example) {
  page.blocks.emplace_back(Heading{Level::kSection, std::move(title)});
  page.blocks.emplace_back(Paragraph{std::move(what)});
  page.blocks.emplace_back(Code{std::string(example), "toml"});
  for (const KeyTable* table : config::key_tables(file)) add_table(page, *table);
}

}  // namespace

std::string type_text(const Key& key) {
  std::string text;
  for (const std::string_view choice : key.choices)
    text += fmt::format("{}`{}`", text.empty() ? "" : ", ", choice);
  if (!text.empty()) return text;
  const std::string bounds = config::bounds_text(key);
  return fmt::format("{}{}{}", type_name(key.type), bounds.empty() ? "" : ", ", bounds);
}

Page keys_page(std::string_view version) {
  Page page{"wws.toml", '5', std::string(version), "configuration of wws projects and their workers", {}};
  page.blocks.emplace_back(Heading{Level::kSection, "Description"});
  page.blocks.emplace_back(Paragraph{
      "A project is a folder that `wws`(1) serves. Its own configuration is the file `wws.toml` or "
      "`.wws.toml` "
      "in its root; that of a worker is a TOML file beside it, `hello.toml` for `hello.wasm`. All files are "
      "optional, and so are all keys that do not say otherwise. `wws check` reports every problem in them "
      "with its line."});
  page.blocks.emplace_back(Heading{Level::kSection, "Values"});
  page.blocks.emplace_back(Entries{
      Entries::Of::kOthers,
      {{"size", "", "",
        "A text: a whole number of bytes, or with a unit. `KiB`, `MiB` and `GiB` count by 1024, `KB`, `MB` "
        "and `GB` by "
        "1000; capital and small letters are the same. `64KiB`, `10MB`."},
       {"duration", "", "", "A text: a whole number with `ms`, `s` or `m`. `250ms`, `10s`, `5m`."},
       {"path", "", "", "A text. Relative to the project's root, where a key does not say otherwise."}}});
  add_file(page, ConfigFile::kWorker, "A worker's file",
           "Beside the worker, with its name and the extension `.toml`.", kWorkerExample);
  add_file(page, ConfigFile::kProject, "The project's file",
           "`wws.toml` or `.wws.toml` in the project's root.", kProjectExample);
  page.blocks.emplace_back(Heading{Level::kSection, "See also"});
  page.blocks.emplace_back(
      Paragraph{"`wws`(1). `wws schema worker` and `wws schema project` print JSON Schemas of the two "
                "files, for editors."});
  return page;
}

}  // namespace wws::reference
