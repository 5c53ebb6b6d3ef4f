#include "admin/admin_server.h"

#include <algorithm>
#include <utility>

#include "admin/query.h"
#include "admin/token.h"
#include "panel/panel.h"
#include "server/transport.h"

namespace wws::admin {
namespace {

http::Response json_response(int status, std::string body) {
  return {status, {{"content-type", "application/json"}, {"cache-control", "no-store"}}, std::move(body)};
}

/// An error, in the form that docs/admin.md has.
http::Response error_response(int status, std::string_view text) {
  std::string body = R"({"error":")";
  body.append(text).append("\"}");
  return json_response(status, std::move(body));
}

/// The methods of an endpoint's path, for the field Allow.
std::string methods_of(std::string_view path) {
  std::string methods;
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.path != path) continue;
    if (!methods.empty()) methods += ", ";
    methods += endpoint.method == "GET" ? "GET, HEAD" : endpoint.method;
  }
  return methods;
}

http::Response method_not_allowed(std::string allow) {
  http::Response response = error_response(405, "this method is not known here");
  response.fields.push_back({"allow", std::move(allow)});
  return response;
}

/// Of a PUT: a store takes none that is larger.
constexpr std::size_t kLargestValue = std::size_t{1} << 20;

constexpr std::string_view kPanel = "/_panel";
constexpr std::string_view kPanelFolder = "/_panel/";

/// A part of the panel: what everybody may have, since it holds nothing of this server.
http::Response panel_response(std::string_view method, std::string_view path) {
  if (method != "GET" && method != "HEAD") return method_not_allowed("GET, HEAD");
  if (path == kPanel) return {308, {{"location", std::string(kPanelFolder)}}, std::string()};
  const auto file = panel::file(path.substr(kPanelFolder.size()));
  if (!file) return error_response(404, "the panel has no such file");
  return {200,
          {{"content-type", std::string(file->type)},
           {"cache-control", "no-cache"},
           {"content-security-policy", std::string(panel::kContentSecurityPolicy)},
           {"x-content-type-options", "nosniff"},
           {"referrer-policy", "no-referrer"}},
          std::string(file->content)};
}

/// The endpoint of a path, and of this method if it has it; the id of a worker is below its path.
struct Found {
  const Endpoint* endpoint = nullptr;
  std::string_view path{};  ///< of the endpoint; empty: there is none
  std::string_view below{};
};

Found find(const http::Request& request) {
  Found found;
  std::string_view method = request.method;
  std::string_view path = request.path;
  // Keys are any bytes, also those that a path cannot have once it is decoded.
  if (const auto keys = keys_endpoint(request.target.substr(0, request.target.find('?'))); !keys.empty())
    path = keys;
  if (method == "HEAD") method = "GET";
  if (path.starts_with(kOldWorkersPath) && path.size() > kOldWorkersPath.size() + 1 &&
      path[kOldWorkersPath.size()] == '/') {
    found.below = path.substr(kOldWorkersPath.size());
    path = kOldWorkersPath;
  }
  for (const Endpoint& endpoint : endpoints()) {
    if (endpoint.path != path) continue;
    found.path = endpoint.path;
    if (endpoint.method == method) found.endpoint = &endpoint;
  }
  return found;
}

}  // namespace

AdminServer::AdminServer(server::asio::io_context& context, const base::Clock& clock, Offer offer,
                         const Sources& sources)
    : context_(context), clock_(clock), offer_(std::move(offer)), sources_(sources) {}

AdminServer::~AdminServer() {
  stop();
  const auto connections = connections_;  // closing takes one out
  for (const auto& connection : connections) connection->close();
  // Handlers that were on their way hold connections: they run out while all that these use is there.
  context_.restart();
  context_.poll();
}

void AdminServer::add_listener(base::File socket, Accept when) {
  server::ConnectionTaker& taker = *this;
  auto listener = std::make_shared<server::Listener>(context_, std::move(socket), taker);
  listeners_.push_back(listener);
  if (when == Accept::kNow) listener->start();
}

void AdminServer::accept() {
  for (const auto& listener : listeners_) listener->start();
}

void AdminServer::take(server::Socket socket, std::string) { add_connection(std::move(socket)); }

void AdminServer::add_connection(server::Socket socket) {
  if (connections_.size() >= kMostConnections) connections_.front()->close();
  auto connection = std::make_shared<Connection>(
      std::make_unique<server::SocketTransport>(std::move(socket)),
      Connection::Owner{clock_, [this](const http::Request& head) { return most_body(head); },
                        [this](Connection& asking, const http::Request& request) { handle(asking, request); },
                        [this](Connection& closed) {
                          connections_.remove_if([&](const auto& one) { return one.get() == &closed; });
                        }});
  connections_.push_back(connection);
  connection->start();
}

void AdminServer::sweep() {
  const base::Instant now = clock_.now();
  const auto connections = connections_;
  for (const auto& connection : connections) connection->check_deadline(now);
}

void AdminServer::stop() {
  for (const auto& listener : listeners_) listener->stop();
  listeners_.clear();
}

bool AdminServer::is_allowed(const Endpoint& endpoint, const http::Request& request) const {
  if (offer_.token.empty() || endpoint.access == Access::kOpen) return true;
  return has_token(http::find(request.fields, "authorization").value_or(""), offer_.token);
}

void AdminServer::handle(Connection& connection, const http::Request& request) {
  // As sent: a page's name for its files depends on the slash at its end.
  const std::string_view path = request.target.substr(0, request.target.find('?'));
  if (offer_.pages == Pages::kPanel && (path == kPanel || path.starts_with(kPanelFolder)))
    return connection.respond(panel_response(request.method, path));
  const Found found = find(request);
  // Who has no token does not learn what there is.
  static constexpr Endpoint kUnknown{};
  if (!is_allowed(found.endpoint != nullptr ? *found.endpoint : kUnknown, request)) {
    http::Response response = error_response(401, "a token is needed: Authorization: Bearer TOKEN");
    response.fields.push_back({"www-authenticate", "Bearer"});
    return connection.respond(response);
  }
  if (found.path.empty()) return connection.respond(error_response(404, "there is no such endpoint"));
  if (found.endpoint == nullptr) return connection.respond(method_not_allowed(methods_of(found.path)));
  if (found.endpoint->path.starts_with(kKeysPath)) return ask_for_keys(connection, *found.endpoint, request);
  if (found.endpoint->path == kErrorsPath || found.endpoint->path == kLogPath)
    return connection.respond(tell_recent(*found.endpoint, request.query));
  if (found.endpoint->path == kOpenApiPath)
    return connection.respond(json_response(200, std::string(openapi_document())));
  const metrics::Format format = wanted_format(http::find(request.fields, "accept").value_or(""));
  std::string question(found.endpoint->question);
  question += found.below;
  if (found.endpoint->content == Content::kMetrics && format == metrics::Format::kOpenMetrics)
    question = kOpenMetricsQuestion;
  ask(connection, *found.endpoint, std::move(question), format);
}

/// Who may not write gets nobody's memory for it.
std::size_t AdminServer::most_body(const http::Request& request) const {
  const Found found = find(request);
  const bool writes = found.endpoint != nullptr && found.endpoint->method == "PUT";
  return writes && is_allowed(*found.endpoint, request) ? kLargestValue : Connection::kLargestBody;
}

void AdminServer::ask_for_keys(Connection& connection, const Endpoint& endpoint,
                               const http::Request& request) {
  auto wanted = keys_request(endpoint.path, request);
  if (!wanted) return connection.respond(error_response(400, wanted.error().message));
  const auto take = [action = wanted->action, weak = connection.weak_from_this()](const KeysReply& reply) {
    if (const auto asking = weak.lock()) asking->respond(keys_response(action, reply));
  };
  if (!sources_.keys.ask(std::move(*wanted), take))
    connection.respond(error_response(503, "no key-value store is there: no worker has one, or it starts"));
}

http::Response AdminServer::tell_recent(const Endpoint& endpoint, std::string_view query) {
  const auto wanted = recent_query(query);
  if (!wanted) return error_response(400, wanted.error().message);
  return json_response(200, endpoint.path == kLogPath ? sources_.recent.lines_json(*wanted)
                                                      : sources_.recent.errors_json(*wanted));
}

void AdminServer::ask(Connection& connection, const Endpoint& endpoint, std::string question,
                      metrics::Format format) {
  auto& waiting = waiting_[question];
  waiting.push_back({connection.weak_from_this(), &endpoint, format});
  if (waiting.size() > 1) {
    // Those who gave up are not kept for as long as the supervisor says nothing.
    std::erase_if(waiting, [](const Waiting& one) { return one.connection.expired(); });
    return;
  }
  const bool is_asked = sources_.authority.ask(
      question, [this, question, alive = std::weak_ptr(is_alive_)](const Reply& reply) {
        if (!alive.expired()) on_reply(question, reply);
      });
  if (!is_asked) on_reply(question, {503, R"({"error":"the supervisor cannot be asked"})"});
}

void AdminServer::on_reply(const std::string& question, const Reply& reply) {
  const auto node = waiting_.extract(question);
  if (!node) return;
  for (const Waiting& one : node.mapped()) {
    if (const auto connection = one.connection.lock())
      connection->respond(answer(*one.endpoint, one.format, reply));
  }
}

http::Response AdminServer::answer(const Endpoint& endpoint, metrics::Format format,
                                   const Reply& reply) const {
  if (endpoint.content == Content::kJson || reply.status != 200)
    return json_response(reply.status, reply.body);
  if (endpoint.content == Content::kStats) return json_response(200, sources_.figures.json());
  std::string text = sources_.figures.text(format);
  text += reply.body;
  text += metrics::end_of(format);
  return {200,
          {{"content-type", std::string(metrics::content_type(format))}, {"cache-control", "no-store"}},
          std::move(text)};
}

}  // namespace wws::admin
