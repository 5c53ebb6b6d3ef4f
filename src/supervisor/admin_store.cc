#include "supervisor/admin_store.h"

#include <algorithm>
#include <optional>
#include <type_traits>
#include <utility>
#include <variant>

#include "base/log.h"
#include "kv/failure.h"
#include "store/codec.h"
#include "store/frame_kind.h"

namespace wws::supervisor {
namespace {

using admin::KeysReply;
using admin::KeysRequest;
using store::FrameKind;

constexpr std::uint16_t number_of(FrameKind kind) noexcept { return static_cast<std::uint16_t>(kind); }

int http_status_of(kv::Failure failure) noexcept {
  switch (failure) {
    case kv::Failure::kValueTooLarge:
      return 413;
    case kv::Failure::kConflict:
      return 412;
    case kv::Failure::kUnavailable:
    case kv::Failure::kIo:
      return 503;
    case kv::Failure::kNamespaceQuota:
    case kv::Failure::kTotalQuota:
    case kv::Failure::kDiskFull:
      return 507;
    case kv::Failure::kUnknown:
      return 500;
    default:
      return 400;
  }
}

KeysReply refusal_of(kv::Failure failure) {
  return {.status = http_status_of(failure), .error = "the store: " + std::string(kv::name(failure))};
}

KeysReply not_found(std::string what) { return {.status = 404, .error = std::move(what)}; }

kv::Request put_of(const KeysRequest& wanted, const std::string& metadata) {
  if (!wanted.version) return kv::Put{wanted.key, wanted.value, wanted.time_to_live, {}, metadata};
  kv::Transaction transaction;
  transaction.checks.push_back({wanted.key, *wanted.version});
  transaction.puts.push_back({wanted.key, wanted.value, wanted.time_to_live, metadata});
  return transaction;
}

/// What the store is asked. Nothing is written before the key's metadata are known.
kv::Request request_of(const KeysRequest& wanted, const std::optional<std::string>& metadata) {
  switch (wanted.action) {
    case KeysRequest::Action::kPut:
      if (metadata) return put_of(wanted, *metadata);
      return kv::Get{wanted.key};
    case KeysRequest::Action::kDelete:
      if (wanted.version) return kv::CompareAndSwap{wanted.key, *wanted.version, std::nullopt, {}};
      return kv::Delete{wanted.key};
    case KeysRequest::Action::kList:
      return kv::List{wanted.key, wanted.after, wanted.limit, kv::PageContent::kKeys,
                      kv::Visibility::kDurable};
    default:
      return kv::Get{wanted.key};
  }
}

KeysReply reply_of(kv::Reply reply) {
  return std::visit(
      []<class Body>(Body&& body) -> KeysReply {
        using Type = std::remove_cvref_t<Body>;
        KeysReply told;
        if constexpr (std::is_same_v<Type, kv::Found>) {
          if (!body.record) return not_found("there is no such key");
          told.value = body.record->value;
          told.version = body.record->version;
          if (body.record->expiry) told.expires = body.record->expiry->time_since_epoch().count();
        } else if constexpr (std::is_same_v<Type, kv::Page>) {
          for (kv::Item& item : body.items) told.keys.push_back(std::move(item.key));
          told.next = std::move(body.next);
        } else if constexpr (std::is_same_v<Type, kv::Written>) {
          told.version = body.version;
        } else if constexpr (std::is_same_v<Type, kv::Deleted>) {
          if (body.version == 0) return not_found("there is no such key");
          told.version = body.version;
        } else {
          return {.status = 500, .error = "the store gave an answer of another kind"};
        }
        return told;
      },
      std::move(reply.body));
}

}  // namespace

void LinkedStore::connect(base::File socket) {
  if (line_) before_.push_back(std::move(line_));
  line_ = std::make_unique<Line>();
  Line& line = *line_;
  line.socket = std::make_unique<link::FrameSocket>(
      context_, std::move(socket),
      link::FrameSocket::Handlers{[&line](const link::Frame& frame) { return on_frame(line, frame); }, [] {},
                                  [this, &line] { on_ended(line); }});
}

void LinkedStore::close_unused() {
  std::erase_if(before_, [](const auto& line) { return line->asked.empty(); });
  if (is_leaving_ && line_ && line_->asked.empty()) line_.reset();
}

void LinkedStore::on_ended(Line& line) {
  const bool is_lost = &line == line_.get();
  line.socket.reset();
  line.spaces.clear();
  for (auto& [_, asked] : std::exchange(line.asked, {}))
    asked.taker({.status = 503, .error = "the key-value store has gone; what was written may be there"});
  if (is_lost) lost_();
}

bool LinkedStore::ask(KeysRequest request, Taker taker) {
  if (!line_ || !line_->socket || line_->asked.size() >= kMostAsked) return false;
  Line& line = *line_;
  const std::uint32_t id = ++last_id_;
  const bool is_spaces = request.action == KeysRequest::Action::kSpaces;
  const auto known = line.spaces.find(request.space);
  line.asked.emplace(id, Asked{std::move(request), std::move(taker)});
  if (is_spaces || known == line.spaces.end()) {
    send(line, id, number_of(FrameKind::kNames), 0, [](std::string&) {});
  } else {
    send_request(line, id, known->second);
  }
  return true;
}

template <class Write>
void LinkedStore::send(Line& line, std::uint32_t id, std::uint16_t kind, std::uint16_t space, Write&& write) {
  std::string frame;
  store::append_frame(frame, static_cast<FrameKind>(kind), id, space, std::forward<Write>(write));
  line.socket->send(frame);
}

bool LinkedStore::on_frame(Line& line, const link::Frame& frame) {
  if (!line.asked.contains(frame.id)) return false;
  switch (frame.kind_as<FrameKind>()) {
    case FrameKind::kNamesAre:
      return on_names(line, frame.id, frame.payload);
    case FrameKind::kOpened:
      return on_opened(line, frame.id, frame.subject, frame.payload);
    case FrameKind::kOutcome: {
      auto outcome = store::decode_outcome(frame.payload);
      return outcome && on_outcome(line, frame.id, frame.subject, std::move(*outcome));
    }
    default:
      return false;
  }
}

bool LinkedStore::on_names(Line& line, std::uint32_t id, std::string_view payload) {
  const auto names = store::decode_names(payload);
  if (!names) return false;
  const KeysRequest& wanted = line.asked.at(id).request;
  if (wanted.action == KeysRequest::Action::kSpaces) {
    KeysReply reply;
    for (const kv::NamespaceInfo& space : *names) reply.spaces.emplace_back(space.name, space.bytes);
    std::ranges::sort(reply.spaces);
    finish(line, id, std::move(reply));
    return true;
  }
  if (std::ranges::find(*names, wanted.space, &kv::NamespaceInfo::name) == names->end()) {
    finish(line, id, not_found("there is no such namespace"));
    return true;
  }
  send(line, id, number_of(FrameKind::kOpen), 0, [&](std::string& bytes) { bytes += wanted.space; });
  return true;
}

bool LinkedStore::on_opened(Line& line, std::uint32_t id, std::uint16_t space, std::string_view payload) {
  if (!payload.empty()) {
    const auto outcome = store::decode_outcome(payload);
    if (!outcome || *outcome) return false;
    finish(line, id, refusal_of(outcome->error()));
    return true;
  }
  line.spaces.insert_or_assign(line.asked.at(id).request.space, space);
  send_request(line, id, space);
  return true;
}

bool LinkedStore::on_outcome(Line& line, std::uint32_t id, std::uint16_t space, kv::Outcome outcome) {
  Asked& asked = line.asked.at(id);
  if (outcome && asked.request.action == KeysRequest::Action::kPut && !asked.metadata) {
    const auto* found = std::get_if<kv::Found>(&outcome->body);
    if (found == nullptr) return false;
    asked.metadata = found->record ? found->record->metadata : std::string();
    send_request(line, id, space);
    return true;
  }
  finish(line, id, outcome ? reply_of(std::move(*outcome)) : refusal_of(outcome.error()));
  return true;
}

void LinkedStore::send_request(Line& line, std::uint32_t id, std::uint16_t space) {
  const Asked& asked = line.asked.at(id);
  const kv::Request request = request_of(asked.request, asked.metadata);
  send(line, id, number_of(FrameKind::kRequest), space,
       [&](std::string& bytes) { store::encode(request, bytes); });
}

void LinkedStore::finish(Line& line, std::uint32_t id, KeysReply reply) {
  const auto node = line.asked.extract(id);
  const KeysRequest& done = node.mapped().request;
  const bool is_deleted = done.action == KeysRequest::Action::kDelete;
  if (reply.status == 200 && (is_deleted || done.action == KeysRequest::Action::kPut))
    log::info("the admin interface: key {} of namespace {} was {}", done.key, done.space,
              is_deleted ? "deleted" : "written");
  node.mapped().taker(std::move(reply));
}

}  // namespace wws::supervisor
