#include "config/keys.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <set>

#include "base/quantity.h"
#include "config/project_config.h"
#include "config/worker_config.h"

namespace wws::config {
namespace {

constexpr std::array kFiles = {ConfigFile::kWorker, ConfigFile::kProject};

std::optional<std::string> no_environment(const std::string&) { return std::nullopt; }

WorkerConfig worker(const std::string& text, Diagnostics& diagnostics) {
  return parse_worker_config(text, "x.toml", &no_environment, {}, diagnostics);
}

std::vector<Diagnostic> problems(ConfigFile file, const std::string& text) {
  Diagnostics diagnostics;
  if (file == ConfigFile::kWorker) {
    (void)worker(text, diagnostics);
  } else {
    (void)parse_project_config(text, "wws.toml", diagnostics);
  }
  return diagnostics.list();
}

std::string all(const std::vector<Diagnostic>& list) {
  std::string text;
  for (const Diagnostic& diagnostic : list) text += to_string(diagnostic) + "\n";
  return text;
}

/// As TOML writes it.
std::string literal(const Key& key, std::string_view value) {
  const bool is_bare = key.type == KeyType::kCount || key.type == KeyType::kFlag ||
                       key.type == KeyType::kRatio || key.type == KeyType::kTexts;
  if (key.type == KeyType::kAny) return "1";
  return is_bare ? std::string(value) : fmt::format("\"{}\"", value);
}

std::string sample(const Key& key) { return literal(key, key.example.empty() ? key.fallback : key.example); }

/// A file with `key = value` in line 2, and what else such a table needs.
std::string file_with(const KeyTable& table, const Key& key, const std::string& value) {
  std::string text = table.path.empty()               ? "\n"
                     : table.kind == TableKind::kList ? fmt::format("[[{}]]\n", table.path)
                                                      : fmt::format("[{}]\n", table.path);
  text += fmt::format("{} = {}\n", key.name, value);
  const bool is_grouped = std::ranges::find(table.together, key.name) != table.together.end();
  for (const Key& other : table.keys) {
    const bool goes_along =
        other.presence == Presence::kRequired ||
        (is_grouped && std::ranges::find(table.together, other.name) != table.together.end());
    if (goes_along && other.name != key.name) text += fmt::format("{} = {}\n", other.name, sample(other));
  }
  return text;
}

template <class Visit>
void for_each_key(Visit visit) {
  for (const ConfigFile file : kFiles) {
    for (const KeyTable* table : key_tables(file)) {
      for (const Key& key : table->keys) visit(file, *table, key);
    }
  }
}

TEST(Keys, AreAllAccepted) {
  std::size_t count = 0;
  for_each_key([&](ConfigFile file, const KeyTable& table, const Key& key) {
    const std::string text = file_with(table, key, sample(key));
    const auto found = problems(file, text);
    EXPECT_TRUE(found.empty()) << text << all(found);
    ++count;
  });
  EXPECT_GT(count, 50U);
}

/// A key that is described and that nobody reads would take a date without a word.
TEST(Keys, AreAllRead) {
  for_each_key([](ConfigFile file, const KeyTable& table, const Key& key) {
    const std::string text = file_with(table, key, "1979-05-27");
    const auto found = problems(file, text);
    if (key.type == KeyType::kAny) {
      EXPECT_TRUE(found.empty()) << text << all(found);
      return;
    }
    EXPECT_TRUE(std::ranges::any_of(found,
                                    [&](const Diagnostic& problem) {
                                      return problem.severity == Severity::kError && problem.line == 2 &&
                                             problem.message.find(key.name) != std::string::npos;
                                    }))
        << text << all(found);
  });
}

TEST(Keys, ThatAreNotDescribedAreUnknown) {
  for (const ConfigFile file : kFiles) {
    for (const KeyTable* table : key_tables(file)) {
      const Key stranger{.name = "xyzzy_xyzzy"};
      const auto found = problems(file, file_with(*table, stranger, "\"x\""));
      const auto warnings = std::ranges::count_if(found, [](const Diagnostic& problem) {
        return problem.message.starts_with("unknown key \"xyzzy_xyzzy\"") && problem.line == 2;
      });
      const bool is_open = table->kind == TableKind::kTexts || table->kind == TableKind::kAny;
      EXPECT_EQ(warnings, is_open ? 0 : 1) << table->path << "\n" << all(found);
    }
    for (const std::string_view outer : outer_tables(file)) {
      const auto found = problems(file, fmt::format("[{}.xyzzy_xyzzy]\n", outer));
      ASSERT_EQ(found.size(), 1U) << outer;
      EXPECT_TRUE(found[0].message.starts_with("unknown key")) << all(found);
    }
  }
}

TEST(Keys, HaveTheChoicesThatAreDescribed) {
  for_each_key([](ConfigFile file, const KeyTable& table, const Key& key) {
    if (key.type != KeyType::kChoice) return;
    for (const std::string_view choice : key.choices) {
      const auto found = problems(file, file_with(table, key, fmt::format("\"{}\"", choice)));
      EXPECT_TRUE(found.empty()) << all(found);
    }
    EXPECT_FALSE(problems(file, file_with(table, key, "\"other\"")).empty()) << key.name;
  });
}

/// The value at a bound is taken, the one beyond it is not.
TEST(Keys, HaveTheBoundsThatAreDescribed) {
  const auto write = [](const Key& key, std::uint64_t number) {
    if (key.type == KeyType::kCount) return std::to_string(number);
    return key.type == KeyType::kSize ? fmt::format("\"{}\"", number) : fmt::format("\"{}ms\"", number);
  };
  for_each_key([&](ConfigFile file, const KeyTable& table, const Key& key) {
    if (key.type != KeyType::kCount && key.type != KeyType::kSize && key.type != KeyType::kDuration) return;
    const auto is_taken = [&](std::uint64_t number) {
      return problems(file, file_with(table, key, write(key, number))).empty();
    };
    EXPECT_TRUE(is_taken(key.least)) << key.name;
    if (key.least > 0) {
      EXPECT_FALSE(is_taken(key.least - 1)) << key.name;
    }
    if (key.most == kNoBound) return;
    EXPECT_TRUE(is_taken(key.most)) << key.name;
    EXPECT_FALSE(is_taken(key.most + 1)) << key.name;
  });
}

bool is_same(const WorkerConfig& a, const WorkerConfig& b) {
  const auto modes = [](const WorkerConfig& config) {
    std::vector<FolderMount::Mode> list;
    for (const FolderMount& mount : config.folders) list.push_back(mount.mode);
    return list;
  };
  return a.name == b.name && a.version == b.version && a.abi == b.abi && a.url_form == b.url_form &&
         a.snapshot == b.snapshot && a.limits == b.limits && a.fetch == b.fetch && modes(a) == modes(b);
}

bool is_same(const ProjectConfig& a, const ProjectConfig& b) {
  return a.url_form == b.url_form && a.memory_reset == b.memory_reset && a.limits == b.limits &&
         a.files.folder == b.files.folder && a.folders.allowed == b.folders.allowed &&
         a.fetch.bounds.limits == b.fetch.bounds.limits &&
         a.fetch.bounds.at_a_time == b.fetch.bounds.at_a_time &&
         a.fetch.bounds.per_request == b.fetch.bounds.per_request &&
         a.fetch.client_certificate_hosts == b.fetch.client_certificate_hosts &&
         a.fetch.allow_own_listeners == b.fetch.allow_own_listeners && a.fetch.http2 == b.fetch.http2 &&
         a.reload == b.reload;
}

/// Of the store's quotas and its time limit the defaults are elsewhere (cli/options_test.cc compares them).
TEST(Keys, HaveTheDefaultsThatAreDescribed) {
  for_each_key([](ConfigFile file, const KeyTable& table, const Key& key) {
    if (key.fallback.empty()) return;
    Diagnostics diagnostics;
    if (file == ConfigFile::kWorker) {
      // Without a host, what else is said of outgoing requests does not count.
      const bool is_fetch = table.path == "features.http_requests" && key.name != "allowed_hosts";
      const std::string more = is_fetch ? "allowed_hosts = [\"a.b\"]\n" : "";
      const std::string with = file_with(table, key, literal(key, key.fallback)) + more;
      std::string without = with;
      without.replace(without.find(fmt::format("{} =", key.name)), 0, "# ");
      EXPECT_TRUE(is_same(worker(with, diagnostics), worker(without, diagnostics))) << with;
    } else if (std::ranges::find(table.together, key.name) == table.together.end()) {
      const std::string with = file_with(table, key, literal(key, key.fallback));
      EXPECT_TRUE(is_same(parse_project_config(with, "wws.toml", diagnostics),
                          parse_project_config("", "wws.toml", diagnostics)))
          << with;
    }
    EXPECT_FALSE(diagnostics.has_errors()) << key.name << "\n" << all(diagnostics.list());
  });
}

TEST(Keys, AreDescribedInPlainSentences) {
  for (const ConfigFile file : kFiles) {
    std::set<std::string> paths;
    for (const KeyTable* table : key_tables(file)) {
      EXPECT_TRUE(paths.insert(std::string(table->path)).second) << table->path;
      EXPECT_TRUE(table->what.ends_with('.')) << table->path;
      std::set<std::string> names;
      for (const Key& key : table->keys) {
        EXPECT_TRUE(names.insert(std::string(key.name)).second) << key.name;
        EXPECT_TRUE(key.what.ends_with('.') && std::ranges::count(key.what, '`') % 2 == 0) << key.name;
        EXPECT_EQ(key.type == KeyType::kChoice, !key.choices.empty()) << key.name;
        EXPECT_TRUE(key.type == KeyType::kAny || !key.fallback.empty() || !key.example.empty()) << key.name;
      }
    }
  }
}

TEST(Keys, TellWhatATableMayHold) {
  EXPECT_EQ(names_in(ConfigFile::kWorker, "features"),
            (std::vector<std::string_view>{"http_requests", "wasi_nn"}));
  EXPECT_EQ(names_in(ConfigFile::kWorker, "data"), (std::vector<std::string_view>{"kv"}));
  EXPECT_EQ(names_in(ConfigFile::kProject, "public"), (std::vector<std::string_view>{"folder"}));
  EXPECT_EQ(outer_tables(ConfigFile::kWorker), (std::vector<std::string_view>{"data", "features"}));
  EXPECT_TRUE(outer_tables(ConfigFile::kProject).empty());
}

TEST(Keys, HaveBoundsInTheirUnit) {
  EXPECT_EQ(bounds_text({.type = KeyType::kSize, .least = 65536, .most = 1 << 20}), "64KiB to 1MiB");
  EXPECT_EQ(bounds_text({.type = KeyType::kDuration, .least = 1, .most = 60000}), "1ms to 1m");
  EXPECT_EQ(bounds_text({.type = KeyType::kCount, .least = 1, .most = 5}), "1 to 5");
  EXPECT_EQ(bounds_text({.type = KeyType::kText, .least = 1, .most = 128}), "1 to 128 bytes");
  EXPECT_EQ(bounds_text({.type = KeyType::kDuration, .least = 1}), "");
}

}  // namespace
}  // namespace wws::config
