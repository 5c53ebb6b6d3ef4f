#include "kv/redis_call.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <utility>

#include "kv/key_range.h"
#include "kv/limits.h"
#include "kv/redis_functions.h"

namespace wws::kv {
namespace {

std::string library_body() {
  return fmt::format("local OVERHEAD, MAX_REPLY, MAX_MAP_KEYS, MAX_PAGE = {}, {}, {}, {}\n", kRecordOverhead,
                     kMaxReplyBytes, kMaxMapKeys, kMaxPageBytes) +
         std::string(kRedisFunctions);
}

/// FNV-1a: no secret, only a name.
std::uint64_t hash(std::string_view text) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

const std::string& library_name() {
  static const std::string name = fmt::format("wws_{:016x}", hash(library_body()));
  return name;
}

std::string milliseconds_text(base::WallTime now) {
  return std::to_string(std::chrono::floor<std::chrono::milliseconds>(now).time_since_epoch().count());
}

std::string expiry(const std::optional<TimeToLive>& time_to_live, base::WallTime now) {
  if (!time_to_live) return "0";
  const Expiry at = std::chrono::ceil<std::chrono::milliseconds>(now) + *time_to_live;
  return std::to_string(at.time_since_epoch().count());
}

/// Takes the parts of a request in the order in which its function wants them.
class Caller {
 public:
  Caller(base::WallTime now, std::uint64_t quota) : now_(now) {
    call_.words = {milliseconds_text(now), std::to_string(quota)};
  }

  RedisCall operator()(Get&& get) { return reads("get", {std::move(get.key)}); }

  RedisCall operator()(GetMany&& get) { return reads("get", std::move(get.keys)); }

  RedisCall operator()(List&& list) {
    static constexpr std::array kContents = {"keys", "records", "metadata"};
    const KeyRange range = keys_behind(list.prefix, list.after);
    return reads("list", {range.first.empty() ? "-" : "[" + range.first, range.end ? "(" + *range.end : "+",
                          std::to_string(list.limit), kContents.at(static_cast<std::size_t>(list.content))});
  }

  RedisCall operator()(ReadNamespace&& /*read*/) { return reads("map", {}); }

  RedisCall operator()(Put&& put) {
    static constexpr std::array kConditions = {"", "absent", "present"};
    return writes("put", {std::move(put.key), std::move(put.value), expiry(put.time_to_live, now_),
                          kConditions.at(static_cast<std::size_t>(put.condition)), std::move(put.metadata)});
  }

  RedisCall operator()(Delete&& erase) { return writes("delete", {std::move(erase.key)}); }

  RedisCall operator()(Increment&& increment) {
    return writes("increment", {std::move(increment.key), std::to_string(increment.by),
                                expiry(increment.time_to_live, now_)});
  }

  RedisCall operator()(CompareAndSwap&& swap) {
    std::vector<std::string> words = {std::move(swap.key), std::to_string(swap.expected)};
    if (!swap.value) return writes("swap_away", std::move(words));
    words.push_back(std::move(*swap.value));
    words.push_back(expiry(swap.time_to_live, now_));
    return writes("swap", std::move(words));
  }

  RedisCall operator()(Transaction&& transaction) {
    auto& [version, checks, puts, deletes] = transaction;
    std::vector<std::string> words = {version ? std::to_string(*version) : "", std::to_string(checks.size()),
                                      std::to_string(puts.size()), std::to_string(deletes.size())};
    for (auto& check : checks) {
      words.push_back(std::move(check.key));
      words.push_back(std::to_string(check.version));
    }
    for (auto& put : puts) {
      words.push_back(std::move(put.key));
      words.push_back(expiry(put.time_to_live, now_));
      words.push_back(std::move(put.value));
      words.push_back(std::move(put.metadata));
    }
    for (std::string& key : deletes) words.push_back(std::move(key));
    return writes(puts.empty() ? "transact_away" : "transact", std::move(words));
  }

 private:
  RedisCall reads(std::string_view function, std::vector<std::string> words) {
    return make(RedisClient::Effect::kReads, function, std::move(words));
  }
  RedisCall writes(std::string_view function, std::vector<std::string> words) {
    return make(RedisClient::Effect::kWrites, function, std::move(words));
  }
  RedisCall make(RedisClient::Effect effect, std::string_view function, std::vector<std::string> words) {
    call_.effect = effect;
    call_.function = redis_function(function);
    call_.words.insert(call_.words.end(), std::move_iterator(words.begin()), std::move_iterator(words.end()));
    return std::move(call_);
  }

  base::WallTime now_;
  RedisCall call_;
};

struct Former {
  ReplyForm operator()(const Get& /*get*/) const { return ReplyForm::kFound; }
  ReplyForm operator()(const GetMany& /*get*/) const { return ReplyForm::kFoundMany; }
  ReplyForm operator()(const List& list) const {
    return list.content == PageContent::kKeys ? ReplyForm::kKeys : ReplyForm::kRecords;
  }
  ReplyForm operator()(const ReadNamespace& /*read*/) const { return ReplyForm::kMap; }
  ReplyForm operator()(const Put& /*put*/) const { return ReplyForm::kWritten; }
  ReplyForm operator()(const Delete& /*erase*/) const { return ReplyForm::kDeleted; }
  ReplyForm operator()(const Increment& /*increment*/) const { return ReplyForm::kIncremented; }
  ReplyForm operator()(const CompareAndSwap& /*swap*/) const { return ReplyForm::kWritten; }
  ReplyForm operator()(const Transaction& /*transaction*/) const { return ReplyForm::kWritten; }
};

std::optional<Failure> failure_of(std::string_view text) {
  for (int i = 0; i <= static_cast<int>(Failure::kUnknown); ++i) {
    if (name(static_cast<Failure>(i)) == text) return static_cast<Failure>(i);
  }
  return std::nullopt;
}

/// Reads items one after the other. What is not as it should be makes it broken, and reads as nothing.
class Reader {
 public:
  explicit Reader(const std::vector<RedisItem>& items) : items_(items) {}

  [[nodiscard]] bool at_end() const noexcept { return next_ >= items_.size(); }
  [[nodiscard]] bool is_broken() const noexcept { return is_broken_; }

  std::string_view bytes() {
    const auto* found = at_end() ? nullptr : std::get_if<std::string_view>(&items_[next_]);
    ++next_;
    if (found == nullptr) is_broken_ = true;
    return found == nullptr ? std::string_view() : *found;
  }

  /// As a number or as its text.
  template <class Number>
  Number number() {
    if (!at_end()) {
      if (const auto* found = std::get_if<std::int64_t>(&items_[next_])) {
        ++next_;
        return static_cast<Number>(*found);
      }
    }
    return parse<Number>(bytes());
  }

  /// "VERSION EXPIRY VALUE" or "VERSION EXPIRY+SIZE METADATA" and the value, or null.
  RecordPtr record() {
    if (!at_end() && std::holds_alternative<std::monostate>(items_[next_])) {
      ++next_;
      return nullptr;
    }
    std::string_view raw = bytes();
    auto made = std::make_shared<Record>();
    made->version = parse<Version>(word(raw));
    const std::string_view second = word(raw);
    const std::size_t plus = second.find('+');
    if (const auto at = parse<std::int64_t>(second.substr(0, plus)); at != 0)
      made->expiry = Expiry(std::chrono::milliseconds(at));
    if (plus != std::string_view::npos) {
      const auto size = parse<std::size_t>(second.substr(plus + 1));
      if (size > raw.size()) is_broken_ = true;
      made->metadata = raw.substr(0, size);
      raw.remove_prefix(made->metadata.size());
    }
    made->value = raw;
    return made;
  }

 private:
  template <class Number>
  Number parse(std::string_view text) {
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) is_broken_ = true;
    return number;
  }

  static std::string_view word(std::string_view& rest) {
    const std::size_t space = rest.find(' ');
    const std::string_view word = rest.substr(0, space);
    rest.remove_prefix(space == std::string_view::npos ? rest.size() : space + 1);
    return word;
  }

  const std::vector<RedisItem>& items_;
  std::size_t next_ = 0;
  bool is_broken_ = false;
};

decltype(Reply::body) read_body(ReplyForm form, Reader& reader) {
  switch (form) {
    case ReplyForm::kFoundMany: {
      FoundMany found;
      while (!reader.at_end()) found.records.push_back(reader.record());
      return found;
    }
    case ReplyForm::kKeys:
    case ReplyForm::kRecords: {
      Page page;
      page.next = reader.bytes();
      while (!reader.at_end() && !reader.is_broken()) {
        Item item{std::string(reader.bytes()), 0, nullptr};
        if (form == ReplyForm::kRecords) item.record = reader.record();
        item.version = item.record ? item.record->version : reader.number<Version>();
        page.items.push_back(std::move(item));
      }
      return page;
    }
    case ReplyForm::kMap: {
      Map map;
      while (!reader.at_end() && !reader.is_broken()) {
        Item item{std::string(reader.bytes()), 0, reader.record()};
        item.version = item.record ? item.record->version : 0;
        map.items.push_back(std::move(item));
      }
      return map;
    }
    case ReplyForm::kWritten:
      return Written{reader.number<Version>()};
    case ReplyForm::kDeleted:
      return Deleted{reader.number<Version>()};
    case ReplyForm::kIncremented:
      return Incremented{reader.number<std::int64_t>(), 0};
    case ReplyForm::kFound:
      return Found{reader.record()};
    case ReplyForm::kNone:
      break;
  }
  return Written{};
}

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '.' || c == '/' || c == ' ';
}

std::string escaped(std::string_view name) {
  std::string text;
  for (const char c : name) {
    if (is_plain(c)) {
      text += c;
    } else {
      text += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

std::optional<std::string> unescaped(std::string_view text) {
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      name += text[i];
      continue;
    }
    const std::string_view digits = text.substr(i + 1, 2);
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 2 || error != std::errc() || end != digits.data() + 2) return std::nullopt;
    name += static_cast<char>(value);
    i += 2;
  }
  return name;
}

}  // namespace

const std::string& redis_library() {
  static const std::string text =
      fmt::format("#!lua name={0}\nlocal LIBRARY = '{0}'\n", library_name()) + library_body();
  return text;
}

std::string redis_function(std::string_view name) { return fmt::format("{}_{}", library_name(), name); }

RedisKeys::RedisKeys(std::string_view prefix, std::string_view space) : tag_(escaped(space)) {
  for (const std::string_view part : {"meta", "data", "names", "expiries", "scratch"})
    names_.push_back(fmt::format("{}:{{{}}}:{}", prefix, tag_, part));
}

std::string redis_pattern(std::string_view prefix) { return fmt::format("{}:{{*}}:meta", prefix); }

std::optional<std::string> space_of_key(std::string_view prefix, std::string_view key) {
  const std::string head = fmt::format("{}:{{", prefix);
  constexpr std::string_view kTail = "}:meta";
  if (!key.starts_with(head) || !key.ends_with(kTail) || key.size() < head.size() + kTail.size())
    return std::nullopt;
  key.remove_prefix(head.size());
  key.remove_suffix(kTail.size());
  return unescaped(key);
}

RedisCall make_call(Request&& request, base::WallTime now, std::uint64_t quota) {
  return std::visit([&](auto& one) { return Caller(now, quota)(std::move(one)); }, request);
}

RedisCall make_sweep(base::WallTime now, std::size_t most) {
  return {RedisClient::Effect::kWrites,
          redis_function("sweep"),
          {milliseconds_text(now), "0", std::to_string(most)}};
}

ReplyForm reply_form(const Request& request) { return std::visit(Former{}, request); }

RedisReply read_reply(ReplyForm form, const std::vector<RedisItem>& items) {
  Reader reader(items);
  const std::string status(reader.bytes());
  RedisHead head;
  head.version = reader.number<Version>();
  head.bytes = reader.number<std::uint64_t>();
  if (reader.is_broken()) return {std::unexpected(Failure::kIo), std::nullopt};
  if (status != "ok") return {std::unexpected(failure_of(status).value_or(Failure::kIo)), head};
  if (const auto at = reader.number<std::int64_t>(); at != 0)
    head.next_expiry = Expiry(std::chrono::milliseconds(at));
  Reply reply{head.version, read_body(form, reader)};
  if (auto* incremented = std::get_if<Incremented>(&reply.body)) incremented->version = head.version;
  if (reader.is_broken()) return {std::unexpected(Failure::kIo), std::nullopt};
  return {std::move(reply), head};
}

}  // namespace wws::kv
