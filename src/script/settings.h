// What of a tsconfig.json changes the JavaScript that is made.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

struct wwst_settings;

namespace wws::script {

/// The text of a file by its path in the project, as long as the settings are made; nullptr: there is none.
using FindFile = std::function<const std::string_view*(const std::string& path)>;

/// Of one tsconfig.json and what it extends; or of none. Not changed once it is made: one thread, or several.
class Settings {
 public:
  /// Those of a project that sets nothing.
  Settings();

  /// `config` is the path of a tsconfig.json that `find` knows, and so are files of the project that it
  /// extends; those of packages are not looked at. kBadModule names file, line and column.
  [[nodiscard]] static Result<Settings> read(const std::string& config, const FindFile& find);

  [[nodiscard]] const wwst_settings& get() const noexcept { return *settings_; }

 private:
  struct Delete {
    void operator()(wwst_settings* settings) const noexcept;
  };
  std::unique_ptr<wwst_settings, Delete> settings_;
};

}  // namespace wws::script
