#include "runtime/script_text.h"

#include <algorithm>
#include <set>
#include <utility>

#include "runtime/script_words.h"

namespace wws::runtime {
namespace {

/// Looks at the last words of a script, one after the other.
class Reader {
 public:
  explicit Reader(std::string_view script) : words_(script) {}

  ScriptText run() {
    while (words_.next()) step();
    if (gives_all_) {
      for (const ImportedName& import : text_.imports)
        if (import.style == ImportStyle::kRequire) add(text_.exports_of, import.name);
    }
    return std::move(text_);
  }

 private:
  using Kind = ScriptWords::Kind;

  /// The word `back` words ago; 0: the last one.
  [[nodiscard]] std::string_view at(std::size_t back) const { return words_.at(back).text; }
  [[nodiscard]] bool is_text(std::size_t back) const { return words_.at(back).kind == Kind::kText; }
  [[nodiscard]] bool is_name(std::size_t back) const { return words_.at(back).kind == Kind::kName; }
  /// Whether the words that end `back` words ago are these, and no member of something.
  template <typename... Words>
  [[nodiscard]] bool are(std::size_t back, Words... words) const {
    std::size_t place = back + sizeof...(words);
    return (... && is_this(--place, words)) && !is_dot(back + sizeof...(words));
  }
  /// One dot; `...` is none.
  [[nodiscard]] bool is_dot(std::size_t back) const { return at(back) == "." && at(back + 1) != "."; }
  [[nodiscard]] bool is_this(std::size_t back, std::string_view word) const {
    return !is_text(back) && at(back) == word;
  }
  /// How many words `exports` or `module.exports` are that end `back` words ago; 0: it is neither.
  [[nodiscard]] std::size_t exports_object(std::size_t back) const {
    if (are(back, "module", ".", "exports")) return 3;
    return are(back, "exports") ? 1 : 0;
  }

  void step() {
    if (skips_) {
      if (words_.depth() < skip_depth_) end_block();
      return;
    }
    look_for_imports();
    look_for_module();
    look_for_exports();
    look_into_literal();
    look_for_environment();
  }

  void import(std::string_view name, ImportStyle style) {
    ImportedName found{std::string(name), style};
    if (seen_.emplace(found.name, style).second) text_.imports.push_back(std::move(found));
  }

  void look_for_imports() {
    if (!is_text(0)) return;
    if (are(1, "import") || are(1, "from") || are(1, "import", "(")) import(at(0), ImportStyle::kImport);
    if (!are(1, "require", "(")) return;
    import(at(0), ImportStyle::kRequire);
    // module.exports = require(NAME), { ...require(NAME) }, __exportStar(require(NAME)),
    // __export(require(NAME))
    const bool is_all = at(3) == "=" && exports_object(4) > 0;
    const bool is_spread = literal_depth_ > 0 && at(3) == "." && at(4) == "." && at(5) == ".";
    const bool is_star = at(3) == "(" && (at(4) == "__exportStar" || at(4) == "__export");
    if (is_all || is_spread || is_star) add(text_.exports_of, at(0));
  }

  void look_for_module() {
    if (text_.is_module || words_.depth() > depth_of(at(0))) return;
    if (are(1, "export") && !is_text(0))
      text_.is_module = at(0) == "{" || at(0) == "*" || is_name(0);
    else if (are(1, "import"))
      text_.is_module = at(0) != "(" && at(0) != ":" && at(0) != "=" && at(0) != ",";
  }
  /// At which depth a word at the top of a script stands: a bracket is inside of itself.
  static std::size_t depth_of(std::string_view word) { return word == "{" || word == "(" ? 1 : 0; }

  void look_for_exports() {
    if (at(0) == "=" && !is_text(0)) {
      if (is_name(1) && at(2) == ".") found(3, at(1));
      if (at(1) == "]" && at(3) == "[") found(4, is_text(2) ? at(2) : "");
      if (exports_object(1) > 0) text_.is_common_js = true;
    }
    // Object.defineProperty(exports, "NAME",
    if (at(0) == "," && at(2) == ",") {
      const std::size_t words = exports_object(3);
      if (words > 0 && at(3 + words) == "(" && at(4 + words) == "defineProperty")
        found(3, is_text(1) ? at(1) : "");
    }
    if (at(0) == "{" && at(1) == "=" && exports_object(2) == 3) {
      literal_depth_ = words_.depth();
      expects_key_ = true;
    }
  }

  /// exports.NAME is given something, if `exports` ends so many words ago; an empty name is not known.
  void found(std::size_t back, std::string_view name) {
    if (exports_object(back) == 0) return;
    text_.is_common_js = true;
    if (name.empty()) {
      gives_all_ = true;
    } else {
      add(text_.exports, name);
    }
  }

  /// module.exports = { NAME, NAME: value, NAME() {}, ...require(NAME) }
  void look_into_literal() {
    if (literal_depth_ == 0) return;
    if (words_.depth() < literal_depth_) {
      if (at(0) == "}" && key_ != "") add(text_.exports, key_);
      literal_depth_ = 0;
      key_ = "";
      return;
    }
    const bool begins_value = at(0) == "(" && words_.depth() == literal_depth_ + 1;
    if (words_.depth() != literal_depth_ && !begins_value) return;
    if (at(0) == "," && !is_text(0)) {
      if (key_ != "") add(text_.exports, key_);
      expects_key_ = true;
      key_ = "";
    } else if (expects_key_ && at(1) != "." && (is_name(0) || is_text(0))) {
      key_ = at(0);  // of `get NAME` and `async NAME` the last
    } else if (at(0) != "{" && at(0) != "*" && at(0) != ".") {
      if (expects_key_ && key_ != "") add(text_.exports, key_);
      expects_key_ = false;
      key_ = "";
    }
  }

  /// if (process.env.NODE_ENV === "production") { ... } else { ... }
  void look_for_environment() {
    if (at(0) == "{" && at(1) == ")" && is_text(2)) {
      // The comparison is one word a character.
      std::size_t place = 3;
      std::string comparison;
      while (place < 6 && !is_text(place) && (at(place) == "=" || at(place) == "!"))
        comparison.insert(0, at(place++));
      if (comparison.size() < 2 || !is_variable(place) || !are(place + 5, "if", "(")) return;
      const bool holds = (at(2) == "production") == (comparison.front() == '=');
      if (holds) {
        taken_.push_back(words_.depth());
      } else {
        skip();
      }
    } else if (at(0) == "}" && !taken_.empty() && words_.depth() < taken_.back()) {
      taken_.pop_back();
      was_taken_ = true;
      return;
    } else if (at(0) == "{" && was_taken_ && at(1) == "else") {
      skip();
    } else if (at(0) == "else" && was_taken_) {
      return;
    }
    was_taken_ = false;
  }
  [[nodiscard]] bool is_variable(std::size_t back) const {
    return at(back) == "NODE_ENV" && at(back + 1) == "." && at(back + 2) == "env" && at(back + 3) == "." &&
           at(back + 4) == "process";
  }
  void skip() {
    skips_ = true;
    skip_depth_ = words_.depth();
  }
  void end_block() { skips_ = false; }

  static void add(std::vector<std::string>& names, std::string_view name) {
    // What is given twice is mostly given twice in a row.
    constexpr std::size_t kLooksBack = 64;
    const std::size_t from = names.size() > kLooksBack ? names.size() - kLooksBack : 0;
    if (std::find(names.begin() + static_cast<std::ptrdiff_t>(from), names.end(), name) == names.end())
      names.emplace_back(name);
  }

  ScriptWords words_;
  ScriptText text_;
  std::set<std::pair<std::string, ImportStyle>> seen_;
  bool gives_all_ = false;         ///< names that are not in the text
  std::size_t literal_depth_ = 0;  ///< of what is inside of `module.exports = {`; 0: it is not there
  bool expects_key_ = false;
  std::string_view key_;
  bool skips_ = false;
  std::size_t skip_depth_ = 0;
  std::vector<std::size_t> taken_;  ///< depths of blocks whose `else` is not taken
  bool was_taken_ = false;          ///< such a block has just ended
};

}  // namespace

ScriptText read_script(std::string_view script) { return Reader(script).run(); }

}  // namespace wws::runtime
