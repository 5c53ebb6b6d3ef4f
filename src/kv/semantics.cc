#include "kv/semantics.h"

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>
#include <string>
#include <utility>

namespace wws::kv {
namespace {

/// Exactly the text that std::to_string() makes, so that all stores agree on what a number is.
std::optional<std::int64_t> parse_number(std::string_view text) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (text != std::to_string(number)) return std::nullopt;
  return number;
}

RecordPtr record(std::string value, Version version, std::optional<Expiry> expiry,
                 std::string metadata = {}) {
  return std::make_shared<const Record>(Record{std::move(value), version, expiry, std::move(metadata)});
}

/// As a page has it.
RecordPtr part_of(const RecordPtr& whole, PageContent content) {
  switch (content) {
    case PageContent::kKeys:
      return nullptr;
    case PageContent::kRecords:
      return whole;
    case PageContent::kMetadata:
      return record({}, whole->version, whole->expiry, whole->metadata);
  }
  return nullptr;
}

/// One evaluation. A failure ends it wherever it is found.
class Evaluator {
 public:
  using Body = std::expected<decltype(Reply::body), Failure>;

  Evaluator(State& state, const Circumstances& circumstances) : state_(state), now_(circumstances) {}

  Evaluation run(Request& request) {
    Evaluation result;
    Body body = std::visit([this](auto& one) -> Body { return apply(one); }, request);
    if (body) {
      if (const auto failure = over_quota()) body = std::unexpected(*failure);
    }
    if (!body) {
      result.outcome = std::unexpected(body.error());
      return result;
    }
    const Version version = effects_.empty() ? state_.version() : now_.next_version;
    result.outcome = Reply{version, std::move(*body)};
    result.effects = std::move(effects_);
    result.growth = growth_;
    return result;
  }

 private:
  /// What the key has and is not expired, and what it has in any case.
  struct Seen {
    RecordPtr record;
    RecordPtr stored;
    [[nodiscard]] Version version() const noexcept { return record ? record->version : 0; }
  };

  std::expected<Seen, Failure> see(std::string_view key) {
    auto stored = state_.find(key);
    if (!stored) return std::unexpected(stored.error());
    Seen seen{*stored, *stored};
    if (seen.record && expired(*seen.record, now_.now)) seen.record = nullptr;
    return seen;
  }

  std::optional<Expiry> expiry(const std::optional<TimeToLive>& time_to_live) const {
    if (!time_to_live) return std::nullopt;
    return std::chrono::ceil<std::chrono::milliseconds>(now_.now) + *time_to_live;
  }

  void write(std::string&& key, const RecordPtr& stored, RecordPtr next) {
    const std::int64_t growth = cost(key, next) - cost(key, stored);
    growth_ += growth;
    effects_.push_back({std::move(key), std::move(next), growth});
  }

  [[nodiscard]] std::optional<Failure> over_quota() const {
    if (growth_ <= 0) return std::nullopt;  // who is over it may still shrink
    const auto growth = static_cast<std::uint64_t>(growth_);
    if (now_.usage.in_namespace + growth > now_.quotas.per_namespace) return Failure::kNamespaceQuota;
    if (now_.usage.total + growth > now_.quotas.total) return Failure::kTotalQuota;
    return std::nullopt;
  }

  Body apply(Get& get) {
    auto seen = see(get.key);
    if (!seen) return std::unexpected(seen.error());
    return Found{std::move(seen->record)};
  }

  Body apply(GetMany& get) {
    FoundMany found;
    std::size_t bytes = 0;
    for (const std::string& key : get.keys) {
      auto seen = see(key);
      if (!seen) return std::unexpected(seen.error());
      bytes += size(seen->record);
      if (bytes > kMaxReplyBytes) return std::unexpected(Failure::kReplyTooLarge);
      found.records.push_back(std::move(seen->record));
    }
    return found;
  }

  Body apply(List& list) {
    Page page;
    std::size_t bytes = 0;
    const auto visit = [&](std::string_view key, const RecordPtr& found) {
      if (expired(*found, now_.now)) return State::Walk::kOn;
      RecordPtr part = part_of(found, list.content);
      const std::size_t more = key.size() + size(part);
      if (!page.items.empty() && (page.items.size() == list.limit || bytes + more > kMaxPageBytes)) {
        page.next = page.items.back().key;
        return State::Walk::kStop;
      }
      bytes += more;
      page.items.push_back({std::string(key), found->version, std::move(part)});
      return State::Walk::kOn;
    };
    if (const auto walked = state_.walk(keys_behind(list.prefix, list.after), visit); !walked)
      return std::unexpected(walked.error());
    return page;
  }

  Body apply(ReadNamespace& /*read*/) {
    Map map;
    std::size_t bytes = 0;
    bool fits = true;
    const auto visit = [&](std::string_view key, const RecordPtr& found) {
      if (expired(*found, now_.now)) return State::Walk::kOn;
      bytes += key.size() + size(*found);
      fits = bytes <= kMaxReplyBytes && map.items.size() < kMaxMapKeys;
      if (!fits) return State::Walk::kStop;
      map.items.push_back({std::string(key), found->version, found});
      return State::Walk::kOn;
    };
    if (const auto walked = state_.walk(KeyRange{}, visit); !walked) return std::unexpected(walked.error());
    if (!fits) return std::unexpected(Failure::kReplyTooLarge);
    return map;
  }

  Body apply(Put& put) {
    auto seen = see(put.key);
    if (!seen) return std::unexpected(seen.error());
    if ((put.condition == PutCondition::kAbsent && seen->record) ||
        (put.condition == PutCondition::kPresent && !seen->record))
      return std::unexpected(Failure::kConflict);
    write(std::move(put.key), seen->stored,
          record(std::move(put.value), now_.next_version, expiry(put.time_to_live), std::move(put.metadata)));
    return Written{now_.next_version};
  }

  Body apply(Delete& erase) {
    auto seen = see(erase.key);
    if (!seen) return std::unexpected(seen.error());
    if (!seen->record) return Deleted{};  // an expired one is removed by the store
    write(std::move(erase.key), seen->stored, nullptr);
    return Deleted{now_.next_version};
  }

  Body apply(Increment& increment) {
    auto seen = see(increment.key);
    if (!seen) return std::unexpected(seen.error());
    std::int64_t value = 0;
    std::optional<Expiry> keeps = expiry(increment.time_to_live);
    std::string metadata;
    if (seen->record) {
      const auto number = parse_number(seen->record->value);
      if (!number) return std::unexpected(Failure::kNotANumber);
      value = *number;
      keeps = seen->record->expiry;
      metadata = seen->record->metadata;
    }
    if (__builtin_add_overflow(value, increment.by, &value)) return std::unexpected(Failure::kOverflow);
    write(std::move(increment.key), seen->stored,
          record(std::to_string(value), now_.next_version, keeps, std::move(metadata)));
    return Incremented{value, now_.next_version};
  }

  Body apply(CompareAndSwap& swap) {
    auto seen = see(swap.key);
    if (!seen) return std::unexpected(seen.error());
    if (seen->version() != swap.expected) return std::unexpected(Failure::kConflict);
    if (!swap.value) {
      if (!seen->record) return Written{};
      write(std::move(swap.key), seen->stored, nullptr);
    } else {
      write(std::move(swap.key), seen->stored,
            record(std::move(*swap.value), now_.next_version, expiry(swap.time_to_live)));
    }
    return Written{now_.next_version};
  }

  Body apply(Transaction& transaction) {
    if (transaction.namespace_version && *transaction.namespace_version != state_.version())
      return std::unexpected(Failure::kConflict);
    for (const auto& check : transaction.checks) {
      auto seen = see(check.key);
      if (!seen) return std::unexpected(seen.error());
      if (seen->version() != check.version) return std::unexpected(Failure::kConflict);
    }
    // The last word on each key: one may be put twice, or put and deleted.
    std::map<std::string, RecordPtr> last;
    for (auto& put : transaction.puts)
      last.insert_or_assign(std::move(put.key), record(std::move(put.value), now_.next_version,
                                                       expiry(put.time_to_live), std::move(put.metadata)));
    for (std::string& key : transaction.deletes) last.insert_or_assign(std::move(key), nullptr);
    while (!last.empty()) {
      auto node = last.extract(last.begin());
      auto seen = see(node.key());
      if (!seen) return std::unexpected(seen.error());
      if (!node.mapped() && !seen->record) continue;
      write(std::move(node.key()), seen->stored, std::move(node.mapped()));
    }
    return Written{effects_.empty() ? 0 : now_.next_version};
  }

  State& state_;
  const Circumstances& now_;
  std::vector<Effect> effects_;
  std::int64_t growth_ = 0;
};

}  // namespace

Evaluation evaluate(Request& request, State& state, const Circumstances& circumstances) {
  return Evaluator(state, circumstances).run(request);
}

}  // namespace wws::kv
