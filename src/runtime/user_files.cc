#include "runtime/user_files.h"

#include <cstddef>
#include <cstdint>

namespace wws::runtime {
namespace {

constexpr std::size_t kNumber = 4;

void append_number(std::string& list, std::size_t number) {
  for (int shift = 0; shift < 32; shift += 8) list += static_cast<char>(number >> shift);
}

std::size_t number_at(std::string_view list, std::size_t at) {
  std::size_t number = 0;
  for (std::size_t i = kNumber; i-- > 0;) number = number << 8 | static_cast<std::uint8_t>(list[at + i]);
  return number;
}

}  // namespace

void append_user_file(std::string& list, UserFile file) {
  append_number(list, file.name.size());
  append_number(list, file.content.size());
  list += file.name;
  list += file.content;
}

Result<std::vector<UserFile>> read_user_files(std::string_view list) {
  std::vector<UserFile> files;
  for (std::size_t at = 0; at < list.size();) {
    if (list.size() - at < 2 * kNumber)
      return fail(ErrorCode::kBadModule, "the list of its files is cut off");
    const std::size_t name = number_at(list, at);
    const std::size_t content = number_at(list, at + kNumber);
    at += 2 * kNumber;
    if (list.size() - at < name + content)
      return fail(ErrorCode::kBadModule, "the list of its files is cut off");
    files.push_back({list.substr(at, name), list.substr(at + name, content)});
    at += name + content;
  }
  return files;
}

}  // namespace wws::runtime
