#include "supervisor/folders_message.h"

#include <boost/json.hpp>
#include <utility>

#include "supervisor/log_settings.h"

namespace wws::supervisor {
namespace json = boost::json;

std::string to_json(const FoldersMessage& folders) {
  json::array all;
  for (const MountsMessage& mounts : folders.mounts) {
    json::array list;
    for (const FolderMessage& folder : mounts) {
      list.push_back(json::object{
          {"path", folder.path}, {"name", folder.guest.name}, {"mode", static_cast<int>(folder.guest.mode)}});
    }
    all.push_back(std::move(list));
  }
  return json::serialize(json::object{{"mounts", std::move(all)}, {"logging", to_value(folders.logging)}});
}

Result<FoldersMessage> parse_folders(std::string_view text) {
  try {
    const json::object object = json::parse(json::string_view(text.data(), text.size())).as_object();
    FoldersMessage folders;
    for (const json::value& list : object.at("mounts").as_array()) {
      MountsMessage& mounts = folders.mounts.emplace_back();
      for (const json::value& folder : list.as_array()) {
        mounts.push_back({json::value_to<std::string>(folder.at("path")),
                          {json::value_to<std::string>(folder.at("name")),
                           wasm::GuestMount::Mode{folder.at("mode").to_number<std::uint8_t>()}}});
      }
    }
    folders.logging = to_log_settings(object.at("logging"));
    return folders;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal, std::string("channel: folders that cannot be read: ") + error.what());
  }
}

}  // namespace wws::supervisor
