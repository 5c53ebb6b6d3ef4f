#include "kv/key_range.h"

namespace wws::kv {

KeyRange keys_behind(std::string_view prefix, std::string_view after) {
  KeyRange range;
  range.first = prefix;
  // The next key there can be is one zero byte longer.
  if (!after.empty() && after >= prefix) range.first = std::string(after) + '\0';

  // What follows the last key with that prefix: the prefix with its last byte one higher. 0xFF has none.
  std::string end(prefix);
  while (!end.empty() && static_cast<unsigned char>(end.back()) == 0xFF) end.pop_back();
  if (!end.empty()) {
    end.back() = static_cast<char>(static_cast<unsigned char>(end.back()) + 1);
    range.end = std::move(end);
  }
  return range;
}

}  // namespace wws::kv
