#include <algorithm>
#include <array>
#include <optional>

#include "abi/cgi.h"
#include "abi/request_fields.h"
#include "base/utf8.h"
#include "http/url.h"

namespace wws::abi {
namespace {

/// Fields that become no HTTP_ variable. `Authorization` does, against a SHOULD of RFC 3875, 4.1.18: that is
/// for servers that check it themselves, and an environment that other processes see. Here only the worker
/// can check it, and only the worker sees it.
constexpr std::array<std::string_view, 12> kLeftOut = {
    // In variables of their own.
    "content-type", "content-length",
    // HTTP_PROXY is configuration to many HTTP clients.
    "proxy",
    // For proxies on the way.
    "proxy-authorization", "proxy-connection",
    // About the connection to the client, which is the server's.
    "connection", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade", "http2-settings"};

bool is_left_out(std::string_view name) noexcept {
  return std::any_of(kLeftOut.begin(), kLeftOut.end(),
                     [&](std::string_view other) { return http::equals_ignoring_case(name, other); });
}

char upper(char c) noexcept { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; }

/// The variables of one run as they are added.
class Variables {
 public:
  explicit Variables(std::span<const std::string> own) : own_(own), all_(own.begin(), own.end()) {
    constexpr std::size_t kUsual = 32;
    all_.reserve(own.size() + kUsual);
  }

  void add(std::string name, std::string_view value) {
    name += '=';
    if (!is_own(name)) all_.push_back(std::move(name.append(value)));
  }
  std::vector<std::string> take() { return std::move(all_); }

 private:
  [[nodiscard]] bool is_own(std::string_view name_and_equals) const noexcept {
    return std::any_of(own_.begin(), own_.end(),
                       [&](const std::string& entry) { return entry.starts_with(name_and_equals); });
  }

  std::span<const std::string> own_;
  std::vector<std::string> all_;
};

// --- the request line and the server ---

/// A Host field or authority, which http::is_authority() was true for.
struct Authority {
  std::string_view host;
  std::string_view port;  ///< may be empty
};

Authority split_authority(std::string_view text) noexcept {
  const std::size_t colon = text.rfind(':');
  const std::size_t bracket = text.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (!has_port) return {text, {}};
  return {text.substr(0, colon), text.substr(colon + 1)};
}

/// The first `segments` segments of a path, and the rest with its slash. The root is a rest: with that, the
/// two together are always the path.
std::pair<std::string_view, std::string_view> split_path(std::string_view path,
                                                         std::size_t segments) noexcept {
  if (path == "/") return {{}, path};
  std::size_t end = 0;
  for (std::size_t i = 0; i < segments && end < path.size(); ++i) {
    end = std::min(path.find('/', end + 1), path.size());
  }
  return {path.substr(0, end), path.substr(end)};
}

/// A part of a normalised path, which decodes.
std::string decoded(std::string_view path) { return http::percent_decode(path).value_or(std::string(path)); }

void add_server(Variables& variables, const http::Request& request) {
  const Authority authority = split_authority(request.host);
  const bool is_secure = request.scheme == "https";
  const std::string_view port = authority.port.empty() ? (is_secure ? "443" : "80") : authority.port;
  variables.add("GATEWAY_INTERFACE", "CGI/1.1");
  variables.add("SERVER_SOFTWARE", "wws/" WWS_VERSION);
  variables.add("SERVER_PROTOCOL", http::version_text(request.version));
  variables.add("SERVER_NAME", authority.host);
  variables.add("SERVER_PORT", port);
  if (is_secure) variables.add("HTTPS", "on");
}

void add_path(Variables& variables, const http::Request& request, const CgiContext& context) {
  const auto [script, rest] = split_path(request.path, context.script_segments);
  variables.add("SCRIPT_NAME", decoded(script));
  variables.add("PATH_INFO", decoded(rest));
  variables.add("QUERY_STRING", request.query);
  const http::Target sent = sent_target(request);
  std::string uri(sent.path);
  if (sent.has_query) uri.append("?").append(sent.query);
  variables.add("REQUEST_URI", uri);
  variables.add("X_FULL_URL", context.url);
  variables.add("X_MATCHED_ROUTE", context.pattern);
  variables.add("X_RAW_PATH_INFO", rest);
}

// --- header fields ---

/// The variable of a field, such as HTTP_X_FORWARDED_FOR. std::nullopt: it gets none. A name with anything
/// but letters, digits and `-` does not, since `_` would make it pose as a name with `-`.
std::optional<std::string> variable_name(std::string_view field) {
  if (is_left_out(field)) return std::nullopt;
  std::string name = "HTTP_";
  for (const char c : field) {
    const char letter = upper(c);
    const bool is_word = (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9');
    if (!is_word && letter != '-') return std::nullopt;
    name += is_word ? letter : '_';
  }
  return name;
}

void add_text(Variables& variables, std::string name, std::string_view value) {
  if (base::is_utf8(value)) return variables.add(std::move(name), value);
  variables.add(std::move(name), base::utf8_from_latin1(value));
}

void add_fields(Variables& variables, const http::Request& request) {
  std::string scratch;
  for (std::size_t i = 0; i < request.fields.size(); ++i) {
    if (is_repeated(request.fields, i)) continue;
    auto name = variable_name(request.fields[i].name);
    if (!name) continue;
    // The host of an absolute request target stands over the field (RFC 9112, 3.2.2).
    const std::string_view value =
        *name == "HTTP_HOST" ? request.host : joined_value(request.fields, i, scratch);
    add_text(variables, std::move(*name), value);
  }
}

void add_body(Variables& variables, const http::Request& request) {
  if (const auto type = http::find(request.fields, "content-type")) {
    add_text(variables, "CONTENT_TYPE", *type);
  }
  // These fields say that there is a body, even if it is empty (RFC 9112, 6).
  if (http::find(request.fields, "content-length") || http::find(request.fields, "transfer-encoding")) {
    variables.add("CONTENT_LENGTH", std::to_string(request.body.size()));
  }
}

void add_parameters(Variables& variables, const CgiContext& context) {
  for (auto parameter = context.parameters.begin(); parameter != context.parameters.end(); ++parameter) {
    // Variables are told apart without regard to case (RFC 3875, 4.1): the first of two such names counts.
    const bool is_known = std::any_of(context.parameters.begin(), parameter, [&](const auto& earlier) {
      return http::equals_ignoring_case(earlier.first, parameter->first);
    });
    if (is_known) continue;
    std::string name = "X_PARAM_";
    for (const char c : parameter->first) name += upper(c);
    variables.add(std::move(name), parameter->second);
  }
}

}  // namespace

std::string cgi_script_name(const http::Request& request, std::size_t script_segments) {
  return decoded(split_path(request.path, script_segments).first);
}

std::vector<std::string> cgi_environment(const http::Request& request, const CgiContext& context) {
  Variables variables(context.vars);
  add_server(variables, request);
  variables.add("REQUEST_METHOD", request.method);
  add_path(variables, request, context);
  const std::string_view peer = request.peer == "-" ? std::string_view() : request.peer;  // "-": not known
  variables.add("REMOTE_ADDR", peer);
  variables.add("REMOTE_HOST", peer);
  add_body(variables, request);
  add_parameters(variables, context);
  add_fields(variables, request);
  return variables.take();
}

}  // namespace wws::abi
