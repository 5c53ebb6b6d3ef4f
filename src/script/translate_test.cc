#include "script/translate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <map>
#include <string>
#include <utility>

namespace wws::script {
namespace {

using Files = std::map<std::string, std::string_view>;

Settings settings_of(const Files& files) {
  auto settings = Settings::read("tsconfig.json", [&](const std::string& path) {
    const auto found = files.find(path);
    return found == files.end() ? nullptr : &found->second;
  });
  EXPECT_TRUE(settings) << settings.error().message;
  return std::move(*settings);
}

Settings settings_of(std::string_view options) {
  const std::string text = "{ \"compilerOptions\": " + std::string(options) + " }";
  return settings_of(Files{{"tsconfig.json", text}});
}

std::string code_of(const Settings& settings, std::string_view file, std::string_view source) {
  const auto script = translate(settings, file, source);
  return script ? script->code : script.error().message;
}

std::string code_of(std::string_view file, std::string_view source) {
  return code_of(Settings(), file, source);
}

std::string error_of(std::string_view file, std::string_view source) {
  const auto script = translate(Settings(), file, source);
  return script ? "no error" : script.error().message;
}

using Place = std::pair<std::uint32_t, std::uint32_t>;

/// The place in the file of the first `word` of the JavaScript, as the engine finds it.
Place origin_of(std::string_view file, std::string_view source, std::string_view word) {
  const auto script = translate(Settings(), file, source);
  if (!script) return {0, 0};
  const std::size_t at = script->code.find(word);
  if (at == std::string::npos) return {0, 0};
  const std::string_view before = std::string_view(script->code).substr(0, at);
  const auto line = static_cast<std::uint32_t>(std::count(before.begin(), before.end(), '\n') + 1);
  const auto column = static_cast<std::uint32_t>(at - (before.rfind('\n') + 1) + 1);
  Place origin{0, 0};
  for (std::size_t i = 0; i + 16 <= script->positions.size(); i += 16) {
    std::uint32_t row[4];
    std::memcpy(row, script->positions.data() + i, sizeof row);
    if (std::pair(row[0], row[1]) > std::pair(line, column)) break;
    origin = Place(row[2], row[3] + (row[0] == line ? column - row[1] : 0));
  }
  return origin;
}

TEST(Translate, KnowsFilesByTheirNames) {
  for (const char* file : {"a.ts", "a.mts", "a.tsx", "a.jsx", "a/b.test.ts"})
    EXPECT_TRUE(is_translated(file));
  for (const char* file : {"a.js", "a.mjs", "a.d.ts", "a.d.mts", "ts", "a.json"})
    EXPECT_FALSE(is_translated(file));
  EXPECT_TRUE(may_have_jsx("a.tsx"));
  EXPECT_FALSE(may_have_jsx("a.ts"));
  EXPECT_TRUE(version().contains("oxc"));
}

TEST(Translate, TakesTypesOut) {
  EXPECT_EQ(code_of("a.ts", "export const a: number = 1 as any satisfies unknown;"), "export const a = 1;\n");
  EXPECT_EQ(code_of("a.ts",
                    "interface A { b: string }\ntype B<T> = T[];\nexport function f<T>(this: A, x?: T): x is "
                    "T { return !!x!; }"),
            "export function f(x) {\nreturn !!x;\n}\n");
  EXPECT_EQ(
      code_of("a.ts",
              "import type { A } from \"./a\";\nimport { B, type C } from \"./b\";\nexport const x: B = 1;"),
      "export const x = 1;\n");
  EXPECT_EQ(code_of("a.ts",
                    "declare const x: number;\nabstract class A { abstract b(): void; declare c: number; "
                    "private d? = 1 }"),
            "class A {\nd = 1;\n}\n");
}

TEST(Translate, KeepsImportsThatAreNoTypesWhereThatIsSet) {
  EXPECT_TRUE(code_of(settings_of("{ \"verbatimModuleSyntax\": true }"), "a.ts", "import { b } from \"./b\";")
                  .contains("./b"));
}

TEST(Translate, MakesWhatTypeScriptHasBesideTypes) {
  EXPECT_TRUE(code_of("a.ts", "export enum A { b = 1 << 2, c }").contains("A[A[\"b\"] = 4] = \"b\""));
  EXPECT_TRUE(code_of("a.ts", "namespace N { export const a = 1; }\nconsole.log(N.a);").contains("N.a = 1"));
  EXPECT_TRUE(code_of("a.ts", "class A { constructor(private b: number) {} }").contains("this.b = b"));
  EXPECT_TRUE(code_of("a.mts", "import x = require(\"y\"); x();").contains("y"));
}

TEST(Translate, MakesJsx) {
  const std::string code = code_of("a.tsx", "export const a = <b c={1}>{...d}</b>;");
  EXPECT_TRUE(code.contains("from \"react/jsx-runtime\"")) << code;
  EXPECT_TRUE(code_of("a.jsx", "/** @jsxImportSource preact */\nexport const a = <></>;")
                  .contains("from \"preact/jsx-runtime\""));
  EXPECT_TRUE(code_of(settings_of("{ \"jsx\": \"react-jsx\", \"jsxImportSource\": \"hono/jsx\" }"), "a.tsx",
                      "export const a = <b/>;")
                  .contains("from \"hono/jsx/jsx-runtime\""));
  EXPECT_TRUE(
      code_of(settings_of("{ \"jsx\": \"react\", \"jsxFactory\": \"h\", \"jsxFragmentFactory\": \"F\" }"),
              "a.tsx", "import { h, F } from \"./h\"; export const a = <><b/></>;")
          .contains("h(F, null"));
  EXPECT_TRUE(code_of("a.tsx", "/** @jsx h */ import { h } from \"./h\"; export const a = <b/>;")
                  .contains("h(\"b\""));
}

TEST(Translate, MakesDecoratorsWhereTheyAreSet) {
  constexpr std::string_view kSource = "const d = (t: any) => t;\n@d\nexport class A {}";
  EXPECT_EQ(error_of("a.ts", kSource),
            "SyntaxError: decorators need \"experimentalDecorators\": true in the compilerOptions of "
            "tsconfig.json, and are TypeScript's then; there are no others at a.ts:2:1");
  const std::string code = code_of(settings_of("{ \"experimentalDecorators\": true }"), "a.ts", kSource);
  EXPECT_TRUE(code.contains("babelHelpers.decorate(")) << code;
  EXPECT_TRUE(code.starts_with("var babelHelpers =")) << code;
}

TEST(Translate, TellsEveryError) {
  EXPECT_EQ(error_of("a.ts", "const a: = 1;"), "SyntaxError: Unexpected token `=` at a.ts:1:10");
  const std::string two = error_of("a.ts", "let a; let a;\n\nlet b; let b;");
  EXPECT_TRUE(two.contains(" at a.ts:1:")) << two;
  EXPECT_TRUE(two.contains("; SyntaxError: ")) << two;
  EXPECT_TRUE(two.contains(" at a.ts:3:")) << two;
  EXPECT_TRUE(error_of("a.ts", "\xff").contains("it is not UTF-8 at a.ts:1:1"));
}

TEST(Translate, CountsColumnsAsEditorsDo) {
  EXPECT_TRUE(error_of("a.ts", "const ä = \"ö😀\"; const b: = 1;").ends_with("at a.ts:1:27"))
      << error_of("a.ts", "const ä = \"ö😀\"; const b: = 1;");
}

TEST(Translate, KnowsWherePlacesComeFrom) {
  constexpr std::string_view kSource =
      "interface A {\n  b: string;\n}\n\nexport default function (a: A): never {\n"
      "  const x: number = 1; throw new TypeError(a.b);\n}\n";
  EXPECT_EQ(origin_of("a.ts", kSource, "throw"), Place(6, 24));
  EXPECT_EQ(origin_of("a.ts", kSource, "new TypeError"), Place(6, 30));
  EXPECT_EQ(origin_of("a.ts", "const a: string = \"ä😀\"; fail(a);", "fail"), Place(1, 26));
  EXPECT_EQ(origin_of("a.tsx", "const a = (\n  <b\n    c={fail()}\n  />\n);", "fail"), Place(3, 8));
}

TEST(Translate, KnowsWherePlacesComeFromBehindDecorators) {
  const auto script = translate(settings_of("{ \"experimentalDecorators\": true }"), "a.ts",
                                "const d = (t: any) => t;\n@d class A {}\n\nfail();");
  ASSERT_TRUE(script);
  std::uint32_t row[4];
  std::memcpy(row, script->positions.data(), sizeof row);
  EXPECT_EQ(row[0], 2U) << "the first line are the helpers";
  EXPECT_EQ(row[2], 1U);
}

TEST(Translate, TakesCommentsInSettingsAndFollowsWhatTheyExtend) {
  const Files files = {
      {"tsconfig.json",
       "\xEF\xBB\xBF{ // comment\n \"extends\": [\"./a.json\", \"./config/b\", \"@package/c\"],\n}"},
      {"a.json", R"({"compilerOptions": {"jsx": "react", "jsxFactory": "a"}})"},
      {"config/b.json", R"({"extends": "../a", "compilerOptions": {"jsxFactory": "b"}})"}};
  EXPECT_TRUE(code_of(settings_of(files), "a.tsx", "export const x = <y/>;").contains("b(\"y\""));
}

TEST(Translate, EndsWhereSettingsExtendThemselves) {
  EXPECT_TRUE(
      code_of(settings_of(Files{{"tsconfig.json", R"({"extends": ["./tsconfig.json", "./tsconfig.json"]})"}}),
              "a.ts", "a;")
          .contains("a;"));
}

TEST(Translate, TellsWhatIsWrongWithSettings) {
  const std::string_view text = "{\n  \"a\": \n}";
  const auto settings = Settings::read("b/tsconfig.json", [&](const std::string&) { return &text; });
  ASSERT_FALSE(settings);
  EXPECT_TRUE(settings.error().message.ends_with(" at b/tsconfig.json:3:1")) << settings.error().message;
}

TEST(Translate, AssignsFieldsWhereThatIsSet) {
  constexpr std::string_view kSource = "export class A { b?: number; c = 1; }";
  EXPECT_TRUE(code_of("a.ts", kSource).contains("b;"));
  EXPECT_FALSE(code_of(settings_of("{ \"target\": \"ES2020\" }"), "a.ts", kSource).contains("b;"));
  EXPECT_FALSE(
      code_of(settings_of("{ \"useDefineForClassFields\": false }"), "a.ts", kSource).contains("b;"));
}

TEST(Translate, IsQuick) {
  std::string source;
  for (int i = 0; i < 200; ++i) {
    source += "export interface Point" + std::to_string(i) + " { x: number; y?: string }\n" +
              "export async function f" + std::to_string(i) +
              "(a: number, b: string[] = []): Promise<string> {\n" +
              "  const found = b.map((one: string) => one.length).filter((n): n is number => n > a);\n" +
              "  return `${found.length} of ${b.length}`;\n}\n";
  }
  const Settings settings;
  const auto begin = std::chrono::steady_clock::now();
  const auto script = translate(settings, "a.ts", source);
  const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - begin;
  ASSERT_TRUE(script);
  std::printf("1,000 lines: %.2f ms, %zu bytes of positions\n", took.count(), script->positions.size());
  EXPECT_LT(script->positions.size(), std::size_t{128} << 10);
}

}  // namespace
}  // namespace wws::script
