#include "script/large_stack.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstddef>
#include <string>

#include "script/translate.h"

namespace wws::script {
namespace {

void say_overflow() {
  [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, "too deep", 8);
  _exit(3);
}

/// Many times `begin`, then `middle`, then as many times `end`.
std::string nested(std::size_t times, const std::string& begin, const std::string& middle,
                   const std::string& end) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += begin;
  text += middle;
  for (std::size_t i = 0; i < times; ++i) text += end;
  return text;
}

Result<Translated> translate_deep(const std::string& file, const std::string& source) {
  Result<Translated> result;
  const auto ran = on_large_stack([&] { result = translate(Settings(), file, source); }, say_overflow);
  if (!ran) return std::unexpected(ran.error());
  return result;
}

TEST(LargeStack, RunsWhatItIsGiven) {
  const auto script = translate_deep("a.ts", "export const a: number = 1;");
  ASSERT_TRUE(script);
  EXPECT_EQ(script->code, "export const a = 1;\n");
}

TEST(LargeStack, IsEnoughForWhatPeopleNest) {
  const auto script = translate_deep("a.ts", "export const a = " + nested(2'000, "(", "1", ")") + ";");
  EXPECT_TRUE(script) << script.error().message;
  const auto sum = translate_deep("a.ts", "export const a = " + nested(10'000, "1 + ", "1", "") + ";");
  EXPECT_TRUE(sum) << sum.error().message;
}

/// Either is right: it ends with a last word, or it was not too deep.
void expect_word_or_result(const std::string& file, const std::string& source) {
  EXPECT_EXIT(
      {
        (void)translate_deep(file, source);
        say_overflow();
      },
      testing::ExitedWithCode(3), "too deep");
}

TEST(LargeStackDeathTest, HasALastWordForHostileSources) {
  constexpr std::size_t kDeep = 100'000;
  expect_word_or_result("a.ts", nested(kDeep, "(", "1", ")"));
  expect_word_or_result("a.ts", "type A = " + nested(kDeep, "Array<", "1", ">"));
  expect_word_or_result("a.tsx", "const a = " + nested(kDeep, "<b>", "c", "</b>"));
  expect_word_or_result("a.ts", nested(kDeep, "a => ", "1", ""));
  expect_word_or_result("a.ts", nested(kDeep, "1 + ", "1", ""));
  expect_word_or_result("a.ts", nested(kDeep, "{", "", "}"));
  expect_word_or_result("a.ts", "const a = " + nested(kDeep, "[", "", "]"));
  expect_word_or_result("a.ts", nested(kDeep, "!", "1", ""));
  expect_word_or_result("a.ts", "const a = b" + nested(kDeep, ".c", "", "") + ";");
}

TEST(LargeStackDeathTest, PassesOtherFaultsOn) {
  EXPECT_EXIT((void)on_large_stack(
                  [] {
                    volatile int* nowhere = nullptr;
                    *nowhere = 1;
                  },
                  say_overflow),
              testing::KilledBySignal(SIGSEGV), "");
}

}  // namespace
}  // namespace wws::script
