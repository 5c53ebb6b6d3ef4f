#include "store/map_commit.h"

#include <fmt/format.h>

#include <map>
#include <string_view>
#include <utility>
#include <variant>

#include "base/utf8.h"
#include "store/store_client.h"

namespace wws::store {
namespace {

/// What a failed operation of the store means to the request.
std::unexpected<Error> failed(kv::Failure failure) {
  const ErrorCode code = failure == kv::Failure::kUnavailable || failure == kv::Failure::kDiskFull
                             ? ErrorCode::kOverloaded
                             : ErrorCode::kIo;
  return fail(code, fmt::format("the key-value store: {}", kv::name(failure)));
}

/// JSON has room for nothing else.

bool is_text(const kv::Item& item) { return base::is_utf8(item.key) && base::is_utf8(item.record->value); }

}  // namespace

std::optional<kv::Transaction> difference(const Cache::Map& before, const abi::JsonAnswer::Map& after) {
  std::map<std::string_view, std::string_view> wanted;
  for (const auto& [key, value] : after) wanted.insert_or_assign(key, value);
  kv::Transaction transaction;
  transaction.namespace_version = before.version;
  for (const kv::Item& item : *before.items) {
    if (!is_text(item)) continue;  // the guest has not seen it
    const auto found = wanted.find(item.key);
    if (found == wanted.end()) {
      transaction.deletes.push_back(item.key);
      continue;
    }
    if (found->second == item.record->value) wanted.erase(found);
  }
  for (const auto& [key, value] : wanted)
    transaction.puts.push_back({std::string(key), std::string(value), {}});
  if (transaction.puts.empty() && transaction.deletes.empty()) return std::nullopt;
  return transaction;
}

Cache::Map changed(const Cache::Map& before, const kv::Transaction& transaction) {
  std::map<std::string_view, const kv::Item*> items;
  for (const kv::Item& item : *before.items) items.emplace(item.key, &item);
  std::vector<kv::Item> written;
  written.reserve(transaction.puts.size());  // so that they stay where they are
  for (const auto& put : transaction.puts) {
    written.push_back({put.key, kVersionOfRow,
                       std::make_shared<const kv::Record>(kv::Record{put.value, kVersionOfRow, {}})});
    items.insert_or_assign(written.back().key, &written.back());
  }
  for (const std::string& key : transaction.deletes) items.erase(key);
  auto after = std::make_shared<std::vector<kv::Item>>();
  after->reserve(items.size());
  for (const auto& [key, item] : items) after->push_back(*item);
  return {kVersionOfRow, std::move(after)};
}

MapCommit::~MapCommit() {
  if (change_.id == 0) return;
  StoreClient::end_change(change_);
  if (has_baton_) {
    client_.pass_on(change_.id, *given_);
  } else {
    client_.pass_on_unseen(change_.id);
  }
}

/// A ticket for what is asked next. kOverloaded: nothing can be asked.
Result<abi::Ticket> MapCommit::begin(abi::Operations& operations) {
  const bool is_new = change_.id == 0;
  if (is_new ? !client_.can_ask() : !change_.link->is_open()) return failed(kv::Failure::kUnavailable);
  const auto ticket = operations.begin(client_);
  if (!ticket) return failed(kv::Failure::kUnavailable);
  if (is_new) change_ = {client_.new_id(), change_.space, client_.link_};
  operation_ = ticket->number;
  return *ticket;
}

Result<MapCommit::State> MapCommit::prepare(abi::Operations& operations) {
  if (operation_) return wait(operations);
  if (given_) return State::kDone;  // it came with the conflict
  if (turn_.mode == TurnRequest::Mode::kMayRunAgain) {
    if (auto kept = client_.kept_map(change_.space)) {
      give(std::move(*kept));
      return State::kDone;
    }
  }
  const auto ticket = begin(operations);
  if (!ticket) return std::unexpected(ticket.error());
  client_.begin_change(change_, turn_, *ticket);
  return State::kWaiting;
}

Result<MapCommit::State> MapCommit::commit(const abi::JsonAnswer& answer, abi::Operations& operations) {
  if (operation_) return wait(operations);
  auto transaction = difference(*given_, answer.kv);
  if (!transaction) {
    if (client_.is_durable(change_.space, *given_)) return State::kDone;
    // What it has seen may be lost, and then it must not be told: its answer waits with the others for the
    // disk.
    transaction.emplace().namespace_version = given_->version;
  }
  const auto ticket = begin(operations);
  if (!ticket) return std::unexpected(ticket.error());
  const bool is_followed = std::exchange(has_baton_, false) && client_.is_followed(change_.id);
  const Cache::Map made = is_followed ? changed(*given_, *transaction) : Cache::Map();
  client_.commit_change(change_, turn_, std::move(*transaction), *ticket);
  if (is_followed) client_.pass_on(change_.id, made);  // behind the commit that it needs
  return State::kWaiting;
}

Result<MapCommit::State> MapCommit::wait(abi::Operations& operations) {
  auto result = operations.take_result(*operation_, client_);
  if (!result && result.error() == abi::NativeError::kAgain) return State::kWaiting;
  operation_.reset();
  if (!result) return failed(kv::Failure::kUnavailable);
  return take(std::move(static_cast<abi::KvResult&>(**result).outcome));
}

/// A map is what was asked for, or, instead of the outcome of a commit, the news that there was a conflict.
Result<MapCommit::State> MapCommit::take(kv::Outcome outcome) {
  if (!outcome) {
    change_ = {0, change_.space, {}};
    return failed(outcome.error());
  }
  auto* map = std::get_if<kv::Map>(&outcome->body);
  if (map == nullptr) {
    change_ = {0, change_.space, {}};
    return State::kDone;
  }
  const bool is_first = !given_;
  has_baton_ = true;
  give({outcome->namespace_version, std::make_shared<const std::vector<kv::Item>>(std::move(map->items))});
  if (!is_first) return State::kConflict;
  if (change_.link == client_.link_ && given_->version != kVersionOfRow)
    client_.cache_.keep_map(change_.space, *given_);
  return State::kDone;
}

void MapCommit::give(Cache::Map map) {
  given_ = std::move(map);
  map_.clear();
  for (const kv::Item& item : *given_->items)
    if (is_text(item)) map_.emplace_back(item.key, item.record->value);
}

}  // namespace wws::store
