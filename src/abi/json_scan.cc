#include "abi/json_scan.h"

#include <algorithm>
#include <vector>

namespace wws::abi {
namespace {

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }
bool is_hex(char c) noexcept { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

void skip_blanks(std::string_view& text) noexcept {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
}

/// How many bytes an escape has, the backslash included; 0: it is none.
std::size_t escape_size(std::string_view text) noexcept {
  constexpr std::string_view kLetters = "\"\\/bfnrt";
  constexpr std::size_t kNumber = 6;  // \u and four digits
  if (text.size() < 2) return 0;
  if (kLetters.find(text[1]) != std::string_view::npos) return 2;
  if (text[1] != 'u' || text.size() < kNumber) return 0;
  return std::all_of(text.begin() + 2, text.begin() + kNumber, is_hex) ? kNumber : 0;
}

/// Length of the string that begins here, quotes included; 0: none does.
std::size_t string_size(std::string_view text) noexcept {
  if (text.empty() || text.front() != '"') return 0;
  for (std::size_t i = 1; i < text.size();) {
    if (text[i] == '"') return i + 1;
    if (static_cast<unsigned char>(text[i]) < 0x20) return 0;
    const std::size_t step = text[i] == '\\' ? escape_size(text.substr(i)) : 1;
    if (step == 0) return 0;
    i += step;
  }
  return 0;
}

/// Length of the number that begins here; 0: none does.
std::size_t number_size(std::string_view text) noexcept {
  std::size_t i = 0;
  const auto take = [&](std::string_view any) {
    const bool is_there = i < text.size() && any.find(text[i]) != std::string_view::npos;
    i += is_there ? 1 : 0;
    return is_there;
  };
  const auto take_digits = [&] {
    const std::size_t before = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    return i > before;
  };
  (void)take("-");
  if (!take("0") && !take_digits()) return 0;
  if (take(".") && !take_digits()) return 0;
  if (take("eE")) {
    (void)take("+-");
    if (!take_digits()) return 0;
  }
  return i;
}

/// Length of the string, number or word that begins here; 0: none does.
std::size_t scalar_size(std::string_view text) noexcept {
  for (const std::string_view word : {"true", "false", "null"}) {
    if (text.starts_with(word)) return word.size();
  }
  return std::max(string_size(text), number_size(text));
}

/// One value as it is passed over.
class Scan {
 public:
  explicit Scan(std::string_view text) noexcept : text_(text) {}

  std::expected<void, JsonFault> run() {
    do {
      // Down to a value without parts,
      for (;;) {
        skip_blanks(text_);
        if (const std::size_t size = scalar_size(text_)) {
          text_.remove_prefix(size);
          break;
        }
        if (open_.size() == kDeepestJson) return std::unexpected(JsonFault::kTooDeep);
        const auto opened = open();
        if (opened == Opened::kNothing) return std::unexpected(JsonFault::kSyntax);
        if (opened == Opened::kEmpty) break;
      }
      // and up to the next one.
      while (!open_.empty() && take_json(text_, closing())) open_.pop_back();
    } while (!open_.empty() && take_json(text_, ',') && (open_.back() == Kind::kArray || take_key()));
    if (!open_.empty()) return std::unexpected(JsonFault::kSyntax);
    return {};
  }
  [[nodiscard]] std::string_view rest() const noexcept { return text_; }

 private:
  enum class Kind : bool { kArray, kObject };
  enum class Opened { kNothing, kEmpty, kWithValue };

  [[nodiscard]] char closing() const noexcept { return open_.back() == Kind::kArray ? ']' : '}'; }
  bool take_key() noexcept { return !take_json_string(text_).empty() && take_json(text_, ':'); }

  Opened open() {
    if (take_json(text_, '[')) {
      open_.push_back(Kind::kArray);
    } else if (take_json(text_, '{')) {
      open_.push_back(Kind::kObject);
    } else {
      return Opened::kNothing;
    }
    skip_blanks(text_);
    if (text_.starts_with(closing())) return Opened::kEmpty;
    return open_.back() == Kind::kArray || take_key() ? Opened::kWithValue : Opened::kNothing;
  }

  std::string_view text_;
  std::vector<Kind> open_;
};

}  // namespace

bool take_json(std::string_view& text, char c) noexcept {
  skip_blanks(text);
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::string_view take_json_string(std::string_view& text) noexcept {
  skip_blanks(text);
  const std::string_view string = text.substr(0, string_size(text));
  text.remove_prefix(string.size());
  return string;
}

std::expected<std::string_view, JsonFault> take_json_value(std::string_view& text) {
  skip_blanks(text);
  Scan scan(text);
  if (const auto scanned = scan.run(); !scanned) return std::unexpected(scanned.error());
  const std::string_view value = text.substr(0, text.size() - scan.rest().size());
  text = scan.rest();
  return value;
}

}  // namespace wws::abi
