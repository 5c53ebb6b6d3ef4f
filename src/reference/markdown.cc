#include "reference/markdown.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

namespace wws::reference {
namespace {

/// A cell of a table, which a bar would end.
std::string cell(std::string_view text) {
  std::string out;
  for (const char c : text) {
    if (c == '|') out += '\\';
    out += c;
  }
  return out;
}

std::string code(std::string_view text) { return text.empty() ? std::string() : fmt::format("`{}`", text); }

/// An option's default: what can be typed, or words for it.
std::string value_or_words(const std::string& text) {
  return text.find(' ') == std::string::npos ? code(text) : text;
}

std::string row(Entries::Of of, const Entry& entry) {
  if (of == Entries::Of::kKeys)
    return fmt::format("| {} | {} | {} | {} |\n", code(entry.term), cell(entry.value),
                       cell(code(entry.fallback)), cell(entry.text));
  const std::string term = entry.value.empty() ? entry.term : entry.term + " " + entry.value;
  if (of == Entries::Of::kOptions)
    return fmt::format("| {} | {} | {} |\n", cell(code(term)), cell(value_or_words(entry.fallback)),
                       cell(entry.text));
  return fmt::format("| {} | {} |\n", cell(code(term)), cell(entry.text));
}

std::string_view table_head(Entries::Of of) {
  switch (of) {
    case Entries::Of::kOptions:
      return "| | default | |\n|---|---|---|\n";
    case Entries::Of::kKeys:
      return "| key | type | default | |\n|---|---|---|---|\n";
    case Entries::Of::kOthers:
      break;
  }
  return "| | |\n|---|---|\n";
}

struct MarkdownRenderer {
  std::string out;

  void operator()(const Heading& heading) {
    out += fmt::format("\n{} {}\n", heading.level == Heading::Level::kSection ? "##" : "###", heading.text);
  }
  void operator()(const Paragraph& paragraph) { out += "\n" + paragraph.text + "\n"; }
  void operator()(const Code& block) {
    out += "\n```" + block.language + "\n" + block.text + (block.text.ends_with('\n') ? "```\n" : "\n```\n");
  }
  void operator()(const Entries& entries) {
    out += "\n";
    out += table_head(entries.of);
    for (const Entry& entry : entries.list) out += row(entries.of, entry);
  }
  void operator()(const More& more) { out += fmt::format("\nMore: [{0}](../{0}).\n", more.page); }
};

}  // namespace

std::string to_markdown(const Page& page) {
  MarkdownRenderer renderer;
  renderer.out = fmt::format("# {}({})\n\n{} - {}\n", page.name, page.section, code(page.name), page.what);
  for (const Block& block : page.blocks) std::visit(renderer, block);
  return renderer.out;
}

}  // namespace wws::reference
