#include "cli/commands.h"

#include <string_view>
#include <variant>

#include "cli/console.h"

namespace wws::cli {
namespace {

template <class... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <class... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace

int run_command(const std::vector<std::string>& arguments) {
  auto command = parse_command_line(arguments);
  if (!command) {
    complain("wws: " + command.error().message);
    return base::exit_code(command.error().code);
  }
  return std::visit(Overloaded{
                        [](const ServeOptions& options) { return run_serve(options); },
                        [](const CheckOptions& options) { return run_check(options); },
                        [](const ExplainOptions& options) { return run_explain(options); },
                        [](const TopOptions& options) { return run_top(options); },
                        [](const NewOptions& options) { return run_new(options); },
                        [](const TypesOptions& options) { return run_types(options); },
                        [](const KvOptions& options) { return run_kv(options); },
                        [](const HealthOptions& options) { return run_health(options); },
                        [](const VersionOptions& options) { return run_version(options); },
                        [](const ManualOptions& options) { return run_manual(options); },
                        [](const CompletionsOptions& options) { return run_completions(options); },
                        [](const SchemaOptions& options) { return run_schema(options); },
                        [](const PrintText& print) {
                          say(std::string_view(print.text).substr(0, print.text.size() - 1));
                          return 0;
                        },
                    },
                    *command);
}

}  // namespace wws::cli
