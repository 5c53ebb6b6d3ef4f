#include "cli/admin.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <utility>
#include <variant>

#include "admin/token.h"
#include "base/log.h"
#include "cli/build_info.h"

namespace wws::cli {
namespace {

namespace fs = std::filesystem;
using supervisor::AdminPath;
using supervisor::AdminPlace;
using supervisor::AdminSockets;
using supervisor::AdminSupply;

/// The first line of the file.
Result<std::string> read_token(const fs::path& file) {
  auto text = base::read_file(file);
  if (!text) return fail(text.error().code, "the admin token: " + text.error().message);
  text->resize(std::min(text->find_first_of("\r\n"), text->size()));
  const bool is_printable = std::ranges::all_of(*text, [](char c) { return c > ' ' && c <= '~'; });
  if (text->size() < admin::kShortestToken || !is_printable) {
    return fail(ErrorCode::kBadConfig,
                fmt::format("{}: the admin token is its first line: at least {} visible ASCII characters, as "
                            "\"openssl rand -hex 32\" makes them",
                            log::escaped(file.string()), admin::kShortestToken));
  }
  return text;
}

void warn_of_mode(const fs::path& file) {
  struct stat status{};
  if (stat(file.c_str(), &status) == 0 && (status.st_mode & (S_IRWXG | S_IRWXO) & ~S_IRGRP) != 0)
    log::warn("{}: others can read or change the admin token: chmod 600", log::escaped(file.string()));
}

/// The option's is where whoever starts the server is, the project's is in its folder.
std::optional<fs::path> token_file(const ServeOptions& options, const runtime::Project& project) {
  if (!options.admin_token_file.empty()) return fs::path(options.admin_token_file);
  if (project.config.admin.token_file) return project.root / *project.config.admin.token_file;
  return std::nullopt;
}

Result<std::optional<AdminPlace>> place_of(const ServeOptions& options, const runtime::Project& project) {
  if (options.admin) return options.admin;
  if (!project.config.admin.listen) return std::nullopt;
  auto place = supervisor::parse_admin_place(*project.config.admin.listen);
  if (!place)
    return fail(ErrorCode::kBadConfig,
                "[admin] listen of the project's file: " + log::escaped(place.error().message));
  // As all paths of that file.
  if (auto* file = std::get_if<AdminPath>(&*place)) file->path = project.root / file->path;
  return std::move(*place);
}

struct WantedAdmin {
  AdminPlace place;
  admin::Offer offer;
};

Result<std::optional<WantedAdmin>> wanted_admin(const ServeOptions& options,
                                                const runtime::Project& project) {
  const auto place = place_of(options, project);
  if (!place) return std::unexpected(place.error());
  const auto file = token_file(options, project);
  if (!*place) {
    if (options.has_panel) {
      return fail(ErrorCode::kBadUsage,
                  "--enable-panel is of use with --admin alone: the panel is a page of the admin interface");
    }
    if (options.admin_token_file.empty()) return std::nullopt;
    return fail(ErrorCode::kBadUsage, "--admin-token-file is of use with --admin alone");
  }
  std::string token;
  if (file) {
    auto read = read_token(*file);
    if (!read) return fail(read);
    token = std::move(*read);
  } else if (!std::holds_alternative<AdminPath>(**place)) {
    return fail(ErrorCode::kBadUsage,
                "--admin at an address needs --admin-token-file FILE, since every program of the machine can "
                "connect there; make one with \"openssl rand -hex 32 > FILE\", or use --admin unix:PATH");
  }
  const bool has_panel = options.has_panel || project.config.admin.has_panel;
  return WantedAdmin{**place, {std::move(token), has_panel ? admin::Pages::kPanel : admin::Pages::kNone}};
}

}  // namespace

Result<std::optional<supervisor::AdminPlan>> plan_admin(const ServeOptions& options,
                                                        const runtime::Project& project) {
  auto wanted = wanted_admin(options, project);
  if (!wanted) return fail(wanted);
  if (!*wanted) return std::nullopt;
  return supervisor::AdminPlan{to_text((*wanted)->place), std::move((*wanted)->offer)};
}

Result<std::optional<AdminSupply>> open_admin(const ServeOptions& options, const runtime::Project& project,
                                              std::optional<supervisor::PassedAdmin> passed) {
  auto wanted = wanted_admin(options, project);
  if (!wanted) return fail(wanted);
  if (!*wanted) return std::nullopt;
  if (const auto file = token_file(options, project)) warn_of_mode(*file);
  auto sockets = AdminSockets::open((*wanted)->place, std::move(passed));
  if (!sockets) return fail(sockets);
  return AdminSupply{std::move(*sockets), std::move((*wanted)->offer), WWS_VERSION, kCommit};
}

}  // namespace wws::cli
