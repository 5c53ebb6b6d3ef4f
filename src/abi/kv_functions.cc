// The functions `kv_*` of `wws_v1`. docs/abi.md says what each does.
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "abi/kv.h"
#include "abi/native_bytes.h"
#include "abi/native_call.h"
#include "abi/native_exchange.h"
#include "base/utf8.h"

namespace wws::abi {
namespace {

using wasm::Guest;
using wasm::GuestAddress;
using wasm::GuestMemory;

/// Of conditions, in the order of their numbers.
constexpr std::array kConditions = {kv::PutCondition::kNone, kv::PutCondition::kAbsent,
                                    kv::PutCondition::kPresent};
/// Of what kv_list() gives, likewise.
constexpr std::array kContents = {kv::PageContent::kKeys, kv::PageContent::kRecords,
                                  kv::PageContent::kMetadata};

std::optional<kv::TimeToLive> time_to_live(std::int64_t milliseconds) noexcept {
  return milliseconds == 0 ? std::nullopt : std::optional(kv::TimeToLive(milliseconds));
}

/// Begins an operation: its number, or why there is none.
Int submit(GuestContext& context, kv::Request request) {
  Kv* store = context.services().find<Kv>();
  if (store == nullptr || !context.kv_space()) return error(NativeError::kAbsent);
  const auto ticket = context.operations().begin(*store);
  if (!ticket) return error(ticket.error());
  store->submit(*context.kv_space(), std::move(request), *ticket, context.operations());
  return static_cast<std::int32_t>(ticket->number);
}

// --- what guests write ---

std::optional<std::vector<std::string>> decode_keys(std::string_view bytes) {
  Decoder decoder(bytes);
  std::vector<std::string> keys;
  while (!decoder.is_at_end()) {
    const auto size = decoder.number<std::uint32_t>();
    auto key = size ? decoder.text(*size) : std::nullopt;
    if (!key) return std::nullopt;
    keys.push_back(std::move(*key));
  }
  return keys;
}

/// What an entry of a transaction begins with.
enum class Change : std::uint32_t { kCheck = 1, kPut = 2, kDelete = 3, kNamespace = 4, kPutWithMetadata = 5 };

bool decode_put(Decoder& decoder, Change kind, kv::Transaction& transaction) {
  const auto size = decoder.number<std::uint32_t>();
  const auto value_size = decoder.number<std::uint32_t>();
  const auto metadata_size =
      kind == Change::kPutWithMetadata ? decoder.number<std::uint32_t>() : std::optional<std::uint32_t>(0);
  const auto milliseconds = decoder.number<std::int64_t>();
  auto key = size && value_size && metadata_size && milliseconds ? decoder.text(*size) : std::nullopt;
  auto value = key ? decoder.text(*value_size) : std::nullopt;
  auto metadata = value ? decoder.text(*metadata_size) : std::nullopt;
  if (!metadata || !base::is_utf8(*metadata)) return false;
  transaction.puts.push_back(
      {std::move(*key), std::move(*value), time_to_live(*milliseconds), std::move(*metadata)});
  return true;
}

bool decode_change(Decoder& decoder, kv::Transaction& transaction) {
  const auto kind = decoder.number<std::uint32_t>();
  if (!kind) return false;
  switch (Change{*kind}) {
    case Change::kCheck: {
      const auto size = decoder.number<std::uint32_t>();
      const auto version = decoder.number<kv::Version>();
      auto key = size && version ? decoder.text(*size) : std::nullopt;
      if (key) transaction.checks.push_back({std::move(*key), *version});
      return key.has_value();
    }
    case Change::kPut:
    case Change::kPutWithMetadata:
      return decode_put(decoder, Change{*kind}, transaction);
    case Change::kDelete: {
      const auto size = decoder.number<std::uint32_t>();
      auto key = size ? decoder.text(*size) : std::nullopt;
      if (key) transaction.deletes.push_back(std::move(*key));
      return key.has_value();
    }
    case Change::kNamespace:
      transaction.namespace_version = decoder.number<kv::Version>();
      return transaction.namespace_version.has_value();
  }
  return false;
}

// --- what guests read ---

std::string_view value_of(const kv::RecordPtr& record) noexcept {
  return record ? std::string_view(record->value) : std::string_view();
}

/// What kv_result() leaves out.
enum class Detail { kValues, kAll };

/// Of records: the expiry and how many bytes of metadata there are; for one that is not there zeros.
void append_about(std::string& bytes, const kv::RecordPtr& record) {
  append_number(bytes,
                record && record->expiry ? record->expiry->time_since_epoch().count() : std::int64_t{0});
  append_length(bytes, record ? std::string_view(record->metadata) : std::string_view());
}

/// All that is known of records, for the replies that have some; std::nullopt: this one has none.
std::optional<std::string> encode_records(const kv::Reply& reply) {
  std::string bytes;
  if (const auto* found = std::get_if<kv::Found>(&reply.body)) {
    append_number(bytes, found->record->version);
    append_about(bytes, found->record);
    bytes += found->record->metadata;
    bytes += found->record->value;
  } else if (const auto* many = std::get_if<kv::FoundMany>(&reply.body)) {
    for (const kv::RecordPtr& record : many->records) {
      append_number(bytes, record ? record->version : kv::Version{0});
      append_about(bytes, record);
      append_length(bytes, value_of(record));
      if (record) bytes += record->metadata;
      bytes += value_of(record);
    }
  } else if (const auto* page = std::get_if<kv::Page>(&reply.body)) {
    append_sized(bytes, page->next);
    for (const kv::Item& item : page->items) {
      append_length(bytes, item.key);
      append_number(bytes, item.version);
      append_about(bytes, item.record);
      append_length(bytes, value_of(item.record));
      bytes += item.key;
      if (item.record) bytes += item.record->metadata;
      bytes += value_of(item.record);
    }
  } else {
    return std::nullopt;
  }
  return bytes;
}

/// kAbsent: there is no such key.
std::expected<std::string, NativeError> encode_reply(const kv::Reply& reply, Detail detail) {
  const auto* one = std::get_if<kv::Found>(&reply.body);
  if (one != nullptr && !one->record) return std::unexpected(NativeError::kAbsent);
  if (detail == Detail::kAll) {
    if (auto records = encode_records(reply)) return std::move(*records);
  }
  std::string bytes;
  if (const auto* found = std::get_if<kv::Found>(&reply.body)) {
    bytes.reserve(sizeof(kv::Version) + found->record->value.size());
    append_number(bytes, found->record->version);
    bytes += found->record->value;
  } else if (const auto* many = std::get_if<kv::FoundMany>(&reply.body)) {
    for (const kv::RecordPtr& record : many->records) {
      append_number(bytes, record ? record->version : 0);
      append_sized(bytes, value_of(record));
    }
  } else if (const auto* page = std::get_if<kv::Page>(&reply.body)) {
    append_sized(bytes, page->next);
    for (const kv::Item& item : page->items) {
      append_number(bytes, static_cast<std::uint32_t>(item.key.size()));
      append_number(bytes, static_cast<std::uint32_t>(value_of(item.record).size()));
      append_number(bytes, item.version);
      bytes += item.key;
      bytes += value_of(item.record);
    }
  } else if (const auto* written = std::get_if<kv::Written>(&reply.body)) {
    append_number(bytes, written->version);
  } else if (const auto* deleted = std::get_if<kv::Deleted>(&reply.body)) {
    append_number(bytes, deleted->version);
  } else if (const auto* incremented = std::get_if<kv::Incremented>(&reply.body)) {
    append_number(bytes, incremented->value);
    append_number(bytes, incremented->version);
  }
  return bytes;
}

NativeError to_native(kv::Failure failure) noexcept {
  using enum kv::Failure;
  switch (failure) {
    case kKeyEmpty:
    case kKeyTooLong:
      return NativeError::kKeySize;
    case kValueTooLarge:
    case kMetadataTooLarge:
      return NativeError::kValueSize;
    case kBadTimeToLive:
      return NativeError::kInvalid;
    case kTooManyOperations:
    case kTransactionTooLarge:
    case kPageTooLarge:
    case kReplyTooLarge:
      return NativeError::kTooMuch;
    case kNamespaceQuota:
      return NativeError::kQuota;
    case kTotalQuota:
    case kTooManyNamespaces:
      return NativeError::kFull;
    case kConflict:
      return NativeError::kConflict;
    case kNotANumber:
      return NativeError::kNotANumber;
    case kOverflow:
      return NativeError::kOverflow;
    case kBadNamespaceName:
    case kNoSuchNamespace:
    case kUnavailable:
      return NativeError::kUnavailable;
    case kDiskFull:
    case kIo:
      return NativeError::kIo;
    case kUnknown:
      return NativeError::kUnknown;
  }
  return NativeError::kUnknown;
}

// --- the functions ---

Int kv_select(Guest& guest, GuestMemory memory, GuestAddress name, std::uint32_t name_length) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "kv_select");
  const auto binding = memory.text(name, name_length);
  if (!binding) return outside(guest, "kv_select", name, name_length);
  if (!context->select_kv(*binding)) return error(NativeError::kAbsent);
  return 0;
}

Int kv_get(Guest& guest, GuestMemory memory, GuestAddress key, std::uint32_t key_length) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "kv_get");
  const auto name = memory.text(key, key_length);
  if (!name) return outside(guest, "kv_get", key, key_length);
  return submit(*context, kv::Get{std::string(*name)});
}

Int kv_get_many(Guest& guest, GuestMemory memory, GuestAddress keys, std::uint32_t length) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "kv_get_many");
  const auto bytes = memory.text(keys, length);
  if (!bytes) return outside(guest, "kv_get_many", keys, length);
  auto names = decode_keys(*bytes);
  if (!names) return error(NativeError::kInvalid);
  return submit(*context, kv::GetMany{std::move(*names)});
}

Int kv_list(Guest& guest, GuestMemory memory, GuestAddress prefix, std::uint32_t prefix_length,
            GuestAddress after, std::uint32_t after_length, std::uint32_t limit,
            std::uint32_t content) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "kv_list");
  const auto prefix_text = memory.text(prefix, prefix_length);
  if (!prefix_text) return outside(guest, "kv_list", prefix, prefix_length);
  const auto after_text = memory.text(after, after_length);
  if (!after_text) return outside(guest, "kv_list", after, after_length);
  if (content >= kContents.size()) return error(NativeError::kInvalid);
  return submit(*context,
                kv::List{std::string(*prefix_text), std::string(*after_text), limit, kContents.at(content)});
}

Int kv_put(Guest& guest, GuestMemory memory, GuestAddress key, std::uint32_t key_length, GuestAddress value,
           std::uint32_t value_length, std::int64_t milliseconds, std::uint32_t condition) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "kv_put");
  const auto name = memory.text(key, key_length);
  if (!name) return outside(guest, "kv_put", key, key_length);
  const auto bytes = memory.text(value, value_length);
  if (!bytes) return outside(guest, "kv_put", value, value_length);
  if (condition >= kConditions.size()) return error(NativeError::kInvalid);
  return submit(*context, kv::Put{std::string(*name), std::string(*bytes), time_to_live(milliseconds),
                                  kConditions.at(condition)});
}

Int kv_put_with_metadata(Guest& guest, GuestMemory memory, GuestAddress key, std::uint32_t key_length,
                         GuestAddress value, std::uint32_t value_length, GuestAddress metadata,
                         std::uint32_t metadata_length, std::int64_t milliseconds,
                         std::uint32_t condition) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "kv_put_with_metadata");
  const auto name = memory.text(key, key_length);
  if (!name) return outside(guest, "kv_put_with_metadata", key, key_length);
  const auto bytes = memory.text(value, value_length);
  if (!bytes) return outside(guest, "kv_put_with_metadata", value, value_length);
  const auto about = memory.text(metadata, metadata_length);
  if (!about) return outside(guest, "kv_put_with_metadata", metadata, metadata_length);
  if (condition >= kConditions.size() || !base::is_utf8(*about)) return error(NativeError::kInvalid);
  return submit(*context, kv::Put{std::string(*name), std::string(*bytes), time_to_live(milliseconds),
                                  kConditions.at(condition), std::string(*about)});
}

Int kv_delete(Guest& guest, GuestMemory memory, GuestAddress key, std::uint32_t key_length) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "kv_delete");
  const auto name = memory.text(key, key_length);
  if (!name) return outside(guest, "kv_delete", key, key_length);
  return submit(*context, kv::Delete{std::string(*name)});
}

Int kv_increment(Guest& guest, GuestMemory memory, GuestAddress key, std::uint32_t key_length,
                 std::int64_t by, std::int64_t milliseconds) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "kv_increment");
  const auto name = memory.text(key, key_length);
  if (!name) return outside(guest, "kv_increment", key, key_length);
  return submit(*context, kv::Increment{std::string(*name), by, time_to_live(milliseconds)});
}

Int kv_compare_and_swap(Guest& guest, GuestMemory memory, GuestAddress key, std::uint32_t key_length,
                        std::int64_t version, GuestAddress value, std::uint32_t value_length,
                        std::int64_t milliseconds) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "kv_compare_and_swap");
  const auto name = memory.text(key, key_length);
  if (!name) return outside(guest, "kv_compare_and_swap", key, key_length);
  const auto bytes = memory.text(value, value_length);
  if (!bytes) return outside(guest, "kv_compare_and_swap", value, value_length);
  return submit(*context, kv::CompareAndSwap{std::string(*name), static_cast<kv::Version>(version),
                                             std::string(*bytes), time_to_live(milliseconds)});
}

Int kv_transaction(Guest& guest, GuestMemory memory, GuestAddress changes, std::uint32_t length) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, "kv_transaction");
  const auto bytes = memory.text(changes, length);
  if (!bytes) return outside(guest, "kv_transaction", changes, length);
  Decoder decoder(*bytes);
  kv::Transaction transaction;
  while (!decoder.is_at_end()) {
    if (!decode_change(decoder, transaction)) return error(NativeError::kInvalid);
  }
  return submit(*context, std::move(transaction));
}

/// What an operation came to. `function`: that the guest called.
Int give_result(Guest& guest, GuestMemory memory, const char* function, Detail detail,
                std::uint32_t operation, GuestAddress buffer, std::uint32_t capacity) noexcept {
  GuestContext* context = native_context_of(guest);
  if (context == nullptr) return too_early(guest, function);
  if (!memory.bytes(buffer, capacity)) return outside(guest, function, buffer, capacity);
  const Kv* store = context->services().find<Kv>();
  if (store == nullptr) return error(NativeError::kInvalid);
  Operations& operations = context->operations();
  const auto result = operations.look_at_result(operation, *store);
  if (!result) return error(result.error());
  const kv::Outcome& outcome = static_cast<const KvResult&>(**result).outcome;
  auto bytes = outcome ? encode_reply(*outcome, detail) : std::unexpected(to_native(outcome.error()));
  if (bytes && bytes->size() > capacity)
    return static_cast<std::int32_t>(bytes->size());  // and may ask again
  operations.cancel(operation);
  if (!bytes) return error(bytes.error());
  (void)memory.write(buffer, *bytes);
  return static_cast<std::int32_t>(bytes->size());
}

Int kv_result(Guest& guest, GuestMemory memory, std::uint32_t operation, GuestAddress buffer,
              std::uint32_t capacity) noexcept {
  return give_result(guest, memory, "kv_result", Detail::kValues, operation, buffer, capacity);
}

Int kv_result_with_metadata(Guest& guest, GuestMemory memory, std::uint32_t operation, GuestAddress buffer,
                            std::uint32_t capacity) noexcept {
  return give_result(guest, memory, "kv_result_with_metadata", Detail::kAll, operation, buffer, capacity);
}

constexpr std::array kKvFunctions = {
    wasm::host_function<&kv_select>(kNativeModule, "kv_select"),
    wasm::host_function<&kv_get>(kNativeModule, "kv_get"),
    wasm::host_function<&kv_get_many>(kNativeModule, "kv_get_many"),
    wasm::host_function<&kv_list>(kNativeModule, "kv_list"),
    wasm::host_function<&kv_put>(kNativeModule, "kv_put"),
    wasm::host_function<&kv_put_with_metadata>(kNativeModule, "kv_put_with_metadata"),
    wasm::host_function<&kv_delete>(kNativeModule, "kv_delete"),
    wasm::host_function<&kv_increment>(kNativeModule, "kv_increment"),
    wasm::host_function<&kv_compare_and_swap>(kNativeModule, "kv_compare_and_swap"),
    wasm::host_function<&kv_transaction>(kNativeModule, "kv_transaction"),
    wasm::host_function<&kv_result>(kNativeModule, "kv_result"),
    wasm::host_function<&kv_result_with_metadata>(kNativeModule, "kv_result_with_metadata"),
};

}  // namespace

std::span<const wasm::HostFunction> kv_functions() noexcept { return kKvFunctions; }

}  // namespace wws::abi
