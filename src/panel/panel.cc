#include "panel/panel.h"

#include <algorithm>
#include <array>

// The files as they are, without a copy that the compiler has to read.
#define WWS_PANEL_FILE(symbol, name)                            \
  __asm__(                                                      \
      ".section .rodata\n"                                      \
      "wws_panel_" #symbol ": .incbin \"" WWS_PANEL_FOLDER name \
      "\"\n"                                                    \
      "wws_panel_" #symbol                                      \
      "_end:\n"                                                 \
      ".previous\n");                                           \
  extern "C" const char wws_panel_##symbol[];                   \
  extern "C" const char wws_panel_##symbol##_end[]

WWS_PANEL_FILE(page, "/index.html");
WWS_PANEL_FILE(style, "/panel.css");
WWS_PANEL_FILE(icon, "/icon.svg");
WWS_PANEL_FILE(panel, "/panel.js");
WWS_PANEL_FILE(api, "/api.js");
WWS_PANEL_FILE(dom, "/dom.js");
WWS_PANEL_FILE(errors, "/errors.js");
WWS_PANEL_FILE(keys, "/keys.js");
WWS_PANEL_FILE(log, "/log.js");
WWS_PANEL_FILE(format, "/format.js");
WWS_PANEL_FILE(plot, "/plot.js");
WWS_PANEL_FILE(rates, "/rates.js");
WWS_PANEL_FILE(views, "/views.js");

namespace wws::panel {
namespace {

constexpr std::string_view kScript = "text/javascript; charset=utf-8";

struct Entry {
  std::string_view path;
  std::string_view type;
  const char* begin;
  const char* end;
};

constexpr std::array kFiles = {
    Entry{"", "text/html; charset=utf-8", wws_panel_page, wws_panel_page_end},
    Entry{"panel.css", "text/css; charset=utf-8", wws_panel_style, wws_panel_style_end},
    Entry{"icon.svg", "image/svg+xml", wws_panel_icon, wws_panel_icon_end},
    Entry{"panel.js", kScript, wws_panel_panel, wws_panel_panel_end},
    Entry{"api.js", kScript, wws_panel_api, wws_panel_api_end},
    Entry{"dom.js", kScript, wws_panel_dom, wws_panel_dom_end},
    Entry{"errors.js", kScript, wws_panel_errors, wws_panel_errors_end},
    Entry{"keys.js", kScript, wws_panel_keys, wws_panel_keys_end},
    Entry{"log.js", kScript, wws_panel_log, wws_panel_log_end},
    Entry{"format.js", kScript, wws_panel_format, wws_panel_format_end},
    Entry{"plot.js", kScript, wws_panel_plot, wws_panel_plot_end},
    Entry{"rates.js", kScript, wws_panel_rates, wws_panel_rates_end},
    Entry{"views.js", kScript, wws_panel_views, wws_panel_views_end},
};

}  // namespace

std::optional<File> file(std::string_view path) noexcept {
  const auto found = std::ranges::find(kFiles, path, &Entry::path);
  if (found == kFiles.end()) return std::nullopt;
  return File{found->type, {found->begin, found->end}};
}

}  // namespace wws::panel
