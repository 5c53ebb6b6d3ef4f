// The files that new projects are made of, as they are in kits/ (cmake/wws_templates.cmake).
#pragma once

#include <span>
#include <string_view>

namespace wws::scaffold {

/// One file of a new project. In its name and its content stand the placeholders of with_name()
/// (new_project.h).
struct TemplateFile {
  std::string_view language;  ///< as in `--lang`
  std::string_view name;      ///< relative to the project's folder
  std::string_view content;
};

/// All of them, of all languages. Static lifetime.
[[nodiscard]] std::span<const TemplateFile> template_files() noexcept;

}  // namespace wws::scaffold
