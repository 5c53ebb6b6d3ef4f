// A store that forgets at its end.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "kv/deliveries.h"
#include "kv/limits.h"
#include "kv/semantics.h"
#include "kv/store.h"

namespace wws::kv {

/// Ordered maps. All that is ordered is durable at once, as long as the process lives.
///
/// Owned by who makes it; the clock must outlive it.
class MemoryStore final : public Store {
 public:
  explicit MemoryStore(const base::Clock& clock, Quotas quotas = {});

  [[nodiscard]] std::expected<NamespaceId, Failure> open_namespace(std::string_view name) override;
  [[nodiscard]] std::vector<NamespaceInfo> namespaces() const override;
  void submit(NamespaceId space, Request request, Handlers handlers) override;
  void poll() override;
  [[nodiscard]] int wake_fd() const noexcept override { return -1; }
  [[nodiscard]] std::optional<base::Duration> next_poll() const override;
  [[nodiscard]] bool idle() const noexcept override { return deliveries_.empty(); }
  void set_quotas(const Quotas& quotas) override { quotas_ = quotas; }

 private:
  struct Space final : State {
    std::string name;
    std::map<std::string, RecordPtr, std::less<>> records;
    Version newest = 0;
    std::uint64_t bytes = 0;

    [[nodiscard]] std::expected<RecordPtr, Failure> find(std::string_view key) override;
    [[nodiscard]] std::expected<void, Failure> walk(const KeyRange& range, const Visit& visit) override;
    [[nodiscard]] Version version() const override { return newest; }
  };

  void apply(std::size_t index, Evaluation& evaluation);
  void remove_expired();

  const base::Clock& clock_;
  Quotas quotas_;
  std::vector<std::unique_ptr<Space>> spaces_;
  std::map<std::string, NamespaceId, std::less<>> ids_;
  std::uint64_t bytes_ = 0;
  std::set<std::tuple<Expiry, std::size_t, std::string>> expiries_;  ///< of each record that has one
  Deliveries deliveries_;
};

}  // namespace wws::kv
