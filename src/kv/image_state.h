// The state that an operation on the embedded store sees.
#pragma once

#include "kv/image.h"
#include "kv/semantics.h"

namespace wws::kv {

class Database;

/// A namespace as it is ordered, or as it is durable: the image, and the file where the image does not know.
///
/// Only for as long as one evaluation takes. What needs the file may only be asked while it is not lent:
/// needs_file() tells before.
class ImageState final : public State {
 public:
  ImageState(Image& image, Space& space, Database& file, Visibility visibility) noexcept
      : image_(image), space_(space), file_(file), visibility_(visibility) {}

  /// Whether evaluating `request` will read the file.
  [[nodiscard]] bool needs_file(const Request& request);

  [[nodiscard]] std::expected<RecordPtr, Failure> find(std::string_view key) override;
  [[nodiscard]] std::expected<void, Failure> walk(const KeyRange& range, const Visit& visit) override;
  [[nodiscard]] Version version() const override {
    return visibility_ == Visibility::kDurable ? space_.durable.version : space_.ordered.version;
  }

 private:
  [[nodiscard]] bool knows(const Slot& slot) const noexcept {
    return slot.known || (visibility_ == Visibility::kOrdered && slot.pending());
  }
  [[nodiscard]] const RecordPtr& seen(const Slot& slot) const noexcept {
    return visibility_ == Visibility::kDurable ? slot.durable : slot.newest();
  }
  [[nodiscard]] std::expected<void, Failure> load_all();
  void walk_slots(const KeyRange& range, const Visit& visit) const;
  [[nodiscard]] std::expected<void, Failure> walk_merged(const KeyRange& range, const Visit& visit) const;

  Image& image_;
  Space& space_;
  Database& file_;
  Visibility visibility_;
};

}  // namespace wws::kv
