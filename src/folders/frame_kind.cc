#include "folders/frame_kind.h"

#include <cstring>

namespace wws::folders {
namespace {

/// In the machine's own byte order: both ends are the same executable.
struct CallHeader {
  GuestId guest;
  wasm::FileArguments arguments;
  std::uint32_t function;
  std::uint32_t outputs_at;
  std::uint32_t outputs_size;
  std::uint32_t outputs;
};
static_assert(sizeof(CallHeader) == 96);

template <class Value>
void append(std::string& bytes, const Value& value) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof value);
}

template <class Value>
std::optional<Value> take(std::string_view& bytes) noexcept {
  Value value{};
  if (bytes.size() < sizeof value) return std::nullopt;
  std::memcpy(&value, bytes.data(), sizeof value);
  bytes.remove_prefix(sizeof value);
  return value;
}

}  // namespace

void encode(GuestId guest, const wasm::FileCall& call, std::string& bytes) {
  append(bytes, CallHeader{guest, call.arguments, static_cast<std::uint32_t>(call.function), call.outputs_at,
                           call.outputs_size, static_cast<std::uint32_t>(call.outputs)});
  bytes += call.inputs;
}

std::optional<GuestCall> decode_call(std::string_view payload) {
  const auto header = take<CallHeader>(payload);
  if (!header || header->function >= wasm::kFileFunctions || header->outputs > 1) return std::nullopt;
  if (header->outputs_at > wasm::kLargestImage ||
      header->outputs_size > wasm::kLargestImage - header->outputs_at)
    return std::nullopt;
  if (payload.size() > header->outputs_at) return std::nullopt;
  return GuestCall{header->guest,
                   {wasm::FileFunction{static_cast<std::uint16_t>(header->function)}, header->arguments,
                    std::string(payload), header->outputs_at, header->outputs_size,
                    wasm::FileCall::Outputs{header->outputs}}};
}

void encode(GuestId guest, std::string& bytes) { append(bytes, guest); }

std::optional<GuestId> decode_guest(std::string_view payload) noexcept {
  const auto guest = take<GuestId>(payload);
  return payload.empty() ? guest : std::nullopt;
}

void encode(const wasm::FileAnswer& answer, std::string& bytes) {
  append(bytes, answer.error);
  bytes += answer.outputs;
}

std::optional<wasm::FileAnswer> decode_answer(std::string_view payload) {
  const auto error = take<std::uint16_t>(payload);
  if (!error || payload.size() > wasm::kLargestImage) return std::nullopt;
  return wasm::FileAnswer{*error, std::string(payload)};
}

}  // namespace wws::folders
