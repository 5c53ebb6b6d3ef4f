#include "reference/wws_page.h"

#include <algorithm>
#include <utility>

namespace wws::reference {
namespace {

using Level = Heading::Level;
using Of = Entries::Of;

void add_section(Page& page, std::string title) {
  page.blocks.emplace_back(Heading{Level::kSection, std::move(title)});
}

/// A phrase with its full stop.
std::string sentence(std::string text) {
  if (!text.empty() && text.back() != '.') text += '.';
  return text;
}

Entry entry_of(const Option& option) {
  std::string term;
  for (const std::string& name : option.names) term += (term.empty() ? "" : ", ") + name;
  std::string text = sentence(option.help);
  if (option.count == Count::kRepeatable) text += " May be given several times.";
  if (!option.more.empty()) text += " " + sentence(option.more);
  const bool is_argument = !term.starts_with('-');
  return {term, is_argument && kind_of(option.value) != ValueKind::kChoice ? "" : option.value.name,
          option.value.fallback, std::move(text)};
}

/// The groups in the order in which the options name them.
std::vector<std::string> groups_of(const Command& command) {
  std::vector<std::string> groups;
  for (const Option& option : command.options) {
    if (std::ranges::find(groups, option.group) == groups.end()) groups.push_back(option.group);
  }
  return groups;
}

void add_options(Page& page, const Command& command) {
  for (const std::string& group : groups_of(command)) {
    Entries entries{Of::kOptions, {}};
    for (const Option& option : command.options) {
      if (option.group == group) entries.list.push_back(entry_of(option));
    }
    page.blocks.emplace_back(Heading{Level::kPart, group});
    page.blocks.emplace_back(std::move(entries));
  }
}

/// Arguments and options of a command that has a part of its own.
void add_command(Page& page, const Command& command) {
  page.blocks.emplace_back(Heading{Level::kPart, command.name});
  page.blocks.emplace_back(Paragraph{"`" + usage(command) + "`"});
  page.blocks.emplace_back(Paragraph{sentence(command.help)});
  Entries entries{Of::kOptions, {}};
  for (const Option& argument : command.arguments) entries.list.push_back(entry_of(argument));
  for (const Option& option : command.options) {
    if (std::ranges::find(option.names, "--help") == option.names.end())
      entries.list.push_back(entry_of(option));
  }
  if (!entries.list.empty()) page.blocks.emplace_back(std::move(entries));
}

std::string synopsis(std::span<const Command> commands) {
  std::string text;
  for (const Command& command : commands) text += usage(command) + "\n";
  return text;
}

void add_surroundings(Page& page) {
  add_section(page, "Exit status");
  page.blocks.emplace_back(Entries{
      Of::kOthers,
      {{"0", "", "", "Stopped as told; of `wws check`: nothing to report."},
       {"1", "", "",
        "Folder missing, port in use and the like; of `wws check`: problems that do not stop the server."},
       {"2", "", "", "Bad arguments, configuration or modules, or a feature that is not there yet."}}});
  add_section(page, "Signals");
  page.blocks.emplace_back(Paragraph{
      "`SIGTERM`, `SIGINT` and a terminal that closes stop the server gracefully; another one, a second "
      "later or more, stops it at once. `SIGHUP` has the project read again, without a lost request; under "
      "`nohup` it is ignored. `SIGUSR1` opens the file of `--access-log` anew. At `SIGUSR2` another "
      "server, of the binary that is there by then, takes this one's place without a lost request."});
  add_section(page, "Environment");
  page.blocks.emplace_back(
      Entries{Of::kOthers,
              {{"XDG_CACHE_HOME, HOME", "", "", "Where the folder of compiled modules is without `--cache`."},
               {"NO_COLOR", "", "", "If it is set, the log has no colors on a terminal."},
               {"SSL_CERT_FILE", "", "",
                "Certificates of the authorities that outgoing requests trust, instead of the system's."},
               {"NAME", "", "", "Any variable that a worker's TOML names as `$NAME`."}}});
  add_section(page, "Files");
  page.blocks.emplace_back(Entries{
      Of::kOthers,
      {{"wws.toml, .wws.toml", "", "", "The project's configuration, in its root; see `wws.toml`(5)."},
       {"hello.toml", "", "", "Configuration of the worker `hello.wasm`, beside it; see `wws.toml`(5)."},
       {"public/", "", "", "Static files of the project."},
       {".wws/kv", "", "", "The key-value store of the project, where a worker uses one."},
       {"~/.cache/wws/modules", "", "", "Compiled modules; may be removed while no server runs."}}});
}

}  // namespace

Page wws_page(std::span<const Command> commands, std::string_view version) {
  Page page{"wws", '1', std::string(version), "serve a folder of WebAssembly workers over HTTP", {}};
  add_section(page, "Synopsis");
  page.blocks.emplace_back(Code{synopsis(commands)});
  add_section(page, "Description");
  page.blocks.emplace_back(Paragraph{
      "`wws` serves a folder: every worker file in it, such as `hello.js` or `hello.wasm`, answers at its "
      "path, in a fresh "
      "WebAssembly sandbox for each request, and files of the folder `public/` are served as they are."});
  page.blocks.emplace_back(
      Paragraph{"A folder whose name is that of a command is served with `./` before it. Options may stand "
                "before or behind `PATH`. "
                "Sizes are a number of bytes, or have a unit: `KiB`, `MiB` and `GiB` count by 1024, `KB`, "
                "`MB` and `GB` by 1000."});
  add_section(page, "Options");
  const Command& serve = commands.front();
  Entries arguments{Of::kOptions, {}};
  for (const Option& argument : serve.arguments) arguments.list.push_back(entry_of(argument));
  page.blocks.emplace_back(std::move(arguments));
  add_options(page, serve);
  add_section(page, "Commands");
  for (const Command& command : commands.subspan(1)) add_command(page, command);
  add_surroundings(page);
  add_section(page, "Examples");
  page.blocks.emplace_back(
      Code{"wws                                        # the current folder, at http://127.0.0.1:8080\n"
           "wws --dev --log-level debug site           # while working on it\n"
           "wws --host 0.0.0.0 --port 80 --user www-data /srv/site\n"
           "wws check site                             # its routes, and every problem in it\n"
           "wws completions bash > /etc/bash_completion.d/wws\n"});
  add_section(page, "See also");
  page.blocks.emplace_back(Paragraph{"`wws.toml`(5)"});
  return page;
}

}  // namespace wws::reference
