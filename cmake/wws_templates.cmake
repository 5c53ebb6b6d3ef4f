# Makes the source file with all that `wws new` writes, as kits/LANGUAGE/template.list names it.
#
#   cmake -DKITS=FOLDER -DLANGUAGES="c;cpp" -DOUTPUT=FILE -P wws_templates.cmake
include(${CMAKE_CURRENT_LIST_DIR}/wws_template_list.cmake)
set(entries "")
foreach(language IN LISTS LANGUAGES)
  wws_template_list(${KITS}/${language} sources names)
  foreach(source name IN ZIP_LISTS sources names)
    # In hexadecimal, so that nothing in a file means anything to CMake or C++.
    file(READ ${KITS}/${language}/${source} bytes HEX)
    string(REGEX REPLACE "(................................................................)" "\\1\"\n    \"" bytes "${bytes}")
    string(REGEX REPLACE "([0-9a-f][0-9a-f])" "\\\\x\\1" bytes "${bytes}")
    string(APPEND entries "  {\"${language}\", \"${name}\",\n    \"${bytes}\"sv},\n")
  endforeach()
endforeach()
file(WRITE ${OUTPUT}.new "// Made by cmake/wws_templates.cmake from kits/*/template.list.
#include \"scaffold/templates.h\"

namespace wws::scaffold {

using namespace std::string_view_literals;

namespace {

constexpr TemplateFile kFiles[] = {
${entries}};

}  // namespace

std::span<const TemplateFile> template_files() noexcept { return kFiles; }

}  // namespace wws::scaffold
")
file(COPY_FILE ${OUTPUT}.new ${OUTPUT} ONLY_IF_DIFFERENT)
