// The key-value store of the server's workers, for operators.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "http/request.h"
#include "http/response.h"

namespace wws::admin {

/// What an operator wants of the store. Names, keys and values are any bytes.
struct KeysRequest {
  enum class Action { kSpaces, kList, kGet, kPut, kDelete };
  Action action = Action::kSpaces;
  std::string space{};
  std::string key{};    ///< of kList: what keys begin with
  std::string after{};  ///< of kList: only keys behind this one
  std::size_t limit = 100;
  std::string value{};
  std::optional<std::chrono::milliseconds> time_to_live{};
  std::optional<std::uint64_t> version{};  ///< written or deleted only if the key has this one
};

struct KeysReply {
  int status = 200;     ///< of HTTP
  std::string error{};  ///< what is the matter, where the status is none of success
  std::vector<std::pair<std::string, std::uint64_t>> spaces{};  ///< with their bytes
  std::vector<std::string> keys{};
  std::string next{};  ///< `after` of the next part; empty: this was the last
  std::string value{};
  std::uint64_t version = 0;
  std::optional<std::int64_t> expires{};  ///< in milliseconds since 1970
};

/// The store child, as the admin interface sees it.
class Keys {
 public:
  using Taker = std::function<void(KeysReply)>;
  virtual ~Keys() = default;
  /// `taker` is called once, later. False: there is no store that could be asked.
  [[nodiscard]] virtual bool ask(KeysRequest request, Taker taker) = 0;
};

/// All of the store is at this path; below it are namespaces, and their keys below them.
inline constexpr std::string_view kKeysPath = "/api/v1/kv";
inline constexpr std::string_view kKeysSpacePath = "/api/v1/kv/{namespace}";
inline constexpr std::string_view kKeysKeyPath = "/api/v1/kv/{namespace}/{key}";

/// The path of an endpoint that a request's own path, as sent, belongs to; empty: it is none of these.
[[nodiscard]] std::string_view keys_endpoint(std::string_view path) noexcept;

/// What a request for one of these endpoints wants. kBadUsage: why it cannot be known.
[[nodiscard]] Result<KeysRequest> keys_request(std::string_view endpoint, const http::Request& request);

/// The answer to it; docs/admin.md has the forms. A value is bytes and nothing that a browser would show.
[[nodiscard]] http::Response keys_response(KeysRequest::Action action, const KeysReply& reply);

}  // namespace wws::admin
