// What a project asks of the processes that serve it.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "admin/offer.h"
#include "base/result.h"
#include "config/key_places.h"
#include "config/project_config.h"
#include "runtime/module_loader.h"
#include "runtime/source.h"
#include "supervisor/egress_message.h"
#include "supervisor/folders_message.h"
#include "supervisor/site_message.h"
#include "supervisor/store_message.h"
#include "watch/places.h"

namespace wws::supervisor {

/// What services are told, where workers use them. Workers know their entries by their places.
struct ServiceTables {
  std::optional<StoreMessage> store;
  std::optional<EgressMessage> egress;
  std::optional<FoldersMessage> folders;
};

/// What only another start of the server changes.
struct UsedLater {
  std::string key;    ///< of the project's file: "kv.place"
  std::string what;   ///< where the file does not have it: "the place of the key-value store"
  std::string until;  ///< what holds until then: "the store is in memory"
};

/// What a project wants of the admin interface.
struct AdminPlan {
  std::string place;  ///< as to_text(AdminPlace) has it
  admin::Offer offer;
};

using Misconfigured = std::map<std::string, std::string>;

/// A project as it was read. `sources[i]` is what `site.workers[i]` is made of; which module that is, is not
/// known yet. Plain data.
struct ProjectPlan {
  std::vector<runtime::Source> sources;
  SiteMessage site;
  ServiceTables tables;
  /// Workers (their files) whose configuration cannot be used, and why: they keep what they have.
  Misconfigured misconfigured{};
  std::optional<AdminPlan> admin{};  ///< none: there is to be no interface
  std::vector<UsedLater> later{};    ///< what else of it only another start changes
  config::KeyPlaces key_places{};    ///< of the project's file
  watch::Places places{};            ///< whose files it was read from, and what is served of them
  config::ReloadConfig reload{};     ///< how it comes to be served in place of another
};

/// Reads the project again. What is wrong with it is told there; an error: there is no plan, and what is
/// served goes on.
using ReadProject = std::function<Result<ProjectPlan>()>;

/// Gives each worker the module of its source.
void assign_modules(SiteMessage& site, const runtime::ModuleLoader& modules);

}  // namespace wws::supervisor
