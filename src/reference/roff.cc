#include "reference/roff.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace wws::reference {
namespace {

/// Text whose characters mean nothing to roff. Hyphens become the minus that people can copy.
std::string escape(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '\\') {
      out += "\\e";
    } else if (c == '-') {
      out += "\\-";
    } else if (c == '\'') {
      out += "\\(aq";
    } else if (c == '`') {
      out += "\\(ga";
    } else if (c == '^') {
      out += "\\(ha";
    } else if (c == '~') {
      out += "\\(ti";
    } else if (c == '"') {
      out += "\\(dq";
    } else {
      out += c;
    }
  }
  return out;
}

/// A line that begins with a dot would be a request.
std::string line(std::string text) {
  if (text.starts_with('.')) text.insert(0, "\\&");
  return text + "\n";
}

/// Code between backticks is bold.
std::string inline_text(std::string_view text) {
  std::string out;
  for (bool is_code = false; !text.empty(); is_code = !is_code) {
    const std::size_t end = std::min(text.find('`'), text.size());
    const std::string part = escape(text.substr(0, end));
    if (is_code) {
      out += "\\fB" + part + "\\fP";
    } else {
      out += part;
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

std::string capitals(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
  return out;
}

std::string term_line(const Entries& entries, const Entry& entry) {
  std::string text = "\\fB" + escape(entry.term) + "\\fP";
  if (entry.value.empty()) return text;
  if (entries.of == Entries::Of::kKeys) return text + " (" + inline_text(entry.value) + ")";
  return text + " \\fI" + escape(entry.value) + "\\fP";
}

struct RoffRenderer {
  std::string out;
  std::string_view break_before = ".PP\n";  ///< a heading makes one itself

  void operator()(const Heading& heading) {
    const bool is_section = heading.level == Heading::Level::kSection;
    out += is_section ? ".SH " + escape(capitals(heading.text)) + "\n" : ".SS " + escape(heading.text) + "\n";
    break_before = "";
  }
  void operator()(const Paragraph& paragraph) {
    begin_paragraph();
    out += line(inline_text(paragraph.text));
  }
  void operator()(const Code& code) {
    begin_paragraph();
    out += ".RS 4\n.EX\n";
    std::string_view rest = code.text;
    while (!rest.empty()) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      out += line(escape(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    out += ".EE\n.RE\n";
  }
  void operator()(const Entries& entries) {
    break_before = ".PP\n";
    for (const Entry& entry : entries.list) {
      out += ".TP\n" + line(term_line(entries, entry)) + line(inline_text(entry.text));
      if (!entry.fallback.empty()) out += line("Default: " + escape(entry.fallback));
    }
  }
  void operator()(const More& /*more*/) {}

  void begin_paragraph() {
    out += break_before;
    break_before = ".PP\n";
  }
};

}  // namespace

std::string to_roff(const Page& page) {
  RoffRenderer renderer;
  renderer.out = fmt::format(
      ".\\\" Made by \"wws manual {}\".\n.TH {} {} \"\" \"wws {}\"\n.nh\n.ad l\n.SH NAME\n{} \\- {}\n",
      page.name, capitals(page.name), page.section, page.version, escape(page.name), escape(page.what));
  for (const Block& block : page.blocks) std::visit(renderer, block);
  return renderer.out;
}

}  // namespace wws::reference
