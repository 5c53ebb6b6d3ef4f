# Makes the source file with all that `wws new` writes: kits/LANGUAGE/template.list names, one a line, a file of the
# kit and the name that it gets in a new project.
#
#   cmake -DKITS=FOLDER -DLANGUAGES="c;cpp" -DOUTPUT=FILE -P wws_templates.cmake
set(entries "")
foreach(language IN LISTS LANGUAGES)
  file(STRINGS ${KITS}/${language}/template.list lines)
  foreach(line IN LISTS lines)
    if(line MATCHES "^(#|$)")
      continue()
    endif()
    string(REGEX MATCH "^([^ ]+) +([^ ]+)$" matched "${line}")
    if(NOT matched)
      message(FATAL_ERROR "${language}/template.list: not \"FILE NAME\": ${line}")
    endif()
    set(source ${CMAKE_MATCH_1})
    set(name ${CMAKE_MATCH_2})
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
