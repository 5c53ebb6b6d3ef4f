#include "server/outbox.h"

#include <utility>

#include "server/http1_connection.h"

namespace wws::server {

void Outbox::add(std::shared_ptr<Http1Connection> connection) {
  if (waiting_.empty()) first_ = clock_.now();
  waiting_.push_back(std::move(connection));
}

bool Outbox::is_due() const {
  return waiting_.size() >= kMost || (!waiting_.empty() && clock_.now() - first_ >= kLongest);
}

void Outbox::flush() {
  std::swap(waiting_, leaving_);
  for (const auto& connection : leaving_) connection->send_held();
  // By now some clients have sent their next request: reading finds it, and need not wait to be told.
  for (const auto& connection : leaving_) connection->go_on();
  leaving_.clear();
}

}  // namespace wws::server
