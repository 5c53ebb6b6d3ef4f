// The fields of a head, as the Fetch standard keeps them.
#pragma once

#include <memory>
#include <vector>

#include "value.h"

namespace wws::js {

/// Both are strings; the name is in lower case.
struct Header {
  Value name;
  Value value;
};

/// Fields in the order in which they were added. Shared by a request or response and its Headers.
class HeaderList {
 public:
  /// Those of the request that is answered, which the server has until somebody wants all of them.
  static std::shared_ptr<HeaderList> incoming();

  const std::vector<Header>& all() {
    load();
    return list_;
  }
  bool has(const Value& name);
  /// All values of that name in one string; null: there is none.
  Value get(const Value& name);
  void append(Value name, Value value) {
    load();
    list_.push_back({std::move(name), std::move(value)});
  }
  /// In the place of the first of that name, and of all others.
  void set(Value name, Value value);
  void remove(const Value& name);
  void copy_from(HeaderList& other);

  bool is_immutable() const noexcept { return is_immutable_; }
  void freeze() noexcept { is_immutable_ = true; }

 private:
  void load();

  std::vector<Header> list_;
  bool is_incoming_ = false;  ///< the list is still the server's
  bool is_immutable_ = false;
};

/// A name of a field, valid and in lower case; or an exception.
Value header_name(JSValueConst given);
/// A value of a field, without space around it; or an exception.
Value header_value(JSValueConst given, const Value& name);

/// From now on names such as `userAgent` are taken, as old workers write them.
void take_camel_case() noexcept;

}  // namespace wws::js
