// Who knows, and decides, what operators ask for.
#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace wws::admin {

/// An answer of the authority: the status of HTTP and a body.
struct Reply {
  int status = 200;
  std::string body;
};

/// The supervisor, as the admin interface sees it. Questions are the words of endpoints.h.
class Authority {
 public:
  using Taker = std::function<void(Reply)>;
  virtual ~Authority() = default;
  /// `taker` is called once, later, or never if there is no authority any more. False: it cannot be asked.
  [[nodiscard]] virtual bool ask(std::string_view question, Taker taker) = 0;
};

}  // namespace wws::admin
