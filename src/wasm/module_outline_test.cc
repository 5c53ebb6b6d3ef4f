#include "wasm/module_outline.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace wws::wasm {
namespace {

std::string guest_bytes(const std::string& name) {
  return *base::read_file(std::string(WWS_WAT_GUESTS_DIR) + "/" + name + ".wasm");
}

const std::string kEmptyModule("\0asm\1\0\0\0", 8);

/// A custom section with some content.
std::string custom_section(std::string_view name, std::size_t size) {
  std::string content(1, static_cast<char>(name.size()));
  content.append(name).append(size, 'x');
  std::string section(1, '\0');
  for (std::size_t rest = content.size(); true; rest >>= 7) {
    section += static_cast<char>((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    if (rest <= 0x7f) break;
  }
  return section + content;
}

TEST(ModuleOutline, TellsImportsAndExports) {
  const std::string bytes = guest_bytes("marks_small");
  const auto outline = read_outline(bytes);
  ASSERT_TRUE(outline) << outline.error().message;
  ASSERT_EQ(outline->imports.size(), 1U);
  EXPECT_EQ(outline->imports[0].module, "wasi_snapshot_preview1");
  EXPECT_EQ(outline->imports[0].name, "fd_write");
  EXPECT_EQ(outline->exports, (std::vector<std::string_view>{"memory", "_start"}));
}

TEST(ModuleOutline, TellsWhatAnImportIs) {
  using namespace std::string_view_literals;
  const std::string imports(
      "\x02\x1d\x04"
      "\x01m\x01"
      "f\x00\x00"
      "\x01m\x01"
      "t\x01\x70\x00\x01"
      "\x01m\x01"
      "e\x02\x00\x01"
      "\x01m\x01"
      "g\x03\x7f\x00"sv);
  const auto outline = read_outline(kEmptyModule + imports);
  ASSERT_TRUE(outline) << outline.error().message;
  std::vector<ExternKind> kinds;
  for (const auto& import : outline->imports) kinds.push_back(import.kind);
  EXPECT_EQ(kinds, (std::vector{ExternKind::kFunction, ExternKind::kTable, ExternKind::kMemory,
                                ExternKind::kGlobal}));
  const std::string unknown_kind(
      "\x02\x07\x01\x01m\x01"
      "f\x05\x00"sv);
  EXPECT_FALSE(read_outline(kEmptyModule + unknown_kind));
}

TEST(ModuleOutline, SaysWhatAFileIsThatIsNoModule) {
  const auto cause = [](std::string_view bytes) { return read_outline(bytes).error().message; };
  EXPECT_EQ(cause(""), "the file is empty");
  EXPECT_NE(cause("<html>").find("does not begin with"), std::string::npos);
  EXPECT_NE(cause(std::string_view("\0asm\x0d\0\1\0", 8)).find("is a WebAssembly component"),
            std::string::npos);
  EXPECT_NE(cause(std::string_view("\0asm\2\0\0\0", 8)).find("version 1"), std::string::npos);
  EXPECT_TRUE(read_outline(kEmptyModule));
}

TEST(ModuleOutline, EveryPrefixOfAModuleIsReadOrRefused) {
  const std::string bytes = guest_bytes("marks_small");
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto outline = read_outline(std::string_view(bytes).substr(0, size));
    // A module without its last sections is a module.
    EXPECT_TRUE(outline || !outline.error().message.empty()) << size;
  }
}

TEST(ModuleOutline, LargeDebugInformationIsDropped) {
  std::string storage;
  const std::string small = kEmptyModule + custom_section(".debug_info", 1000) + custom_section("name", 5);
  EXPECT_EQ(without_large_debug_information(small, *read_outline(small), storage), small);
  const std::string kept = custom_section("name", 5);
  const std::string large = kEmptyModule + custom_section(".debug_info", kLargestDebugInformation) + kept +
                            custom_section(".debug_line", 10);
  EXPECT_EQ(without_large_debug_information(large, *read_outline(large), storage), kEmptyModule + kept);
}

}  // namespace
}  // namespace wws::wasm
