#include "supervisor/egress_message.h"

#include <boost/json.hpp>
#include <utility>

#include "supervisor/json_fields.h"
#include "supervisor/log_settings.h"

namespace wws::supervisor {
namespace json = boost::json;
namespace {

json::object to_object(const GrantMessage& grant) {
  return {{"hosts", to_array(grant.hosts)},
          {"methods", to_array(grant.methods)},
          {"allow_http", grant.allow_http},
          {"connect_time", grant.limits.connect_time.count()},
          {"first_byte_time", grant.limits.first_byte_time.count()},
          {"time", grant.limits.time.count()},
          {"request_body", grant.limits.request_body},
          {"response_body", grant.limits.response_body}};
}

// The readers below throw what Boost.JSON throws; parse_egress() catches it.

base::Duration duration(const json::object& object, std::string_view key) {
  return base::Duration(object.at(key).to_number<std::int64_t>());
}

GrantMessage to_grant(const json::object& object) {
  GrantMessage grant;
  grant.hosts = texts_at(object, "hosts");
  grant.methods = texts_at(object, "methods");
  grant.allow_http = object.at("allow_http").as_bool();
  grant.limits = {.connect_time = duration(object, "connect_time"),
                  .first_byte_time = duration(object, "first_byte_time"),
                  .time = duration(object, "time"),
                  .request_body = object.at("request_body").to_number<std::uint64_t>(),
                  .response_body = object.at("response_body").to_number<std::uint64_t>()};
  return grant;
}

}  // namespace

std::string to_json(const EgressMessage& egress) {
  json::array grants;
  for (const GrantMessage& grant : egress.grants) grants.emplace_back(to_object(grant));
  return json::serialize(json::object{{"grants", std::move(grants)},
                                      {"listeners", to_array(egress.listeners)},
                                      {"ca_file", egress.ca_file},
                                      {"client_certificate", egress.client_certificate},
                                      {"client_key", egress.client_key},
                                      {"files", egress.files},
                                      {"client_certificate_hosts", to_array(egress.client_certificate_hosts)},
                                      {"proxy", egress.proxy},
                                      {"http2", egress.http2},
                                      {"logging", to_value(egress.logging)}});
}

Result<EgressMessage> parse_egress(std::string_view bytes) {
  try {
    const json::object object = json::parse(json::string_view(bytes.data(), bytes.size())).as_object();
    EgressMessage egress;
    for (const json::value& grant : object.at("grants").as_array())
      egress.grants.push_back(to_grant(grant.as_object()));
    egress.listeners = texts_at(object, "listeners");
    egress.ca_file = string_at(object, "ca_file");
    egress.client_certificate = string_at(object, "client_certificate");
    egress.client_key = string_at(object, "client_key");
    egress.files = string_at(object, "files");
    egress.client_certificate_hosts = texts_at(object, "client_certificate_hosts");
    egress.proxy = string_at(object, "proxy");
    egress.http2 = object.at("http2").as_bool();
    egress.logging = to_log_settings(object.at("logging"));
    return egress;
  } catch (const std::exception& error) {
    return fail(ErrorCode::kInternal,
                std::string("channel: an egress child's orders cannot be read: ") + error.what());
  }
}

}  // namespace wws::supervisor
