#include "egress/hosts_file.h"

#include <algorithm>
#include <optional>

#include "http/characters.h"

namespace wws::egress {
namespace {

/// The first word of `text`, which is taken off; empty: there is none.
std::string_view take_word(std::string_view& text) {
  constexpr std::string_view kSpace = " \t\r\v\f";
  const std::size_t begin = std::min(text.find_first_not_of(kSpace), text.size());
  const std::size_t end = std::min(text.find_first_of(kSpace, begin), text.size());
  const std::string_view word = text.substr(begin, end - begin);
  text.remove_prefix(end);
  return word;
}

}  // namespace

HostsFile::HostsFile(std::string_view text) {
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    line = line.substr(0, line.find('#'));
    const auto address = fetch::IpAddress::parse(take_word(line));
    if (!address) continue;
    for (auto name = take_word(line); !name.empty(); name = take_word(line))
      names_[http::lower_case(name)].push_back(*address);
  }
}

std::vector<fetch::IpAddress> HostsFile::find(std::string_view name) const {
  if (name == "localhost" || name.ends_with(".localhost"))
    return {*fetch::IpAddress::parse("127.0.0.1"), *fetch::IpAddress::parse("::1")};
  const auto found = names_.find(name);
  return found == names_.end() ? std::vector<fetch::IpAddress>() : found->second;
}

}  // namespace wws::egress
