#include "runtime/script_imports.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace wws::runtime {
namespace {

using Names = std::vector<std::string>;

TEST(ScriptImports, AreFoundInEveryForm) {
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

TEST(ScriptImports, AreNotFoundInTextsCommentsTemplatesAndRegularExpressions) {
  EXPECT_EQ(imported_names(R"(// import "./no.js"
/* import "./no.js" */ const a = 'import "./no.js"';
const b = `import "./no.js" ${ `${1} from "./no.js"` } from "./no.js"`;
const c = /import "\/no.js"/, d = /["`]/g, e = 1 / 2; const f = x["import"] / 3;
object.import("./no.js"); array.from("./no.js"); const from = 1; call("./no.js");
import("./yes.js");)"),
            Names{"./yes.js"});
}

TEST(ScriptImports, OfWhatIsNoScriptEnd) {
  for (const char* text :
       {"", "import", "import \"", "from '\\", "`${", "/", "/[", "/*", "}}}`", "import(\"a"}) {
    EXPECT_LE(imported_names(text).size(), 1U) << text;
  }
}

}  // namespace
}  // namespace wws::runtime
