// The interface Request.
#pragma once

#include <memory>

#include "body.h"
#include "header_list.h"
#include "interface.h"
#include "value.h"

namespace wws::js {

/// A request. Of the one that is answered nothing is here until a script asks for it.
struct Request {
  static constexpr const char* kName = "Request";

  bool is_incoming = false;
  Body body;
  std::shared_ptr<HeaderList> list;
  Value method;  ///< undefined, as what follows: not asked for yet
  Value url;
  Value headers;
  Value params;
  Value signal;
  Value options;  ///< an object of the others; undefined: their defaults

  template <typename Mark>
  void visit(Mark mark) const {
    body.visit(mark);
    for (const Value* each : {&headers, &params, &signal, &options}) mark(*each);
  }
};
using RequestInterface = Interface<Request>;

/// The request that is answered.
Value incoming_request();

}  // namespace wws::js
