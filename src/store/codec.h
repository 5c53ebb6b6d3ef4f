// Requests and outcomes of a key-value store as bytes (docs/formats/store-channel.md).
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kv/operation.h"
#include "kv/store.h"

namespace wws::store {

/// Appends to `bytes`, so that a frame is made in place.
void encode(const kv::Request& request, std::string& bytes);
void encode(const kv::Outcome& outcome, std::string& bytes);

/// What encode() wrote, of all of `bytes`; std::nullopt: it is something else. Never takes more memory than a
/// small multiple of `bytes`. The limits of the store are not looked at here.
[[nodiscard]] std::optional<kv::Request> decode_request(std::string_view bytes);
[[nodiscard]] std::optional<kv::Outcome> decode_outcome(std::string_view bytes);

/// What there is, for people. The numbers of the namespaces stay behind: they mean nothing elsewhere.
void encode(const std::vector<kv::NamespaceInfo>& spaces, std::string& bytes);
[[nodiscard]] std::optional<std::vector<kv::NamespaceInfo>> decode_names(std::string_view bytes);

}  // namespace wws::store
