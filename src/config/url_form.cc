#include "config/url_form.h"

#include <fmt/format.h>

namespace wws::config {

std::optional<UrlForm> read_url_form(const toml::table& table, Reporter& reporter) {
  const auto text = read_string(table, "url_form", reporter);
  if (!text) return std::nullopt;
  if (*text == "full") return UrlForm::kFull;
  if (*text == "path") return UrlForm::kPath;
  reporter.error(table.get("url_form")->source(),
                 fmt::format("\"url_form\" is \"full\" or \"path\", and not \"{}\"", *text));
  return std::nullopt;
}

}  // namespace wws::config
