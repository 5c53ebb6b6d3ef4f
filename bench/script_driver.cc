// What one request costs a worker in JavaScript, without a network: time, and pages that it writes.
//
// usage: script_driver SCRIPT|FOLDER [BODY [ENGINE.wasm]]
//
// SCRIPT may import files of its folder and packages of the node_modules in there; of a FOLDER the script is
// its w.js. BODY is a file that each request brings as its body, `-` for none; ENGINE the engine, if not that
// of this build. A request is for /w. The first line is for people, the second the same as JSON, for
// bench/js.
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "abi/host_functions.h"
#include "base/log.h"
#include "interpreters/interpreters.h"
#include "runtime/invocation.h"
#include "runtime/script_files.h"
#include "runtime/script_resolver.h"
#include "runtime/snapshot.h"
#include "wasm/epoch_timer.h"

namespace {

using namespace wws;

constexpr int kWarmUp = 500;
constexpr int kRuns = 10000;
constexpr const char* kImageName = "script-image";

[[noreturn]] void die(const std::string& message) {
  fmt::print(stderr, "script_driver: {}\n", message);
  std::exit(1);
}

template <typename T>
T must(Result<T> result) {
  if (!result) die(result.error().message);
  return std::move(*result);
}

base::File in_memory(const char* name, std::string_view bytes) {
  base::File file(memfd_create(name, MFD_CLOEXEC));
  if (!base::write_all(file.fd(), bytes)) die("no memory");
  return file;
}

/// The script, and what it imports.
runtime::SourceBytes read_project(std::filesystem::path script) {
  if (std::filesystem::is_directory(script)) script /= "w.js";
  script = std::filesystem::canonical(script);
  runtime::ScriptResolver resolver(script.parent_path());
  const std::string name = script.filename();
  return must(runtime::read_source(script.parent_path(),
                                   runtime::javascript_source(name, runtime::script_files(resolver, name))));
}

/// The pages of slots for instances that are the image's no more: what is restored between two requests.
std::size_t written_pages() {
  std::ifstream maps("/proc/self/maps");
  const base::File pages(open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC));
  constexpr std::uint64_t kPresent = std::uint64_t{1} << 63;
  constexpr std::uint64_t kOfFile = std::uint64_t{1} << 61;
  const auto page_size = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  std::uint64_t last_end = 0;  // of the mapping before: what grows behind an image is a mapping of its own
  std::size_t count = 0;
  for (std::string line; std::getline(maps, line);) {
    std::uint64_t begin = 0;
    std::uint64_t end = 0;
    const char* text = line.data();
    const auto first = std::from_chars(text, text + line.size(), begin, 16);
    std::from_chars(first.ptr + 1, text + line.size(), end, 16);
    // The image itself is mapped too, from its begin on; instances have the pages behind its head.
    const bool is_slot =
        line.find(kImageName) != std::string::npos && line.find(" 00000000 ") == std::string::npos;
    if (line.find(" rw-p ") == std::string::npos || (!is_slot && begin != last_end)) continue;
    last_end = end;
    std::vector<std::uint64_t> entries((end - begin) / page_size);
    if (pread(pages.fd(), entries.data(), entries.size() * 8, static_cast<off_t>(begin / page_size * 8)) < 0)
      die("cannot read /proc/self/pagemap");
    count += static_cast<std::size_t>(std::ranges::count_if(
        entries, [](std::uint64_t entry) { return (entry & kPresent) != 0 && (entry & kOfFile) == 0; }));
  }
  return count;
}

struct Cost {
  double guest = 0;  ///< microseconds, the median
  double whole = 0;
};

double median(std::vector<double>& values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

class Driver {
 public:
  Driver(runtime::SourceBytes source, std::string body)
      : engine_(must(wasm::Engine::create(*wasm::serving_settings(8), abi::host_functions()))),
        timer_(must(wasm::EpochTimer::create(engine_))),
        body_(std::move(body)) {
    base::File code = in_memory("code", must(engine_.compile(source.engine_module->bytes())));
    const auto initialise = [&](base::File beginning, runtime::CompileStep step) {
      runtime::InitialisationFiles files{base::File(dup(code.fd())), std::move(beginning)};
      const auto initialisation =
          must(runtime::Initialisation::create(engine_, source, std::move(files), step));
      base::File image = in_memory(kImageName, "");
      if (const auto run = initialisation.run(source.user_files, image); !run) die(run.error().message);
      return image;
    };
    base::File beginning = initialise({}, runtime::CompileStep::kBeginning);
    const auto began = clock_.now();
    base::File image = initialise(std::move(beginning), runtime::CompileStep::kSnapshot);
    load_ = std::chrono::duration<double, std::milli>(clock_.now() - began).count();
    struct stat status{};
    if (fstat(image.fd(), &status) != 0) die("its image is gone");
    image_bytes_ = static_cast<std::size_t>(status.st_blocks) * 512;  // without its holes
    worker_ = std::make_shared<runtime::Worker>(runtime::make_worker(
        "w.js", "/w", {}, std::make_shared<runtime::LazyModule>(std::move(code), std::move(image))));
    request_.method = body_.empty() ? "GET" : "POST";
    request_.host = "127.0.0.1:8080";
    request_.path = "/w";
    request_.fields = {{"Host", "127.0.0.1:8080"}};
    if (!body_.empty()) request_.fields.push_back({"Content-Type", "application/json"});
  }

  /// One request; its microseconds in the guest.
  double run() {
    request_.body = body_;
    auto input = runtime::Invocation::Input{request_, {}, config::UrlForm::kFull, 1};
    input.on_log_line = [](log::Level, std::string_view line) { fmt::print(stderr, "{}\n", line); };
    auto invocation = must(runtime::Invocation::create(clock_, random_, worker_, std::move(input)));
    timer_.slice_begins();
    while (invocation->step(engine_) != wasm::Instance::State::kDone) {
    }
    timer_.slice_ends();
    const double guest = std::chrono::duration<double, std::micro>(invocation->cpu_time()).count();
    answer_ = must(invocation->finish());
    return guest;
  }

  Cost measure() {
    for (int i = 0; i < kWarmUp; ++i) run();
    std::vector<double> guest;
    std::vector<double> whole;
    for (int i = 0; i < kRuns; ++i) {
      const auto began = clock_.now();
      guest.push_back(run());
      whole.push_back(std::chrono::duration<double, std::micro>(clock_.now() - began).count());
    }
    return {median(guest), median(whole)};
  }

  [[nodiscard]] double load() const { return load_; }
  [[nodiscard]] std::size_t image_bytes() const { return image_bytes_; }
  [[nodiscard]] const http::Response& answer() const { return answer_; }

 private:
  const base::SystemClock clock_;
  base::Random random_;
  wasm::Engine engine_;
  wasm::EpochTimer timer_;
  std::string body_;
  http::Request request_;
  std::shared_ptr<runtime::Worker> worker_;
  double load_ = 0;  ///< milliseconds
  std::size_t image_bytes_ = 0;
  http::Response answer_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2 || argc > 4) die("usage: script_driver SCRIPT|FOLDER [BODY [ENGINE.wasm]]");
  if (!std::filesystem::exists(argv[1])) die(fmt::format("{}: there is no such file or folder", argv[1]));
  base::log::set_level(base::log::Level::kError);
  std::string body;
  if (argc > 2 && std::string_view(argv[2]) != "-") body = must(base::read_file(argv[2]));
  auto source = read_project(argv[1]);
  if (argc > 3)
    source.engine_module = std::make_shared<const runtime::EngineModule>(must(base::read_file(argv[3])));
  Driver driver(std::move(source), std::move(body));
  const Cost cost = driver.measure();
  const std::size_t pages = written_pages();
  if (driver.answer().status != 200) die(fmt::format("it answers {}", driver.answer().status));
  fmt::print(
      "{}: {} pages written, {:.1f} us in the guest, {:.1f} us in all; image {} KiB, made in "
      "{:.1f} ms\n",
      argv[1], pages, cost.guest, cost.whole, driver.image_bytes() >> 10, driver.load());
  fmt::print(R"({{"pages": {}, "guest_us": {:.2f}, "whole_us": {:.2f}, "image": {}, "load_ms": {:.2f}}})"
             "\n",
             pages, cost.guest, cost.whole, driver.image_bytes(), driver.load());
}
