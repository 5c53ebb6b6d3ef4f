#include "cli/logging.h"

#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "server/access_format.h"

namespace wws::cli {
namespace {

bool is_for_eyes() {
  const char* no_color = std::getenv("NO_COLOR");  // no-color.org: any value that is not empty
  const char* terminal = std::getenv("TERM");
  return isatty(STDERR_FILENO) == 1 && (no_color == nullptr || *no_color == '\0') && terminal != nullptr &&
         std::string_view(terminal) != "dumb";
}

bool is_directives(std::string_view text) { return text.find('%') != std::string_view::npos; }

}  // namespace

Result<std::string> parse_log_format(const std::string& text) {
  if (text == "auto" || text == "text" || text == "color" || text == "json") return text;
  if (!is_directives(text)) {
    return fail(ErrorCode::kBadUsage, "\"" + log::escaped(text) +
                                          "\" is not one of auto, text, color, json, nor a format with "
                                          "directives such as \"%h %t\"");
  }
  if (auto format = server::AccessFormat::parse(text); !format) return fail(format);
  return text;
}

log::Settings log_settings(const ServeOptions& options) {
  const std::string& format = options.log_format;
  if (format == "json") return {options.log_level, log::Form::kJson};
  if (format == "color") return {options.log_level, log::Form::kColored};
  const bool is_colored = format != "text" && is_for_eyes();
  return {options.log_level, is_colored ? log::Form::kColored : log::Form::kText};
}

std::string access_format(const ServeOptions& options) {
  if (is_directives(options.log_format) || options.log_format == "json") return options.log_format;
  const bool is_shown = access_log_file(options).empty();
  return is_shown && log_settings(options).form == log::Form::kColored ? "color" : "combined";
}

std::string access_log_file(const ServeOptions& options) {
  return options.access_log == "-" || options.access_log == "off" ? "" : options.access_log;
}

}  // namespace wws::cli
