#include <unistd.h>

#include <string_view>

#include "base/file.h"
#include "cli/commands.h"
#include "cli/console.h"
#include "cli/help.h"
#include "reference/completions.h"
#include "reference/keys_page.h"
#include "reference/markdown.h"
#include "reference/roff.h"
#include "reference/schema.h"
#include "reference/wws_page.h"

namespace wws::cli {
namespace {

/// Half a page is worse than none: what cannot be written is an error.
int print_out(std::string_view text) {
  const auto written = base::write_all(STDOUT_FILENO, text);
  if (written) return 0;
  complain("wws: standard output: " + written.error().message);
  return base::exit_code(written.error().code);
}

}  // namespace

int run_manual(const ManualOptions& options) {
  const reference::Page page = options.page == ManualOptions::Page::kWws
                                   ? reference::wws_page(describe_commands(), WWS_VERSION)
                                   : reference::keys_page(WWS_VERSION);
  return print_out(options.format == ManualOptions::Format::kRoff ? reference::to_roff(page)
                                                                  : reference::to_markdown(page));
}

int run_completions(const CompletionsOptions& options) {
  return print_out(reference::completion(options.shell, describe_commands()));
}

int run_schema(const SchemaOptions& options) { return print_out(reference::json_schema(options.file)); }

}  // namespace wws::cli
