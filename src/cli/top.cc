#include <fmt/format.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/json.hpp>
#include <chrono>
#include <csignal>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "cli/admin_client.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/top_view.h"

namespace wws::cli {
namespace {

namespace json = boost::json;

constexpr int kPeriodMilliseconds = 1000;
constexpr std::size_t kWidestLine = 1000;

std::atomic<bool> is_over{false};
void end_view(int) noexcept { is_over = true; }

Result<json::value> ask(const TopOptions& options, const std::string& token, const std::string& path) {
  auto body = ask_admin(options.place, token, path);
  if (!body) return fail(body);
  json::error_code error;
  json::value value = json::parse(*body, error);
  if (error) return fail(ErrorCode::kIo, path + ": an answer that is no JSON");
  return value;
}

Result<TopSample> take_sample(const TopOptions& options, const std::string& token) {
  TopSample sample;
  for (const auto& [path, target] :
       {std::pair("/api/v1/status", &sample.status), std::pair("/api/v1/processes", &sample.processes),
        std::pair("/api/v1/stats", &sample.stats)}) {
    auto value = ask(options, token, path);
    if (!value) return fail(value);
    *target = std::move(*value);
  }
  sample.taken = base::SystemClock().now();
  return sample;
}

/// What another version of the server tells may be of another form.
Result<std::vector<std::string>> view(const TopSample& now, const std::optional<TopSample>& before,
                                      std::size_t columns) {
  try {
    return top_lines(now, before, columns);
  } catch (const std::exception& error) {
    return fail(ErrorCode::kIo, std::string("the server is of another version: ") + error.what());
  }
}

/// A terminal that shows nothing but this, and is as before when this goes.
class Screen {
 public:
  Screen() {
    is_terminal_ = tcgetattr(STDIN_FILENO, &before_) == 0;
    if (is_terminal_) {
      termios raw = before_;
      raw.c_lflag &= ~static_cast<tcflag_t>(ICANON | ECHO);
      tcsetattr(STDIN_FILENO, TCSANOW, &raw);
    }
    (void)base::write_all(STDOUT_FILENO, "\x1b[?1049h\x1b[?25l");  // another screen, no cursor
  }
  ~Screen() {
    (void)base::write_all(STDOUT_FILENO, "\x1b[?25h\x1b[?1049l");
    if (is_terminal_) tcsetattr(STDIN_FILENO, TCSANOW, &before_);
  }
  Screen(const Screen&) = delete;
  Screen& operator=(const Screen&) = delete;

  [[nodiscard]] static winsize size() {
    winsize size{};
    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_row == 0) size = {24, 80, 0, 0};
    return size;
  }
  /// False: there is nobody to see it any more.
  [[nodiscard]] static bool draw(const std::vector<std::string>& lines, std::size_t rows) {
    std::string text = "\x1b[H";
    for (std::size_t i = 0; i < std::min(lines.size(), rows); ++i)
      text += lines[i] + "\x1b[K" + (i + 1 < rows ? "\r\n" : "");
    return static_cast<bool>(base::write_all(STDOUT_FILENO, text + "\x1b[J"));
  }
  /// Waits until the next view is due. False: q was pressed, or the input has ended.
  [[nodiscard]] static bool wait() {
    const auto until = std::chrono::steady_clock::now() + std::chrono::milliseconds(kPeriodMilliseconds);
    while (!is_over) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
      if (left <= 0) return true;
      pollfd input{STDIN_FILENO, POLLIN, 0};
      if (poll(&input, 1, static_cast<int>(left)) <= 0) continue;
      char key = 0;
      if (read(STDIN_FILENO, &key, 1) <= 0 || key == 'q' || key == 'Q') return false;
    }
    return false;
  }

 private:
  bool is_terminal_ = false;
  termios before_{};
};

/// Until q is pressed, a signal comes, or the server wants another token. While it does not answer, as when
/// it is started again, what it told last stays, below why.
Result<void> show(const TopOptions& options, const std::string& token) {
  auto sample = take_sample(options, token);
  if (!sample) return fail(sample);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) std::signal(number, end_view);
  const Screen screen;
  std::optional<TopSample> before;
  std::optional<TopSample> now = std::move(*sample);
  std::string problem;
  while (true) {
    const winsize size = Screen::size();
    auto lines = view(*now, before, size.ws_col);
    if (!lines) return std::unexpected(lines.error());
    if (!problem.empty())
      lines->insert(lines->begin(), "no answer: " + problem + "; what it told last is below");
    if (!Screen::draw(*lines, size.ws_row) || !Screen::wait()) return {};
    auto next = take_sample(options, token);
    if (next) {
      before = std::exchange(now, std::move(*next));
      problem.clear();
      continue;
    }
    if (next.error().code == ErrorCode::kBadUsage) return fail(next);
    problem = log::escaped(next.error().message);
  }
}

Result<void> print_once(const TopOptions& options, const std::string& token) {
  const auto sample = take_sample(options, token);
  if (!sample) return std::unexpected(sample.error());
  const auto lines = view(*sample, std::nullopt, kWidestLine);
  if (!lines) return std::unexpected(lines.error());
  for (const std::string& line : *lines) say(line);
  return {};
}

Result<std::string> token_in(const std::string& file) {
  if (file.empty()) return std::string();
  auto text = base::read_file(file);
  if (text) text->resize(std::min(text->find_first_of("\r\n"), text->size()));
  return text;
}

}  // namespace

int run_top(const TopOptions& options) {
  const auto token = token_in(options.token_file);
  Result<void> done = token ? Result<void>() : Result<void>(std::unexpected(token.error()));
  if (done)
    done = options.times == TopOptions::Times::kOnce ? print_once(options, *token) : show(options, *token);
  if (done) return 0;
  complain("wws: " + log::escaped(done.error().message));
  return base::exit_code(done.error().code);
}

}  // namespace wws::cli
