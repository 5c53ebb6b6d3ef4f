#include "scaffold/language.h"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace wws::scaffold {
namespace {

namespace fs = std::filesystem;

#define WWS_ZIG_FLAGS "--target=wasm32-wasi -mexec-model=reactor -O2 -Wl,--strip-debug"
// @NAME@ is the project's name.
constexpr std::array kLanguages = {
    Language{"c", "C", "@NAME@.c", "zig cc " WWS_ZIG_FLAGS " @NAME@.c -o @NAME@.wasm", "wws .", "@NAME@"},
    Language{"cpp", "C++", "@NAME@.cc",
             "zig c++ " WWS_ZIG_FLAGS " -std=c++20 -fno-exceptions @NAME@.cc -o @NAME@.wasm", "wws .",
             "@NAME@"},
    Language{"go", "Go", "main.go",
             "GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared -ldflags=\"-s -w\" -o @NAME@.wasm .",
             "wws .", "@NAME@"},
    Language{"js", "JavaScript", "index.js", "", "wws --dev .", ""},
    Language{"rust", "Rust", "src/lib.rs", "cargo build --release --target wasm32-wasip1",
             "wws --ignore 'deps/**' target/wasm32-wasip1/release", "@CRATE@"},
    Language{"ts", "TypeScript", "index.ts", "", "wws --dev .", ""},
    Language{"zig", "Zig", "src/main.zig", "zig build", "wws zig-out/bin", "@NAME@"},
};
#undef WWS_ZIG_FLAGS

struct OtherName {
  std::string_view name;
  std::string_view id;
};
constexpr std::array kOtherNames = {OtherName{"javascript", "js"}, OtherName{"typescript", "ts"},
                                    OtherName{"c++", "cpp"},       OtherName{"cxx", "cpp"},
                                    OtherName{"cc", "cpp"},        OtherName{"golang", "go"},
                                    OtherName{"rs", "rust"}};

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool is_same_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

/// The file of a program, or nothing.
std::optional<fs::path> find_program(std::string_view name, std::string_view path) {
  while (!path.empty()) {
    const std::size_t end = std::min(path.find(':'), path.size());
    const fs::path candidate = fs::path(path.substr(0, end)) / name;
    if (access(candidate.c_str(), X_OK) == 0 && !fs::is_directory(candidate)) return candidate;
    path.remove_prefix(std::min(end + 1, path.size()));
  }
  return std::nullopt;
}

constexpr std::string_view kZig = "zig";
constexpr std::string_view kPythonsZig = "python-zig";
constexpr std::string_view kZigIsMissing =
    "zig is missing: pip install ziglang==0.17.1, and write \"python-zig\" for \"zig\"; or get it from your "
    "system's packages";

/// Where rustup keeps what it installs; rustc's own word needs a process, and rustup's layout is as old as
/// rustup.
bool has_rust_target(std::string_view path) {
  const auto rustc = find_program("rustc", path);
  if (!rustc) return false;
  std::error_code error;
  // ~/.cargo/bin/rustc is rustup's; its toolchains stand beside .cargo.
  const fs::path home = rustc->parent_path().parent_path().parent_path();
  for (const auto& toolchain : fs::directory_iterator(home / ".rustup/toolchains", error)) {
    if (fs::exists(toolchain.path() / "lib/rustlib/wasm32-wasip1")) return true;
  }
  return fs::exists(rustc->parent_path().parent_path() / "lib/rustlib/wasm32-wasip1");
}

}  // namespace

std::span<const Language> languages() noexcept { return kLanguages; }

const Language* find_language(std::string_view name) noexcept {
  const auto* other = std::ranges::find_if(
      kOtherNames, [&](const OtherName& candidate) { return is_same_without_case(candidate.name, name); });
  const std::string_view id = other == kOtherNames.end() ? name : other->id;
  const auto* found = std::ranges::find_if(
      kLanguages, [&](const Language& language) { return is_same_without_case(language.id, id); });
  return found == kLanguages.end() ? nullptr : found;
}

std::optional<std::string> missing_toolchain(const Language& language, std::string_view path) {
  if (is_script(language)) return std::nullopt;
  if (language.id == "go") {
    if (find_program("go", path)) return std::nullopt;
    return "go is missing: install Go 1.24 or newer, from go.dev or your system's packages";
  }
  if (language.id == "rust") {
    if (!find_program("cargo", path)) {
      return "cargo is missing: install Rust with rustup (rustup.rs), then: rustup target add wasm32-wasip1";
    }
    if (has_rust_target(path)) return std::nullopt;
    return "Rust has no target for WebAssembly: rustup target add wasm32-wasip1";
  }
  if (find_program(kZig, path) || find_program(kPythonsZig, path)) return std::nullopt;
  return std::string(kZigIsMissing);
}

std::string build_command(const Language& language, std::string_view path) {
  const bool is_pythons =
      language.build.starts_with(kZig) && !find_program(kZig, path) && find_program(kPythonsZig, path);
  if (!is_pythons) return std::string(language.build);
  return std::string(kPythonsZig).append(language.build.substr(kZig.size()));
}

}  // namespace wws::scaffold
