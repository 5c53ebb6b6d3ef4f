#include "store/codec.h"

#include <concepts>
#include <cstring>
#include <type_traits>
#include <utility>
#include <variant>

namespace wws::store {
namespace {

template <class T>
concept Number = std::integral<T> || std::is_enum_v<T>;

/// Numbers in the machine's own order: both ends are the same executable.
class Writer {
 public:
  explicit Writer(std::string& bytes) : bytes_(bytes) {}

  template <class... Values>
  void operator()(const Values&... values) {
    (put(values), ...);
  }

 private:
  template <Number T>
  void put(T value) {
    bytes_.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  void put(const std::string& text) {
    put(static_cast<std::uint32_t>(text.size()));
    bytes_ += text;
  }
  void put(std::chrono::milliseconds time) { put(static_cast<std::int64_t>(time.count())); }
  void put(kv::Expiry expiry) { put(expiry.time_since_epoch()); }
  template <class T>
  void put(const std::optional<T>& value) {
    put(value.has_value());
    if (value) put(*value);
  }
  template <class T>
  void put(const std::vector<T>& values) {
    put(static_cast<std::uint32_t>(values.size()));
    for (const T& value : values) put(value);
  }
  void put(const kv::RecordPtr& record) {
    put(record != nullptr);
    if (record) put(*record);
  }
  template <class T>
    requires(!Number<T>)
  void put(const T& value) {
    each_field(*this, value);
  }

  std::string& bytes_;
};

/// After what is not there everything reads as nothing, and has_failed().
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  template <class... Values>
  void operator()(Values&... values) {
    (get(values), ...);
  }
  [[nodiscard]] bool has_failed() const noexcept { return has_failed_; }
  [[nodiscard]] bool is_at_end() const noexcept { return bytes_.empty() && !has_failed_; }

 private:
  std::string_view take(std::size_t size) {
    if (size > bytes_.size()) has_failed_ = true;
    if (has_failed_) return {};
    const std::string_view taken = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return taken;
  }
  template <std::integral T>
  void get(T& value) {
    if (const std::string_view taken = take(sizeof value); !taken.empty())
      std::memcpy(&value, taken.data(), sizeof value);
  }
  /// Whoever writes may be hostile: a number that is none of the enumeration's would be none of our switches'
  /// cases.
  template <class Enum>
  void get_up_to(Enum& value, Enum last) {
    auto number = std::underlying_type_t<Enum>{};
    get(number);
    has_failed_ = has_failed_ || number < 0 || number > std::to_underlying(last);
    if (!has_failed_) value = static_cast<Enum>(number);
  }
  void get(kv::Visibility& value) { get_up_to(value, kv::Visibility::kOrdered); }
  void get(kv::PageContent& value) { get_up_to(value, kv::PageContent::kMetadata); }
  void get(kv::PutCondition& value) { get_up_to(value, kv::PutCondition::kPresent); }
  void get(bool& value) {
    std::uint8_t byte = 0;
    get(byte);
    value = byte == 1;
    has_failed_ = has_failed_ || byte > 1;
  }
  void get(std::string& text) {
    std::uint32_t size = 0;
    get(size);
    text = take(size);
  }
  void get(std::chrono::milliseconds& time) {
    std::int64_t count = 0;
    get(count);
    time = std::chrono::milliseconds(count);
  }
  void get(kv::Expiry& expiry) {
    std::chrono::milliseconds since{};
    get(since);
    expiry = kv::Expiry(since);
  }
  template <class T>
  void get(std::optional<T>& value) {
    bool is_there = false;
    get(is_there);
    if (is_there) get(value.emplace());
  }
  template <class T>
  void get(std::vector<T>& values) {
    std::uint32_t count = 0;
    get(count);
    // Every element has bytes of its own: a count alone reserves nothing.
    for (std::uint32_t i = 0; i < count && !has_failed_; ++i) get(values.emplace_back());
  }
  void get(kv::RecordPtr& record) {
    bool is_there = false;
    get(is_there);
    if (!is_there) return;
    const auto made = std::make_shared<kv::Record>();
    get(*made);
    record = made;
  }
  template <class T>
    requires(!Number<T>)
  void get(T& value) {
    each_field(*this, value);
  }

  std::string_view bytes_;
  bool has_failed_ = false;
};

/// What a structure consists of, in the order in which it is written: once for both directions. `T` is the
/// structure, or its constant for writing.
template <class Archive, class T>
void each_field(Archive& archive, T& value) {
  using Type = std::remove_const_t<T>;
  if constexpr (std::is_same_v<Type, kv::Record>) {
    archive(value.value, value.version, value.expiry, value.metadata);
  } else if constexpr (std::is_same_v<Type, kv::Get>) {
    archive(value.key, value.visibility);
  } else if constexpr (std::is_same_v<Type, kv::GetMany>) {
    archive(value.keys, value.visibility);
  } else if constexpr (std::is_same_v<Type, kv::List>) {
    archive(value.prefix, value.after, value.limit, value.content, value.visibility);
  } else if constexpr (std::is_same_v<Type, kv::ReadNamespace>) {
    archive(value.visibility);
  } else if constexpr (std::is_same_v<Type, kv::Put>) {
    archive(value.key, value.value, value.time_to_live, value.condition, value.metadata);
  } else if constexpr (std::is_same_v<Type, kv::Delete>) {
    archive(value.key);
  } else if constexpr (std::is_same_v<Type, kv::Increment>) {
    archive(value.key, value.by, value.time_to_live);
  } else if constexpr (std::is_same_v<Type, kv::CompareAndSwap>) {
    archive(value.key, value.expected, value.value, value.time_to_live);
  } else if constexpr (std::is_same_v<Type, kv::Transaction::Check>) {
    archive(value.key, value.version);
  } else if constexpr (std::is_same_v<Type, kv::Transaction::Write>) {
    archive(value.key, value.value, value.time_to_live, value.metadata);
  } else if constexpr (std::is_same_v<Type, kv::Transaction>) {
    archive(value.namespace_version, value.checks, value.puts, value.deletes);
  } else if constexpr (std::is_same_v<Type, kv::Found>) {
    archive(value.record);
  } else if constexpr (std::is_same_v<Type, kv::FoundMany>) {
    archive(value.records);
  } else if constexpr (std::is_same_v<Type, kv::Item>) {
    archive(value.key, value.version, value.record);
  } else if constexpr (std::is_same_v<Type, kv::Page>) {
    archive(value.items, value.next);
  } else if constexpr (std::is_same_v<Type, kv::Map>) {
    archive(value.items);
  } else if constexpr (std::is_same_v<Type, kv::NamespaceInfo>) {
    archive(value.name, value.version, value.bytes);
  } else if constexpr (std::is_same_v<Type, kv::Written> || std::is_same_v<Type, kv::Deleted>) {
    archive(value.version);
  } else {
    static_assert(std::is_same_v<Type, kv::Incremented>);
    archive(value.value, value.version);
  }
}

template <class Variant>
void write_variant(Writer& writer, const Variant& variant) {
  writer(static_cast<std::uint8_t>(variant.index()));
  std::visit([&](const auto& value) { writer(value); }, variant);
}

template <class Variant, std::size_t Index = 0>
bool read_variant(Reader& reader, std::size_t index, Variant& variant) {
  if constexpr (Index < std::variant_size_v<Variant>) {
    if (index != Index) return read_variant<Variant, Index + 1>(reader, index, variant);
    reader(variant.template emplace<Index>());
    return true;
  }
  return false;
}

template <class Variant>
bool read_variant(Reader& reader, Variant& variant) {
  std::uint8_t index = 0;
  reader(index);
  return !reader.has_failed() && read_variant(reader, index, variant) && reader.is_at_end();
}

/// The last one. What is beyond it was not written here.
constexpr auto kLastFailure = kv::Failure::kUnknown;

}  // namespace

void encode(const kv::Request& request, std::string& bytes) {
  Writer writer(bytes);
  write_variant(writer, request);
}

void encode(const kv::Outcome& outcome, std::string& bytes) {
  Writer writer(bytes);
  writer(outcome.has_value());
  if (!outcome) return writer(static_cast<std::uint8_t>(outcome.error()));
  writer(outcome->namespace_version);
  write_variant(writer, outcome->body);
}

void encode(const std::vector<kv::NamespaceInfo>& spaces, std::string& bytes) { Writer{bytes}(spaces); }

std::optional<std::vector<kv::NamespaceInfo>> decode_names(std::string_view bytes) {
  Reader reader(bytes);
  std::vector<kv::NamespaceInfo> spaces;
  reader(spaces);
  if (!reader.is_at_end()) return std::nullopt;
  return spaces;
}

std::optional<kv::Request> decode_request(std::string_view bytes) {
  Reader reader(bytes);
  kv::Request request;
  if (!read_variant(reader, request)) return std::nullopt;
  return request;
}

std::optional<kv::Outcome> decode_outcome(std::string_view bytes) {
  Reader reader(bytes);
  bool is_reply = false;
  reader(is_reply);
  if (!is_reply) {
    std::uint8_t failure = 0;
    reader(failure);
    if (!reader.is_at_end() || failure > static_cast<std::uint8_t>(kLastFailure)) return std::nullopt;
    return std::unexpected(static_cast<kv::Failure>(failure));
  }
  kv::Reply reply;
  reader(reply.namespace_version);
  if (!read_variant(reader, reply.body)) return std::nullopt;
  return reply;
}

}  // namespace wws::store
