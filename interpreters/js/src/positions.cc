#include "positions.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <utility>

#include "value.h"

namespace wws::js {
namespace {

/// A place in the script, and where what follows it in that line comes from.
struct Row {
  std::uint32_t line;
  std::uint32_t column;
  std::uint32_t from_line;
  std::uint32_t from_column;
};

Row row_at(std::string_view rows, std::size_t index) {
  Row row;
  std::memcpy(&row, rows.data() + index * sizeof row, sizeof row);
  return row;
}

const Positions* current = nullptr;

}  // namespace

Positions::Positions(std::string_view rows) noexcept : before_(std::exchange(current, this)), rows_(rows) {
  use();
}

Positions::~Positions() {
  current = before_;
  if (before_ != nullptr) {
    before_->use();
  } else {
    JS_SetPositionFunc(JS_GetRuntime(context()), nullptr, nullptr);
  }
}

void Positions::use() const noexcept {
  constexpr auto kMap = [](void* opaque, int* line, int* column) {
    static_cast<const Positions*>(opaque)->map(line, column);
  };
  JS_SetPositionFunc(JS_GetRuntime(context()), rows_.empty() ? nullptr : +kMap, const_cast<Positions*>(this));
}

/// By the last row that is not behind the place.
void Positions::map(int* line, int* column) const noexcept {
  const auto is_behind = [&](const Row& row) {
    return std::pair(static_cast<int>(row.line), static_cast<int>(row.column)) > std::pair(*line, *column);
  };
  std::size_t begin = 0;
  std::size_t end = rows_.size() / sizeof(Row);
  while (begin < end) {
    const std::size_t middle = begin + (end - begin) / 2;
    if (is_behind(row_at(rows_, middle))) {
      end = middle;
    } else {
      begin = middle + 1;
    }
  }
  if (begin == 0) return;
  const Row row = row_at(rows_, begin - 1);
  const bool is_same_line = static_cast<int>(row.line) == *line;
  *column = static_cast<int>(row.from_column) + (is_same_line ? *column - static_cast<int>(row.column) : 0);
  *line = static_cast<int>(row.from_line);
}

}  // namespace wws::js
