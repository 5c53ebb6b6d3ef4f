// The behaviour cases in memory: one process, no network, a clock that stands still.
//
// A case's folder is laid out in a temporary folder, its workers are compiled in this process (each
// content once), and the whole server runs on a socket pair.
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <regex>
#include <sstream>
#include <string>

#include "abi/host_functions.h"
#include "base/log.h"
#include "case_file.h"
#include "cli/options.h"
#include "runtime/file_content.h"
#include "runtime/project.h"
#include "runtime/snapshot.h"
#include "runtime/source.h"
#include "server/server.h"

namespace wws::tests {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

/// The engine of all cases, and the code of every module content seen. Only scripts begin with a snapshot.
class Modules {
 public:
  static Modules& shared() {
    static Modules modules;
    return modules;
  }

  std::shared_ptr<runtime::LazyModule> load(const fs::path& root, const runtime::Source& source) {
    const auto bytes = runtime::read_source(root, source);
    if (!bytes) return std::make_shared<runtime::LazyModule>(bytes.error());
    const bool is_script = !bytes->user_files.empty();
    const auto step = is_script ? runtime::CompileStep::kSnapshot : runtime::CompileStep::kCode;
    auto& module = by_source_[runtime::source_key(*bytes, step)];
    if (module) return module;
    const auto& code = compile(*bytes->engine_module);
    if (!code) return module = std::make_shared<runtime::LazyModule>(code.error());
    if (!is_script) return module = std::make_shared<runtime::LazyModule>(memory_file(*code));
    const auto image = take_snapshot(*code, *bytes, step);
    module = image ? std::make_shared<runtime::LazyModule>(memory_file(*code), memory_file(*image))
                   : std::make_shared<runtime::LazyModule>(image.error());
    return module;
  }

  [[nodiscard]] const wasm::Engine& engine() const { return engine_; }
  [[nodiscard]] int wake_fd() const { return wake_.fd(); }

 private:
  Modules() : wake_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)), engine_(make(wake_.fd())) {}

  static wasm::Engine make(int wake_fd) {
    wasm::EngineSettings settings = *wasm::serving_settings(16);
    settings.stack_bytes = std::max(settings.stack_bytes, std::uint64_t{1} << 20);  // that scripts have
    settings.wake_fd = wake_fd;
    return std::move(*wasm::Engine::create(settings, abi::host_functions()));
  }

  /// As a compile child does: what cannot be linked is a bad module, not one that cannot be mapped now.
  const Result<std::string>& compile(const runtime::EngineModule& module) {
    const auto [known, is_new] = code_.try_emplace(module.hash(), "");
    if (!is_new) return known->second;
    known->second = engine_.compile(module.bytes());
    if (!known->second) return known->second;
    if (auto linked = engine_.map(memory_file(*known->second)); !linked) known->second = fail(linked);
    return known->second;
  }

  /// As two compile children do: where scripts of an engine begin is made once.
  Result<std::string> take_snapshot(const std::string& code, const runtime::SourceBytes& source,
                                    runtime::CompileStep step) {
    const bool has_beginning = source.engine != runtime::SourceEngine::kFile;
    if (has_beginning && beginning_.empty()) {
      auto beginning = initialise(code, "", source, runtime::CompileStep::kBeginning);
      if (!beginning) return beginning;
      beginning_ = std::move(*beginning);
    }
    return initialise(code, has_beginning ? beginning_ : "", source, step);
  }

  Result<std::string> initialise(const std::string& code, const std::string& beginning,
                                 const runtime::SourceBytes& source, runtime::CompileStep step) {
    runtime::InitialisationFiles files{memory_file(code), {}};
    if (!beginning.empty()) files.beginning = memory_file(beginning);
    auto initialisation = runtime::Initialisation::create(engine_, source, std::move(files), step);
    if (!initialisation) return fail(initialisation);
    const base::File image = memory_file("");
    if (auto run = initialisation->run(source.user_files, image); !run) return fail(run);
    auto content = runtime::FileContent::of(image, PROT_READ);
    if (!content) return fail(content);
    return std::string(content->bytes());
  }

  static base::File memory_file(const std::string& content) {
    base::File file(memfd_create("module", MFD_CLOEXEC));
    EXPECT_EQ(write(file.fd(), content.data(), content.size()), static_cast<ssize_t>(content.size()));
    return file;
  }

  base::File wake_;
  wasm::Engine engine_;
  std::map<std::string, Result<std::string>> code_;
  std::string beginning_;  ///< of the JavaScript engine
  std::map<std::string, std::shared_ptr<runtime::LazyModule>> by_source_;
};

void lay_out(const CaseFile& file, const fs::path& folder) {
  for (const std::string& line : file.lines("tree")) {
    if (const std::size_t arrow = line.find(" -> "); arrow != std::string::npos) {
      const fs::path link = folder / line.substr(0, arrow);
      fs::create_directories(link.parent_path());
      fs::create_symlink(line.substr(arrow + 4), link);
      continue;
    }
    if (line.ends_with('/')) {
      fs::create_directories(folder / line);
      continue;
    }
    const std::size_t colon = std::min(line.find(": "), line.find_last_of(':'));
    const std::string content = line.size() > colon + 2 ? line.substr(colon + 2) : "";
    const fs::path path = folder / line.substr(0, colon);
    fs::create_directories(path.parent_path());
    std::string bytes = unescape(content);
    if (content.starts_with("@example ")) {
      bytes = read(fs::path(WWS_SOURCE_DIR) / "examples/dist" / content.substr(9));
    } else if (content.starts_with("@")) {
      bytes = read(fs::path(WWS_SOURCE_DIR) / "build/guests" / (content.substr(1) + ".wasm"));
    }
    std::ofstream(path, std::ios::binary) << bytes;
  }
}

/// Options as the command line has them; quotes as a shell takes them.
cli::ServeOptions read_options(const CaseFile& file, const fs::path& folder) {
  std::vector<std::string> words;
  for (const std::string& line : file.lines("options")) {
    std::istringstream parts(line);
    for (std::string word; parts >> word;) {
      std::erase(word, '\'');
      words.push_back(word);
    }
  }
  words.push_back(folder.string());
  auto command = cli::parse_command_line(words);
  EXPECT_TRUE(command) << command.error().message;
  return std::get<cli::ServeOptions>(*command);
}

struct Answer {
  int status = 0;
  std::vector<http::Field> fields;
  std::string body;
};

/// A whole server with one connection.
class MemoryServer {
 public:
  MemoryServer(const CaseFile& file, const fs::path& folder) {
    const cli::ServeOptions options = read_options(file, folder);
    limits_.body_bytes = options.body_bytes;
    server_ =
        std::make_unique<server::Server>(make_site(options, file),
                                         server::ServerParts{Modules::shared().engine(), nullptr, clock_,
                                                             random_, Modules::shared().wake_fd()},
                                         limits_, options.detail);
  }

  ~MemoryServer() { ::close(client_); }

  void send(const std::string& bytes) {
    if (client_ < 0) connect();
    std::string_view rest = bytes;
    while (!rest.empty()) {
      const ssize_t count = ::send(client_, rest.data(), rest.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
      if (count > 0) {
        rest.remove_prefix(static_cast<std::size_t>(count));
      } else if (!run()) {
        return;  // it has stopped reading: its answer is there
      }
    }
  }

  /// The next response; runs the server until it is whole. Its clock moves on when nothing else can.
  Answer response(const std::string& method) {
    Answer answer;
    const std::size_t head_end = wait_for([&] { return data_.find("\r\n\r\n"); });
    std::istringstream head(data_.substr(0, head_end + 2));
    data_.erase(0, head_end + 4);
    std::string line;
    std::getline(head, line);
    answer.status = std::stoi(line.substr(9, 3));
    std::size_t length = 0;
    while (std::getline(head, line) && line.size() > 1) {
      line.pop_back();
      const std::size_t colon = line.find(": ");
      answer.fields.push_back({line.substr(0, colon), line.substr(colon + 2)});
      if (answer.fields.back().name == "content-length") length = std::stoull(answer.fields.back().value);
    }
    if (method == "HEAD" || http::is_bodyless(answer.status)) length = 0;
    wait_for([&] { return data_.size() >= length ? std::size_t{0} : std::string::npos; });
    answer.body = data_.substr(0, length);
    data_.erase(0, length);
    if (http::find(answer.fields, "connection") == "close") expect_closed();
    return answer;
  }

  void expect_closed() {
    if (client_ < 0) return;
    wait_for([&] { return ended_ ? std::size_t{0} : std::string::npos; });
    EXPECT_EQ(data_, "");
    ::close(std::exchange(client_, -1));
  }

 private:
  server::Site make_site(const cli::ServeOptions& options, const CaseFile& file) {
    config::Diagnostics diagnostics;
    const auto environment = [&](const std::string& name) -> std::optional<std::string> {
      for (const std::string& line : file.lines("environment")) {
        if (line.starts_with(name + "=")) return line.substr(name.size() + 1);
      }
      return std::nullopt;
    };
    auto project = runtime::load_project({options.path, options.prefix, options.ignore, options.config},
                                         environment, diagnostics);
    EXPECT_TRUE(project) << project.error().message;
    EXPECT_FALSE(diagnostics.has_errors());
    server::Site site{project->prefix,
                      project->config.url_form,
                      project->routes,
                      {},
                      std::move(*assets::PublicFolder::open(project->files, clock_))};
    const auto sources = runtime::worker_sources(*project);
    for (std::size_t i = 0; i < project->configs.size(); ++i) {
      const router::Route& route = project->routes.routes()[i];
      site.workers.push_back(runtime::make_worker(route.file, route.pattern, project->configs[i],
                                                  Modules::shared().load(project->root, sources[i])));
    }
    return site;
  }

  void connect() {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), 0);
    client_ = ends[0];
    ended_ = false;
    data_.clear();
    server::Socket socket(server_->context());
    socket.assign(boost::asio::generic::stream_protocol(AF_UNIX, 0), ends[1]);
    server_->add_connection(std::move(socket), "-");
  }

  /// One turn of the server; takes what it sent. False: nothing happened.
  bool run() {
    bool moved = server_->run_ready();
    char buffer[65536];
    ssize_t count = 0;
    while (!ended_ && (count = recv(client_, buffer, sizeof buffer, MSG_DONTWAIT)) > 0) {
      data_.append(buffer, static_cast<std::size_t>(count));
      moved = true;
    }
    if (!ended_ && (count == 0 || (errno != EAGAIN && errno != EWOULDBLOCK))) {
      ended_ = true;
      moved = true;
    }
    return moved;
  }

  std::size_t wait_for(const std::function<std::size_t()>& found) {
    for (int idle = 0; idle < 50;) {
      const std::size_t result = found();
      if (result != std::string::npos) return result;
      if (run()) {
        idle = 0;
        continue;
      }
      // Nothing can go on but time.
      ++idle;
      clock_.advance(std::chrono::milliseconds(10));
      server_->advance_timers();
    }
    throw std::runtime_error("no (whole) answer; received: " + data_.substr(0, 500));
  }

  base::ManualClock clock_;
  base::Random random_;
  server::ServerLimits limits_;
  std::unique_ptr<server::Server> server_;
  int client_ = -1;
  bool ended_ = false;
  std::string data_;
};

std::string request_bytes(const Section& section, std::string& method) {
  const auto gap = std::find(section.lines.begin(), section.lines.end(), "");
  std::string body;
  for (auto line = gap; line != section.lines.end(); ++line) {
    if (line == gap) continue;
    if (line != gap + 1) body += '\n';
    body += *line;
  }
  body = unescape(body);
  std::string head = section.lines.front();
  method = head.substr(0, head.find(' '));
  if (head.find(" HTTP/") == std::string::npos) head += " HTTP/1.1";
  head = unescape(head) + "\r\n";
  bool has_host = false;
  bool has_length = false;
  for (auto line = section.lines.begin() + 1; line < gap; ++line) {
    const std::string name = line->substr(0, line->find(':'));
    has_host = has_host || http::equals_ignoring_case(name, "host");
    has_length = has_length || http::equals_ignoring_case(name, "content-length");
    head += unescape(*line) + "\r\n";
  }
  if (!has_host) head += "Host: example.test\r\n";
  if (!body.empty() && !has_length) head += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return head + "\r\n" + body;
}

bool is_part(const boost::json::value& wanted, const boost::json::value& actual) {
  if (!wanted.is_object()) return wanted == actual;
  if (!actual.is_object()) return false;
  return std::all_of(wanted.as_object().begin(), wanted.as_object().end(), [&](const auto& entry) {
    const auto* found = actual.as_object().if_contains(entry.key());
    return found != nullptr && is_part(entry.value(), *found);
  });
}

bool holds(const std::string& line, const Answer& answer) {
  if (line.starts_with("body contains: "))
    return answer.body.find(unescape(line.substr(15))) != std::string::npos;
  if (line.starts_with("body json: ")) {
    return is_part(boost::json::parse(line.substr(11)), boost::json::parse(answer.body));
  }
  if (line.starts_with("body~ ^x{")) {  // std::regex has no patience for long bodies
    return answer.body.find_first_not_of('x') == std::string::npos;
  }
  if (line.starts_with("body~ ^BODY"))
    return answer.body.starts_with("BODY[y") && answer.body.ends_with("y]");
  if (line.starts_with("body~ ")) return std::regex_search(answer.body, std::regex(line.substr(6)));
  if (line.starts_with("body:")) return answer.body == unescape(line.size() > 6 ? line.substr(6) : "");
  if (line.starts_with("!")) return !http::find(answer.fields, line.substr(1));
  const std::size_t tilde = line.find("~ ");
  const std::size_t colon = line.find(": ");
  const bool is_pattern = tilde < colon;
  return std::any_of(answer.fields.begin(), answer.fields.end(), [&](const http::Field& field) {
    if (!is_pattern) return field.name + ": " + field.value == line;
    return field.name == line.substr(0, tilde) &&
           std::regex_search(field.value, std::regex(line.substr(tilde + 2)));
  });
}

void check(const Section& section, const Answer& answer) {
  EXPECT_EQ(std::to_string(answer.status), section.argument) << answer.body.substr(0, 500);
  for (const std::string& line : section.lines) {
    if (line.empty()) continue;
    EXPECT_TRUE(holds(line, answer)) << line << "\nbody: " << answer.body.substr(0, 500);
  }
}

/// Where the cases are; another test may have made some of its own.
fs::path cases_folder() {
  const char* folder = std::getenv("WWS_CASES");
  return folder != nullptr ? fs::path(folder) : fs::path(WWS_SOURCE_DIR) / "tests/cases";
}

class BehaviourCase : public ::testing::TestWithParam<std::string> {};

TEST_P(BehaviourCase, InMemory) {
  const CaseFile file = read_case(cases_folder() / GetParam());
  if (file.has("start") || file.has("check")) GTEST_SKIP() << "about the program, not the server";
  if (file.has("real-time")) GTEST_SKIP() << "needs a clock that runs";
  for (const std::string& line : file.lines("tree")) {
    const std::size_t example = line.find(": @example ");
    if (example == std::string::npos) continue;
    const fs::path built = fs::path(WWS_SOURCE_DIR) / "examples/dist" / line.substr(example + 11);
    if (!fs::exists(built)) GTEST_SKIP() << built << " is not built: its toolchain could not be had";
  }
  std::string name = (fs::temp_directory_path() / "wws-case-XXXXXX").string();
  const fs::path folder = mkdtemp(name.data());
  lay_out(file, folder);
  {
    MemoryServer server(file, folder);
    std::string method = "GET";
    std::string asked;
    for (const Section& section : file.sections) {
      if (section.kind == "request" || section.kind == "raw") asked = section.lines.front();
      SCOPED_TRACE(asked);
      if (section.kind == "request") {
        server.send(request_bytes(section, method));
      } else if (section.kind == "raw") {
        std::string bytes;
        for (const std::string& line : section.lines) bytes += unescape(line);
        method = bytes.substr(0, bytes.find(' '));
        server.send(bytes);
      } else if (section.kind == "response") {
        check(section, server.response(method));
      } else if (section.kind == "closed") {
        server.expect_closed();
      }
    }
  }
  fs::remove_all(folder);
}

std::vector<std::string> all_cases() {
  std::vector<std::string> names;
  const fs::path root = cases_folder();
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    if (entry.path().extension() == ".case") names.push_back(fs::relative(entry.path(), root).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string test_name(const ::testing::TestParamInfo<std::string>& parameter) {
  std::string name = parameter.param.substr(0, parameter.param.size() - 5);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return std::isalnum(static_cast<unsigned char>(c)) == 0; }, '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(All, BehaviourCase, ::testing::ValuesIn(all_cases()), &test_name);

}  // namespace
}  // namespace wws::tests

int main(int argc, char** argv) {
  ::testing::InitGoogleTest(&argc, argv);
  wws::log::set_level(wws::log::Level::kOff);
  return RUN_ALL_TESTS();
}
