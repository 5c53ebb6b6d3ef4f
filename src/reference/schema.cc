#include "reference/schema.h"

#include <fmt/format.h>

#include <boost/json.hpp>
#include <string_view>

namespace wws::reference {
namespace {

namespace json = boost::json;
using config::ConfigFile;
using config::Key;
using config::KeyTable;
using config::KeyType;
using config::TableKind;

constexpr std::string_view kSizePattern = "^[0-9]+([KMGkmg][Ii]?[Bb]|[Bb])?$";
constexpr std::string_view kDurationPattern = "^[0-9]+(ms|s|m)$";
constexpr std::uint64_t kMostFolders = 64;

/// What TOML has at that place, as JSON has it.
json::value literal(const Key& key, std::string_view text) {
  const bool is_bare = key.type == KeyType::kCount || key.type == KeyType::kFlag ||
                       key.type == KeyType::kRatio || key.type == KeyType::kTexts;
  return is_bare ? json::parse(text) : json::value(text);
}

std::string description(const Key& key) {
  const bool is_quantity = key.type == KeyType::kSize || key.type == KeyType::kDuration;
  const std::string bounds = is_quantity ? config::bounds_text(key) : std::string();
  return bounds.empty() ? std::string(key.what) : fmt::format("{} {}.", key.what, bounds);
}

void describe_text(const Key& key, json::object& schema) {
  schema["type"] = "string";
  if (!key.pattern.empty()) schema["pattern"] = key.pattern;
  if (key.least > 0) schema["minLength"] = key.least;
  if (key.most != config::kNoBound) schema["maxLength"] = key.most;
}

void describe_type(const Key& key, json::object& schema) {
  switch (key.type) {
    case KeyType::kText:
    case KeyType::kPath:
      return describe_text(key, schema);
    case KeyType::kSize:
    case KeyType::kDuration:
      schema["type"] = "string";
      schema["pattern"] = key.type == KeyType::kSize ? kSizePattern : kDurationPattern;
      return;
    case KeyType::kCount:
      schema["type"] = "integer";
      schema["minimum"] = key.least;
      if (key.most != config::kNoBound) schema["maximum"] = key.most;
      return;
    case KeyType::kFlag:
      schema["type"] = "boolean";
      return;
    case KeyType::kRatio:
      schema["anyOf"] = json::array{json::object{{"type", "number"}, {"minimum", 0}, {"maximum", 1}},
                                    json::object{{"const", "off"}}};
      return;
    case KeyType::kChoice:
      schema["enum"] = json::array(key.choices.begin(), key.choices.end());
      return;
    case KeyType::kTexts: {
      json::object element = {{"type", "string"}};
      if (!key.pattern.empty()) element["pattern"] = key.pattern;
      schema["type"] = "array";
      schema["items"] = std::move(element);
      return;
    }
    case KeyType::kSomeTexts: {
      // What is said of texts holds for a text, and what of items for a list.
      json::object element = {{"type", "string"}};
      if (!key.pattern.empty()) element["pattern"] = schema["pattern"] = key.pattern;
      schema["type"] = json::array({"string", "array"});
      schema["items"] = std::move(element);
      return;
    }
    case KeyType::kAny:
      return;
  }
}

json::object schema_of(const Key& key) {
  json::object schema = {{"description", description(key)}};
  describe_type(key, schema);
  if (!key.fallback.empty()) schema["default"] = literal(key, key.fallback);
  if (!key.example.empty()) schema["examples"] = json::array({literal(key, key.example)});
  return schema;
}

/// An object with nothing in it but what is described.
json::object closed_object(std::string_view what) {
  json::object schema;
  if (!what.empty()) schema["description"] = what;
  schema["type"] = "object";
  schema["properties"] = json::object();
  schema["additionalProperties"] = false;
  return schema;
}

void add_keys(const KeyTable& table, json::object& schema) {
  json::array required;
  json::object& properties = schema["properties"].as_object();
  for (const Key& key : table.keys) {
    properties[key.name] = schema_of(key);
    if (key.presence == config::Presence::kRequired) required.emplace_back(key.name);
  }
  if (!required.empty()) schema["required"] = std::move(required);
  if (table.together.empty()) return;
  json::object dependent;
  for (const std::string_view name : table.together)
    dependent[name] = json::array(table.together.begin(), table.together.end());
  schema["dependentRequired"] = std::move(dependent);
}

json::object schema_of(const KeyTable& table) {
  switch (table.kind) {
    case TableKind::kAny:
      return {{"description", table.what}};
    case TableKind::kTexts:
      return {{"description", table.what},
              {"type", "object"},
              {"propertyNames", {{"pattern", "^[^=\\u0000]+$"}}},
              {"additionalProperties", {{"type", "string"}}}};
    case TableKind::kTable:
    case TableKind::kList:
      break;
  }
  json::object schema = closed_object(table.kind == TableKind::kTable ? table.what : std::string_view());
  add_keys(table, schema);
  if (table.kind == TableKind::kTable) return schema;
  return {{"description", table.what},
          {"type", "array"},
          {"maxItems", kMostFolders},
          {"items", std::move(schema)}};
}

/// Where the schema of the table at `path` goes; tables around it are made.
json::value& place_of(json::object& root, std::string_view path) {
  json::object* outer = &root;
  for (std::size_t dot = path.find('.'); dot != std::string_view::npos; dot = path.find('.')) {
    json::value& next = outer->at("properties").as_object()[path.substr(0, dot)];
    if (next.is_null()) next = closed_object({});
    outer = &next.as_object();
    path.remove_prefix(dot + 1);
  }
  return outer->at("properties").as_object()[path];
}

void print(std::string& out, const json::value& value, std::size_t depth);

/// `print_element` is called for each of `count` elements, which stand in lines of their own.
template <class Print>
void print_block(std::string& out, std::size_t count, std::size_t depth, Print print_element) {
  for (std::size_t i = 0; i < count; ++i) {
    out += fmt::format("{}\n{:{}}", i == 0 ? "" : ",", "", 2 * (depth + 1));
    print_element(i);
  }
  if (count > 0) out += fmt::format("\n{:{}}", "", 2 * depth);
}

void print(std::string& out, const json::value& value, std::size_t depth) {
  if (const auto* object = value.if_object()) {
    out += '{';
    print_block(out, object->size(), depth, [&, member = object->begin()](std::size_t /*number*/) mutable {
      out += json::serialize(member->key()) + ": ";
      print(out, member->value(), depth + 1);
      ++member;
    });
    out += '}';
  } else if (const auto* array = value.if_array();
             array != nullptr && !array->empty() && array->front().is_object()) {
    out += '[';
    print_block(out, array->size(), depth,
                [&](std::size_t number) { print(out, (*array)[number], depth + 1); });
    out += ']';
  } else {
    out += json::serialize(value);
  }
}

}  // namespace

std::string json_schema(ConfigFile file) {
  const bool is_worker = file == ConfigFile::kWorker;
  json::object root = {{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                       {"title", is_worker ? "TOML of a wws worker" : "wws.toml of a wws project"}};
  for (auto& member : closed_object({})) root[member.key()] = std::move(member.value());
  for (const KeyTable* table : config::key_tables(file)) {
    if (table->path.empty()) {
      add_keys(*table, root);
    } else {
      place_of(root, table->path) = schema_of(*table);
    }
  }
  std::string text;
  print(text, root, 0);
  return text + "\n";
}

}  // namespace wws::reference
