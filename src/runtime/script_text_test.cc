#include "runtime/script_text.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wws::runtime {
namespace {

using Names = std::vector<std::string>;

Names imported_names(std::string_view script) {
  Names names;
  for (const ImportedName& import : read_script(script).imports) names.push_back(import.name);
  return names;
}

TEST(ScriptText, HasImportsInEveryForm) {
  EXPECT_EQ(imported_names(R"(import a from "./a.js";
import { b as c, default as d } from './b.js'
import * as e from "./e.js"; import f, { g } from "./f.js";
import "./effect.js"
import data from "./data.json" with { type: "json" };
export { h } from "./h.js"
export * from "./all.js";
const later = await import("./later.js"), also = import ( './also.js' );)"),
            (Names{"./a.js", "./b.js", "./e.js", "./f.js", "./effect.js", "./data.json", "./h.js", "./all.js",
                   "./later.js", "./also.js"}));
}

TEST(ScriptText, HasNoImportsInTextsCommentsTemplatesAndRegularExpressions) {
  EXPECT_EQ(imported_names(R"(// import "./no.js"
/* import "./no.js" */ const a = 'import "./no.js"';
const b = `import "./no.js" ${ `${1} from "./no.js"` } from "./no.js"`;
const c = /import "\/no.js"/, d = /["`]/g, e = 1 / 2; const f = x["import"] / 3;
object.import("./no.js"); array.from("./no.js"); const from = 1; call("./no.js");
import("./yes.js");)"),
            Names{"./yes.js"});
}

TEST(ScriptText, TellsDivisionFromRegularExpressions) {
  for (const char* before : {"if (a) /[\"']/.test(b);", "const a = b++ / c; '/'", "const d = (1) / 2; '/'",
                             "x = {}\n/[`]/.test(b);", "return /[\"]/", "a[0] / 1; '/'", "`${a / 1}` / '/'",
                             "while (i--) /\"/.exec(a);"}) {
    EXPECT_EQ(imported_names(std::string(before) + ";require(\"yes\")"), Names{"yes"}) << before;
  }
}

TEST(ScriptText, OfWhatIsNoScriptEnds) {
  for (const char* text :
       {"", "import", "import \"", "from '\\", "`${", "`\\", "/", "/[", "/*", "}}}`", "import(\"a",
        "if (process.env.NODE_ENV !== \"production\") {", "module.exports = {", "#!"}) {
    EXPECT_LE(imported_names(text).size(), 1U) << text;
  }
}

TEST(ScriptText, NamesEachImportOnceInEachStyle) {
  EXPECT_EQ(read_script(R"(import "a"; import("a"); require("a"); require('a'); a.require("b"); require(c);)")
                .imports,
            (std::vector<ImportedName>{{"a", ImportStyle::kImport}, {"a", ImportStyle::kRequire}}));
}

TEST(ScriptText, IsAModuleByItsOwnImportsAndExports) {
  for (const char* text : {"import 'a'", "import a from 'a'", "import { a } from 'a'",
                           "import * as a from 'a'", "export default 1", "export { a }", "export * from 'a'",
                           "export const a = 1", "const a = import.meta.url"}) {
    EXPECT_TRUE(read_script(text).is_module) << text;
  }
  for (const char* text :
       {"import('a')", "a.export = 1", "module.exports = 1", "function f() { import('a') }",
        "const a = { import: 1, export: 2 }", "'export default'"}) {
    EXPECT_FALSE(read_script(text).is_module) << text;
  }
}

TEST(ScriptText, HasTheNamesThatItExports) {
  const ScriptText text = read_script(R"("use strict";
Object.defineProperty(exports, "__esModule", { value: true });
exports.a = exports.b = void 0;
module.exports.c = 1; exports["d-e"] = 2;
Object.defineProperty(module.exports, 'f', { enumerable: true, get() { return x.f; } });
other.exports.no = 1; x.no = 2;)");
  EXPECT_TRUE(text.is_common_js);
  EXPECT_EQ(text.exports, (Names{"__esModule", "a", "b", "c", "d-e", "f"}));
}

TEST(ScriptText, HasTheNamesOfALiteral) {
  const ScriptText text = read_script(
      R"(0 && (module.exports = { a, b: [1, { no: 2 }], "c-d": no(1, no), e() { no, no }, async f() {}, [no]: 1,
...require("g"), h: function (no) {}, i }); const x = { no, no: 1 };)");
  EXPECT_EQ(text.exports, (Names{"a", "b", "c-d", "e", "f", "h", "i"}));
  EXPECT_EQ(text.exports_of, Names{"g"});
}

TEST(ScriptText, HasWhoseNamesItExportsToo) {
  EXPECT_EQ(read_script("module.exports = require('a'); const x = require('no');").exports_of, Names{"a"});
  EXPECT_EQ(read_script("__exportStar(require('a'), exports); tslib_1.__exportStar(require('b'), exports);")
                .exports_of,
            (Names{"a", "b"}));
  EXPECT_EQ(
      read_script("var a = require('a'); Object.keys(a).forEach(function (key) { exports[key] = a[key]; });")
          .exports_of,
      Names{"a"});
}

TEST(ScriptText, PassesOverWhatIsForDevelopment) {
  EXPECT_EQ(imported_names(R"(if (process.env.NODE_ENV === 'production') { if (a) { require("a"); } }
else { require("no"); if (b) { require("no"); } } require("b");
if ("x" && process.env.NODE_ENV !== "production") { require("c"); }
if (process.env.NODE_ENV !== "production") { require("no"); } else { require("d"); }
if (process.env.NODE_ENV == "development") { require("no"); })"),
            (Names{"a", "b", "c", "d"}));
}

}  // namespace
}  // namespace wws::runtime
