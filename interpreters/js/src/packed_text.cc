#include "packed_text.h"

#include <zlib.h>

#include <algorithm>
#include <new>

namespace wws::js {
namespace {

/// Of zlib: as large as it gets, and gzip's form.
constexpr int kGzip = MAX_WBITS + 16;

}  // namespace

UnpackedText::UnpackedText(const PackedText& packed) noexcept
    : size_(packed.size), text_(new(std::nothrow) char[packed.size + 1]) {
  if (!text_) return;
  z_stream zlib{};
  zlib.next_in = packed.bytes.data();
  zlib.avail_in = packed.bytes.size();
  zlib.next_out = reinterpret_cast<unsigned char*>(text_.get());
  zlib.avail_out = size_;
  const bool is_whole = inflateInit2(&zlib, kGzip) == Z_OK && inflate(&zlib, Z_FINISH) == Z_STREAM_END;
  inflateEnd(&zlib);
  text_[size_] = '\0';
  if (!is_whole || zlib.avail_out != 0) text_.reset();
}

UnpackedText::~UnpackedText() {
  if (text_) std::fill_n(text_.get(), size_, '\0');
}

}  // namespace wws::js
