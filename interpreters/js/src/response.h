// The interface Response.
#pragma once

#include <memory>

#include "body.h"
#include "header_list.h"
#include "interface.h"
#include "value.h"

namespace wws::js {

/// An answer. What nobody has asked for is not made: its list of fields is null while it has none, and the
/// field that its body implies is only noted.
struct Response {
  static constexpr const char* kName = "Response";

  std::int32_t status = 200;
  Body body;
  Value implied_type;  ///< a content-type that is not in the list; undefined: none
  std::shared_ptr<HeaderList> list;
  Value headers;      ///< the Headers of the list, once somebody has asked
  Value status_text;  ///< undefined: empty, as the next two
  Value url;
  bool is_redirected = false;
  bool is_error = false;

  /// The list, with what was only noted.
  HeaderList& fields();

  template <typename Mark>
  void visit(Mark mark) const {
    body.visit(mark);
    mark(headers);
  }
};
using ResponseInterface = Interface<Response>;

}  // namespace wws::js
