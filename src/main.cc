// wws: one executable, several roles. A person starts the supervisor; it starts the others from
// the same file (docs/architecture.md):
//
//   wws [OPTIONS] [PATH]   supervisor: loads the project, keeps serving processes running
//   wws __compile …        compile child: one module, one run
//   wws __engine …         engine child: makes compile children for scripts
//   wws __serve            serving process: one event loop that answers requests
//   wws __store            store child: owns the key-value store, where a worker uses one
//   wws __egress           egress child: makes the outgoing requests of workers, where one may
//   wws __admin            admin child: metrics, health and control, where --admin is given
//   wws __telemetry        telemetry child: traces and metrics to a collector, where --otlp is given
//   wws __folders          folders child: has the files of workers with mounted folders
#include <fcntl.h>
#include <unistd.h>

#include <csignal>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/name_services.h"
#include "cli/commands.h"
#include "cli/first_process.h"
#include "runtime/compile_child.h"
#include "runtime/engine_child.h"
#include "runtime/role.h"
#include "supervisor/admin_process.h"
#include "supervisor/egress_process.h"
#include "supervisor/folders_process.h"
#include "supervisor/serving_process.h"
#include "supervisor/store_process.h"
#include "supervisor/telemetry_process.h"

namespace {

namespace cli = wws::cli;
namespace runtime = wws::runtime;
namespace supervisor = wws::supervisor;

/// A caller may have closed standard streams: their numbers must not be taken by files of ours.
void occupy_standard_streams() {
  int fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO) fd = dup(fd);
  if (fd > STDERR_FILENO) close(fd);
}

}  // namespace

int main(int argc, char** argv) {
  occupy_standard_streams();
  wws::base::use_own_name_services();
  // A closed pipe, a full file and a terminal for others are errors of the write, not the end of the server
  // (or its rest, when it was started in the background).
  for (const int number : {SIGPIPE, SIGXFSZ, SIGTTOU}) std::signal(number, SIG_IGN);
  std::signal(SIGCHLD, SIG_DFL);  // a caller may ignore it, and then the ends of children are not told
  cli::leave_first_process();
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  const std::string_view command = arguments.empty() ? std::string_view() : arguments[0];
  if (command == runtime::roles::kServe.command)
    return supervisor::serve_main(std::span(arguments).subspan(1));
  if (command == runtime::roles::kStore.command)
    return supervisor::store_main(std::span(arguments).subspan(1));
  if (command == runtime::roles::kEgress.command)
    return supervisor::egress_main(std::span(arguments).subspan(1));
  if (command == runtime::roles::kFolders.command)
    return supervisor::folders_main(std::span(arguments).subspan(1));
  if (command == runtime::roles::kAdmin.command)
    return supervisor::admin_main(std::span(arguments).subspan(1));
  if (command == runtime::roles::kTelemetry.command)
    return supervisor::telemetry_main(std::span(arguments).subspan(1));
  if (command == runtime::roles::kCompile.command)
    return runtime::compile_main(std::span(arguments).subspan(1));
  if (command == runtime::roles::kEngine.command)
    return runtime::engine_main(std::span(arguments).subspan(1));
  return cli::run_command(arguments);
}
