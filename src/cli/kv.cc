#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/base64.h"
#include "base/file.h"
#include "base/log.h"
#include "base/utf8.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/store.h"
#include "runtime/project.h"
#include "store/session.h"

namespace wws::cli {
namespace {

namespace json = boost::json;

/// Records of one page: well below what a page may hold.
constexpr std::size_t kPageRecords = 500;

std::unexpected<Error> failed(const std::string& space, kv::Failure failure) {
  return fail(ErrorCode::kIo, fmt::format("{}: {}", log::escaped(space), kv::name(failure)));
}

/// The reply, if the store gave one.
Result<kv::Reply> ask(store::Session& session, const std::string& space, kv::Request request) {
  auto outcome = session.ask(space, std::move(request));
  if (!outcome) return fail(outcome);
  if (!*outcome) return failed(space, outcome->error());
  return std::move(**outcome);
}

/// Calls `visit` with every record of a namespace whose key begins with `prefix`, in the order of the keys.
template <class Visit>
Result<void> for_each(store::Session& session, const std::string& space, const std::string& prefix,
                      kv::PageContent content, Visit&& visit) {
  kv::List list{prefix, {}, kPageRecords, content, kv::Visibility::kDurable};
  do {
    auto reply = ask(session, space, list);
    if (!reply) return fail(reply);
    auto& page = std::get<kv::Page>(reply->body);
    for (const kv::Item& item : page.items) {
      if (auto visited = visit(item); !visited) return visited;
    }
    list.after = std::move(page.next);
  } while (!list.after.empty());
  return {};
}

/// Standard output is for programs: what cannot be written is an error.
Result<void> print(std::string_view bytes) { return base::write_all(STDOUT_FILENO, bytes); }

Result<void> list(store::Session& session, const KvOptions& options) {
  if (!options.space.empty()) {
    return for_each(session, options.space, options.key, kv::PageContent::kMetadata,
                    [](const kv::Item& item) {
                      std::string line = log::escaped(item.key);
                      if (!item.record->metadata.empty()) line += "\t" + log::escaped(item.record->metadata);
                      return print(line + "\n");
                    });
  }
  auto spaces = session.namespaces();
  if (!spaces) return fail(spaces);
  std::ranges::sort(*spaces, {}, &kv::NamespaceInfo::name);
  for (const kv::NamespaceInfo& space : *spaces) {
    if (auto printed = print(fmt::format("{}\t{}\n", log::escaped(space.name), space.bytes)); !printed)
      return printed;
  }
  return {};
}

Result<void> get(store::Session& session, const KvOptions& options) {
  const auto reply = ask(session, options.space, kv::Get{options.key});
  if (!reply) return std::unexpected(reply.error());
  const kv::RecordPtr& record = std::get<kv::Found>(reply->body).record;
  if (!record)
    return fail(ErrorCode::kNotFound,
                fmt::format("{} has no key {}", log::escaped(options.space), log::escaped(options.key)));
  return print(record->value);
}

Result<void> put(store::Session& session, const KvOptions& options) {
  std::string value = options.value;
  if (value == "-") value.assign(std::istreambuf_iterator<char>(std::cin), {});
  const auto reply = ask(session, options.space,
                         kv::Put{options.key, std::move(value), options.time_to_live, {}, options.metadata});
  if (!reply) return std::unexpected(reply.error());
  return {};
}

Result<void> erase(store::Session& session, const KvOptions& options) {
  const auto reply = ask(session, options.space, kv::Delete{options.key});
  if (!reply) return std::unexpected(reply.error());
  if (std::get<kv::Deleted>(reply->body).version != 0) return {};
  return fail(ErrorCode::kNotFound,
              fmt::format("{} has no key {}", log::escaped(options.space), log::escaped(options.key)));
}

/// A text as it is, other bytes in base64 under another name.
void add(json::object& line, const std::string& name, const std::string& bytes) {
  if (base::is_utf8(bytes)) {
    line[name] = bytes;
  } else {
    line[name + "_base64"] = base::base64_encode(bytes);
  }
}

Result<void> export_space(store::Session& session, const std::string& space) {
  return for_each(session, space, {}, kv::PageContent::kRecords, [&](const kv::Item& item) {
    json::object line = {{"namespace", space}};
    add(line, "key", item.key);
    add(line, "value", item.record->value);
    if (!item.record->metadata.empty()) line["metadata"] = item.record->metadata;
    if (item.record->expiry) line["expires"] = item.record->expiry->time_since_epoch().count();
    return print(json::serialize(line) + "\n");
  });
}

Result<void> export_all(store::Session& session, const KvOptions& options) {
  if (!options.space.empty()) return export_space(session, options.space);
  auto spaces = session.namespaces();
  if (!spaces) return fail(spaces);
  std::ranges::sort(*spaces, {}, &kv::NamespaceInfo::name);
  for (const kv::NamespaceInfo& space : *spaces) {
    if (auto exported = export_space(session, space.name); !exported) return exported;
  }
  return {};
}

// The readers below throw what Boost.JSON throws; import_line() catches it.

std::string bytes_of(const json::object& line, const std::string& name) {
  if (const auto* text = line.if_contains(name)) return json::value_to<std::string>(*text);
  auto bytes = base::base64_decode(json::value_to<std::string>(line.at(name + "_base64")));
  if (!bytes) throw std::invalid_argument(name + "_base64 is not base64");
  return std::move(*bytes);
}

/// What one line of an export says to put; std::nullopt: it has expired since.
Result<std::optional<std::pair<std::string, kv::Put>>> read_line(const std::string& text,
                                                                 base::WallTime now) {
  try {
    const json::object line = json::parse(text).as_object();
    kv::Put put{bytes_of(line, "key"), bytes_of(line, "value"), {}, {}};
    if (const auto* metadata = line.if_contains("metadata"))
      put.metadata = json::value_to<std::string>(*metadata);
    if (const auto* expires = line.if_contains("expires")) {
      const kv::Expiry expiry{std::chrono::milliseconds(expires->to_number<std::int64_t>())};
      if (expiry <= now) return std::nullopt;
      put.time_to_live = std::chrono::ceil<std::chrono::milliseconds>(expiry - now);
    }
    return std::pair(json::value_to<std::string>(line.at("namespace")), std::move(put));
  } catch (const std::exception& error) {
    return fail(ErrorCode::kBadUsage, error.what());
  }
}

Result<void> import_all(store::Session& session) {
  const base::SystemClock clock;
  std::string text;
  for (std::size_t number = 1; std::getline(std::cin, text); ++number) {
    if (text.empty()) continue;
    auto line = read_line(text, clock.wall());
    if (line && *line) {
      const auto reply = ask(session, (*line)->first, std::move((*line)->second));
      if (!reply) line = std::unexpected(reply.error());
    }
    if (!line)
      return fail(line.error().code, fmt::format("line {}: {}; the lines before it are in the store", number,
                                                 line.error().message));
  }
  return {};
}

Result<std::unique_ptr<store::Session>> open_session(const KvOptions& options,
                                                     const runtime::Project& project) {
  auto redis = redis_options(options.place, project);
  if (!redis) return fail(redis);
  if (*redis) return store::Session::open(std::move(**redis));
  const auto folder = store_folder(options.place, project);
  if (!folder) return std::unexpected(folder.error());
  const bool makes =
      options.action == KvOptions::Action::kPut || options.action == KvOptions::Action::kImport;
  return store::Session::open(*folder,
                              makes ? store::Session::IfMissing::kMake : store::Session::IfMissing::kFail);
}

Result<void> run(const KvOptions& options) {
  config::Diagnostics diagnostics;
  auto project = runtime::load_project({options.project, {}, {}, options.config},
                                       &runtime::process_environment, diagnostics);
  if (!project) return fail(project);
  // Without the file that was named it would be another store.
  for (const config::Diagnostic& problem : diagnostics.list()) {
    if (problem.severity == config::Severity::kError && problem.file == options.config)
      return fail(ErrorCode::kBadConfig, log::escaped(config::to_string(problem)));
  }
  auto session = open_session(options, *project);
  if (!session) return fail(session);
  switch (options.action) {
    case KvOptions::Action::kList:
      return list(**session, options);
    case KvOptions::Action::kGet:
      return get(**session, options);
    case KvOptions::Action::kPut:
      return put(**session, options);
    case KvOptions::Action::kDelete:
      return erase(**session, options);
    case KvOptions::Action::kExport:
      return export_all(**session, options);
    case KvOptions::Action::kImport:
      return import_all(**session);
  }
  return {};
}

}  // namespace

int run_kv(const KvOptions& options) {
  const auto done = run(options);
  if (done) return 0;
  complain("wws kv: " + done.error().message);
  return base::exit_code(done.error().code);
}

}  // namespace wws::cli
