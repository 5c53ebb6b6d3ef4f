// Names that were looked up a moment ago.
#pragma once

#include <cstddef>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "egress/resolver.h"

namespace wws::egress {

/// Keeps what another resolver answered for as long as the answer says, a minute at most, and asks it once
/// for all who want the same name at the same time. What is kept is judged again for each request: it is no
/// pass. One thread; the parts outlive it.
class NameCache final : public Resolver {
 public:
  static constexpr std::size_t kMostNames = 4096;
  static constexpr std::chrono::seconds kLongest{60};

  NameCache(Resolver& resolver, const base::Clock& clock) : resolver_(resolver), clock_(clock) {}

  void resolve(const std::string& name, Handler handler) override;

 private:
  struct Entry {
    Answer answer;
    base::Instant expires{};
    std::vector<Handler> waiting;  ///< not empty: it is being asked for
  };

  void on_answer(const std::string& name, const Answer& answer);
  void make_room();

  Resolver& resolver_;
  const base::Clock& clock_;
  std::unordered_map<std::string, Entry> entries_;
};

}  // namespace wws::egress
