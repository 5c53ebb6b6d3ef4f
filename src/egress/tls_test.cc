// TLS and HTTP/2, with nginx on the other side.
#include <fcntl.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <set>

#include "egress/test_driver.h"

extern char** environ;

namespace wws::egress::test {
namespace {

using fetch::Failure;

pid_t spawn(const std::vector<std::string>& words) {
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = -1;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  EXPECT_EQ(posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ), 0) << words[0];
  posix_spawn_file_actions_destroy(&actions);
  return child;
}
void run(const std::vector<std::string>& words) {
  int status = -1;
  waitpid(spawn(words), &status, 0);
  EXPECT_EQ(status, 0) << words[0];
}

std::size_t resident_bytes() {
  std::ifstream statm("/proc/self/statm");
  std::size_t size = 0;
  std::size_t resident = 0;
  statm >> size >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

/// nginx with a certificate of its own for tls.example, in a folder that goes with it.
class Nginx {
 public:
  Nginx() : folder_(std::filesystem::temp_directory_path() / ("wws-nginx-" + std::to_string(getpid()))) {
    std::filesystem::create_directories(folder_);
    std::filesystem::permissions(folder_, std::filesystem::perms::all);
    run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days",
         "2", "-subj", "/CN=wws test", "-addext", "subjectAltName=DNS:tls.example", "-keyout", at("key.pem"),
         "-out", at("cert.pem")});
    port_ = free_port();
    std::ofstream(at("nginx.conf"))
        << "daemon off; master_process off; pid " << at("pid") << "; error_log /dev/null;\n"
        << "events {}\nhttp { access_log off; client_body_temp_path " << at("body") << "; proxy_temp_path "
        << at("proxy") << ";\n server { listen 127.0.0.1:" << port_ << " ssl http2; ssl_certificate "
        << at("cert.pem") << "; ssl_certificate_key " << at("key.pem") << "; ssl_client_certificate "
        << at("cert.pem") << "; ssl_verify_client optional; root " << folder_.string()
        << ";\n location = /protocol { return 200 \"$server_protocol $ssl_client_verify\"; } } }\n";
    std::ofstream(at("large")) << std::string(kLarge, 'x');
    process_ = spawn({"nginx", "-c", at("nginx.conf"), "-p", folder_.string()});
    EXPECT_TRUE(answers());
  }
  ~Nginx() {
    kill(process_, SIGTERM);
    waitpid(process_, nullptr, 0);
    std::filesystem::remove_all(folder_);
  }
  Nginx(const Nginx&) = delete;
  Nginx& operator=(const Nginx&) = delete;

  static constexpr std::size_t kLarge = std::size_t{40} << 20;
  [[nodiscard]] std::string at(const std::string& file) const { return (folder_ / file).string(); }
  [[nodiscard]] std::string place(const std::string& name) const {
    return name + ":" + std::to_string(port_);
  }

 private:
  static std::uint16_t free_port() {
    boost::asio::io_context context;
    return tcp::acceptor(context, tcp::endpoint(boost::asio::ip::address_v4::loopback(), 0))
        .local_endpoint()
        .port();
  }
  [[nodiscard]] bool answers() const {
    const auto end = std::chrono::steady_clock::now() + seconds(10);
    boost::asio::io_context context;
    while (std::chrono::steady_clock::now() < end) {
      tcp::socket socket(context);
      boost::system::error_code error;
      socket.connect(tcp::endpoint(boost::asio::ip::address_v4::loopback(), port_), error);
      if (!error) return true;
      usleep(10000);
    }
    return false;
  }

  std::filesystem::path folder_;
  std::uint16_t port_ = 0;
  pid_t process_ = -1;
};

class TlsTest : public Driver {
 protected:
  void reach(const Trust::Files& files, Connections::Options options = {}) {
    server_.reset();
    connections_.reset();
    trust_ = std::move(*Trust::load(files));
    connections_ = std::move(*Connections::create(context_, *polls_, trust_, std::move(options)));
    names_.known = {{"tls.example", {{"127.0.0.1"}}}, {"other.example", {{"127.0.0.1"}}}};
    make({"tls.example", "other.example", nginx_.place("127.0.0.1")});
  }

  Nginx nginx_;
};

TEST_F(TlsTest, CertificatesAreChecked) {
  const std::string url = "https://" + nginx_.place("tls.example") + "/protocol";
  reach({});
  expect_refused(fetch(get(url)), Failure::kTls, "tls.example");
  reach({.roots = nginx_.at("cert.pem"), .client_certificate = {}, .client_key = {}, .client_hosts = {}});
  EXPECT_EQ(fetch(get(url)).body, "HTTP/2.0 NONE");
  expect_refused(fetch(get("https://" + nginx_.place("other.example"))), Failure::kTls, "other.example");
  expect_refused(fetch(get("https://" + nginx_.place("127.0.0.1"))), Failure::kTls, "127.0.0.1");
  reach({.roots = nginx_.at("cert.pem"), .client_certificate = {}, .client_key = {}, .client_hosts = {}},
        {.http2 = Connections::Options::Http2::kOff, .proxy = {}});
  EXPECT_EQ(fetch(get(url)).body, "HTTP/1.1 NONE");
  EXPECT_FALSE(
      Trust::load({.roots = "/none", .client_certificate = {}, .client_key = {}, .client_hosts = {}}));
}

TEST_F(TlsTest, TheClientsCertificateIsForWhoItIsFor) {
  const std::string url = "https://" + nginx_.place("tls.example") + "/protocol";
  for (const auto& [host, seen] :
       {std::pair("tls.example", "HTTP/2.0 SUCCESS"), {"other.example", "HTTP/2.0 NONE"}}) {
    reach({nginx_.at("cert.pem"),
           nginx_.at("cert.pem"),
           nginx_.at("key.pem"),
           {*fetch::HostRule::parse(host)}});
    EXPECT_EQ(fetch(get(url)).body, seen);
  }
}

/// Streams of one connection whose readers stop: others go on, and memory is bounded.
TEST_F(TlsTest, PausedStreamsDoNotFillMemory) {
  reach({.roots = nginx_.at("cert.pem"), .client_certificate = {}, .client_key = {}, .client_hosts = {}});
  const std::string base = "https://" + nginx_.place("tls.example");
  EXPECT_EQ(fetch(get(base + "/protocol")).body, "HTTP/2.0 NONE");
  const std::size_t before = resident_bytes();
  reads_ = false;
  std::vector<std::uint32_t> ids;
  for (int i = 0; i < 6; ++i) ids.push_back(start(get(base + "/large")));
  ASSERT_TRUE(run_until([&] {
    return std::ranges::all_of(
        ids, [&](auto id) { return told_[std::pair(1U, id)].body.size() + 16384 > kWindow; });
  }));
  context_.restart();
  context_.run_for(std::chrono::milliseconds(300));
  EXPECT_LT(resident_bytes() - before, std::size_t{100} << 20) << "of " << 6 * Nginx::kLarge << " bytes";
  reads_ = true;
  EXPECT_EQ(fetch(get(base + "/protocol")).body, "HTTP/2.0 NONE") << "beside those that wait";
  for (const auto id : ids) read(id, told_[std::pair(1U, id)].body.size());
  for (const auto id : ids) EXPECT_EQ(finish(id).body.size(), Nginx::kLarge);
}

}  // namespace
}  // namespace wws::egress::test
