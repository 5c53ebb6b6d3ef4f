#include "wasm/wasi_file_calls.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <vector>

namespace wws::wasm {
namespace {

using wasi::Errno;
using ErrnoResult = CallResult<Errno>;

// What the parameters of the functions are, in their order. One that is an address and a size, or an address
// and a count of vectors, is two parameters:
//   i  a number                  p  a path
//   w  vectors to be written     r  vectors to be filled     b  a buffer to be filled
//   c  where the count of the bytes goes that filled them
//   4 8 S T  where a result of 4, 8, 24, 64 bytes goes
constexpr std::array<std::string_view, kFileFunctions> kParameters = {
    "iiii",      // fd_advise
    "iii",       // fd_allocate
    "i",         // fd_close
    "i",         // fd_datasync
    "iS",        // fd_fdstat_get
    "ii",        // fd_fdstat_set_flags
    "iii",       // fd_fdstat_set_rights
    "iT",        // fd_filestat_get
    "ii",        // fd_filestat_set_size
    "iiii",      // fd_filestat_set_times
    "iric",      // fd_pread
    "iwi4",      // fd_pwrite
    "irc",       // fd_read
    "ibic",      // fd_readdir
    "ii",        // fd_renumber
    "iii8",      // fd_seek
    "i",         // fd_sync
    "i8",        // fd_tell
    "iw4",       // fd_write
    "ip",        // path_create_directory
    "iipT",      // path_filestat_get
    "iipiii",    // path_filestat_set_times
    "iipip",     // path_link
    "iipiiii4",  // path_open
    "ipbc",      // path_readlink
    "ip",        // path_remove_directory
    "ipip",      // path_rename
    "pip",       // path_symlink
    "ip",        // path_unlink_file
};

std::uint32_t result_size(char kind) noexcept {
  switch (kind) {
    case '4':
      return 4;
    case '8':
      return 8;
    case 'S':
      return sizeof(wasi::Fdstat);
    default:
      return sizeof(wasi::Filestat);
  }
}

GuestAddress address(std::uint64_t argument) noexcept {
  return GuestAddress{static_cast<std::uint32_t>(argument)};
}

/// Parts of the guest's memory, in the order in which they are filled.
using Parts = std::vector<std::span<std::uint8_t>>;

/// std::nullopt: a part lies outside. At most kMostFileBytes of them.
std::optional<Parts> parts_of(GuestMemory memory, GuestAddress vectors, std::uint32_t count) {
  Parts parts;
  std::uint32_t left = kMostFileBytes;
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto vector = memory.load<wasi::Iovec>(vectors + i * std::uint32_t{sizeof(wasi::Iovec)});
    const auto part = vector ? memory.bytes(GuestAddress{vector->address}, vector->size) : std::nullopt;
    if (!part) return std::nullopt;
    parts.push_back(part->first(std::min<std::size_t>(part->size(), left)));
    left -= static_cast<std::uint32_t>(parts.back().size());
  }
  return parts;
}

std::uint32_t size_of(const Parts& parts) noexcept {
  std::size_t size = 0;
  for (const auto& part : parts) size += part.size();
  return static_cast<std::uint32_t>(size);
}

/// Goes over the parameters of a call twice: once to make the call, and once, in the same way, to give its
/// results to the guest. The guest was suspended in between, and its memory is the same.
class Marshal {
 public:
  enum class Pass { kCall, kAnswer };
  Marshal(GuestMemory memory, Snapshot snapshot, FileFunction function,
          std::span<const std::uint64_t> arguments, Pass pass)
      : memory_(memory),
        snapshot_(snapshot),
        parameters_(kParameters.at(static_cast<std::size_t>(function))),
        given_(arguments),
        pass_(pass) {
    call_.function = function;
  }

  /// Looks at all parameters. Else: what is wrong with them.
  [[nodiscard]] Errno look() {
    for (const char kind : parameters_) {
      if (const Errno wrong = look_at(kind); wrong != Errno::kSuccess) return wrong;
    }
    return Errno::kSuccess;
  }

  /// After look().
  [[nodiscard]] const FileCall& call() {
    std::string& inputs = call_.inputs;
    // The vector of what is filled is an input, and where it points to comes behind all of those.
    if (filled_) inputs.resize((inputs.size() + 3) / 4 * 4);
    const auto vector_at = static_cast<std::uint32_t>(inputs.size());
    const std::uint32_t end =
        vector_at + (filled_ && filled_by_vectors_ ? std::uint32_t{sizeof(wasi::Iovec)} : 0);
    call_.outputs_at = (end + 7) / 8 * 8;
    if (filled_) {
      const wasi::Iovec vector{call_.outputs_at + kCountedAt, size_of(*filled_)};
      call_.outputs = FileCall::Outputs::kCounted;
      call_.outputs_size = kCountedAt + vector.size;
      call_.arguments.at(filled_argument_) = filled_by_vectors_ ? vector_at : vector.address;
      call_.arguments.at(filled_argument_ + 1) = filled_by_vectors_ ? 1 : vector.size;
      if (filled_by_vectors_) inputs.append(reinterpret_cast<const char*>(&vector), sizeof vector);
    } else if (result_) {
      call_.outputs_size =
          static_cast<std::uint32_t>(is_old_filestat() ? sizeof(wasi::Filestat) : result_->size());
    }
    if (call_.function == FileFunction::kFdSeek && snapshot_ == Snapshot::kPreview0) set_whence();
    if (result_argument_) call_.arguments.at(*result_argument_) = call_.outputs_at;
    return call_;
  }

  /// After look(): the outputs of an answer without error go where the guest wants them.
  [[nodiscard]] Errno give(std::string_view outputs) const {
    if (!result_) return Errno::kSuccess;
    if (is_old_filestat()) return give_old_filestat(outputs);
    if (outputs.size() < result_->size()) return Errno::kIo;
    std::memcpy(result_->data(), outputs.data(), result_->size());
    if (!filled_) return Errno::kSuccess;
    outputs.remove_prefix(std::min<std::size_t>(outputs.size(), kCountedAt));
    for (const auto& part : *filled_) {
      const std::size_t size = std::min(part.size(), outputs.size());
      if (size > 0) std::memcpy(part.data(), outputs.data(), size);
      outputs.remove_prefix(size);
    }
    return Errno::kSuccess;
  }

 private:
  [[nodiscard]] std::uint64_t next() { return given_[place_++]; }

  [[nodiscard]] bool is_old_filestat() const noexcept {
    return snapshot_ == Snapshot::kPreview0 && parameters_.ends_with('T');
  }

  [[nodiscard]] Errno give_old_filestat(std::string_view outputs) const {
    wasi::Filestat stat;
    if (outputs.size() < sizeof stat) return Errno::kIo;
    std::memcpy(&stat, outputs.data(), sizeof stat);
    const wasi::Preview0::Filestat old{stat.device,
                                       stat.inode,
                                       stat.filetype,
                                       {},
                                       static_cast<std::uint32_t>(stat.link_count),
                                       stat.size,
                                       stat.access_time,
                                       stat.modification_time,
                                       stat.change_time};
    std::memcpy(result_->data(), &old, sizeof old);
    return Errno::kSuccess;
  }

  /// In the order of preview 0: from the place, from the end, from the beginning.
  void set_whence() {
    constexpr std::array<std::uint64_t, 3> kWhence = {1, 2, 0};
    std::uint64_t& whence = call_.arguments[2];
    if (whence < kWhence.size()) whence = kWhence.at(whence);
  }

  [[nodiscard]] std::uint32_t size_of_result(char kind) const noexcept {
    if (kind == 'c') return sizeof(std::uint32_t);
    return is_old_filestat() ? sizeof(wasi::Preview0::Filestat) : result_size(kind);
  }

  [[nodiscard]] Errno look_at(char kind) {
    const std::size_t place = place_;
    switch (kind) {
      case 'i':
        call_.arguments.at(place) = next();
        return Errno::kSuccess;
      case 'p':
        return take_path(place);
      case 'w':
        return take_vectors(place);
      case 'r':
      case 'b':
        return find_filled(place, kind);
      default:
        result_argument_ = place;
        result_ = memory_.bytes(address(next()), size_of_result(kind));
        return result_ ? Errno::kSuccess : Errno::kFault;
    }
  }

  [[nodiscard]] Errno take_path(std::size_t place) {
    const GuestAddress at = address(next());
    const auto size = static_cast<std::uint32_t>(next());
    const auto path = memory_.text(at, size);
    if (!path) return Errno::kFault;
    if (size >= kLongestPath) return Errno::kNametoolong;
    call_.arguments.at(place) = call_.inputs.size();
    call_.arguments.at(place + 1) = size;
    if (pass_ == Pass::kCall) call_.inputs += *path;
    return Errno::kSuccess;
  }

  [[nodiscard]] Errno take_vectors(std::size_t place) {
    const GuestAddress at = address(next());
    const auto count = static_cast<std::uint32_t>(next());
    if (count > wasi::kMaxVectors) return Errno::kInval;
    const auto parts = parts_of(memory_, at, count);
    if (!parts) return Errno::kFault;
    const wasi::Iovec vector{sizeof(wasi::Iovec), size_of(*parts)};
    call_.arguments.at(place) = 0;
    call_.arguments.at(place + 1) = 1;
    if (pass_ == Pass::kAnswer) return Errno::kSuccess;
    call_.inputs.reserve(sizeof vector + vector.size);
    call_.inputs.assign(reinterpret_cast<const char*>(&vector), sizeof vector);
    for (const auto& part : *parts)
      call_.inputs.append(reinterpret_cast<const char*>(part.data()), part.size());
    return Errno::kSuccess;
  }

  [[nodiscard]] Errno find_filled(std::size_t place, char kind) {
    const GuestAddress at = address(next());
    const auto count = static_cast<std::uint32_t>(next());
    filled_argument_ = place;
    filled_by_vectors_ = kind == 'r';
    if (filled_by_vectors_) {
      if (count > wasi::kMaxVectors) return Errno::kInval;
      filled_ = parts_of(memory_, at, count);
    } else if (const auto buffer = memory_.bytes(at, count)) {
      filled_ = Parts{buffer->first(std::min(count, kMostListedBytes))};
    }
    return filled_ ? Errno::kSuccess : Errno::kFault;
  }

  GuestMemory memory_;
  Snapshot snapshot_;
  std::string_view parameters_;
  std::span<const std::uint64_t> given_;
  Pass pass_;
  std::size_t place_ = 0;  ///< of the next parameter
  FileCall call_;
  std::optional<Parts> filled_;
  std::size_t filled_argument_ = 0;
  bool filled_by_vectors_ = false;
  std::optional<std::span<std::uint8_t>> result_;
  std::optional<std::size_t> result_argument_;
};

/// Whether the function of this call is one that changes something, as far as its folder may be the reason
/// that it was refused. Opening counts if it is for writing.
bool changes(const FileCall& call) noexcept {
  constexpr std::uint64_t kCreateOrTruncate = 1 | 8;
  switch (call.function) {
    case FileFunction::kPathOpen:
      return (call.arguments[4] & kCreateOrTruncate) != 0 ||
             (call.arguments[5] & wasi::rights::kFdWrite) != 0;
    case FileFunction::kFdAllocate:
    case FileFunction::kFdFilestatSetSize:
    case FileFunction::kFdFilestatSetTimes:
    case FileFunction::kFdPwrite:
    case FileFunction::kFdWrite:
    case FileFunction::kPathCreateDirectory:
    case FileFunction::kPathFilestatSetTimes:
    case FileFunction::kPathLink:
    case FileFunction::kPathRemoveDirectory:
    case FileFunction::kPathRename:
    case FileFunction::kPathSymlink:
    case FileFunction::kPathUnlinkFile:
      return true;
    default:
      return false;
  }
}

/// The descriptors that a call works on.
std::pair<std::uint32_t, std::uint32_t> descriptors_of(const FileCall& call) noexcept {
  const auto argument = [&](std::size_t place) {
    return static_cast<std::uint32_t>(call.arguments.at(place));
  };
  switch (call.function) {
    case FileFunction::kPathSymlink:
      return {argument(2), argument(2)};
    case FileFunction::kPathLink:
      return {argument(0), argument(4)};
    case FileFunction::kPathRename:
      return {argument(0), argument(3)};
    case FileFunction::kFdRenumber:
      return {argument(0), argument(1)};
    default:
      return {argument(0), argument(0)};
  }
}

/// Whether the function is about numbers of descriptors, which streams have too.
bool is_of_numbers(FileFunction function) noexcept {
  return function == FileFunction::kFdClose || function == FileFunction::kFdRenumber;
}

/// What was done to numbers is done to those of streams.
void note_numbers(Guest& guest, const FileCall& call) {
  const auto [from, to] = descriptors_of(call);
  const bool is_moved = call.function == FileFunction::kFdRenumber && guest.wasi().renumber(from, to);
  if (!is_moved) (void)guest.wasi().close(to);
}

/// Once a request: a program that only says "not permitted" leaves its author in the dark.
void tell_of_refusal(Guest& guest, WasiFiles& files, const FileCall& call) {
  const auto [first, second] = descriptors_of(call);
  if (!changes(call) || !(files.is_read_only(first) || files.is_read_only(second))) return;
  if (!files.is_first_refusal()) return;
  guest.wasi().tell(
      log::Level::kWarn,
      "a change in a mounted folder was refused: the folder is mounted read-only; mode = \"rw\" in "
      "its [[folders]] allows changes");
}

}  // namespace

ErrnoResult call_files(Guest& guest, GuestMemory memory, Snapshot snapshot, FileFunction function,
                       std::span<const std::uint64_t> arguments) noexcept {
  WasiFiles& files = *guest.files();
  Marshal marshal(memory, snapshot, function, arguments,
                  files.has_begun() ? Marshal::Pass::kAnswer : Marshal::Pass::kCall);
  if (const Errno wrong = marshal.look(); wrong != Errno::kSuccess) return wrong;
  const FileCall& call = marshal.call();
  if (!files.has_begun()) {
    const auto [first, second] = descriptors_of(call);
    const auto is_open = [&](std::uint32_t fd) {
      return files.is_open(fd) || (is_of_numbers(function) && guest.wasi().stream(fd) != Stream::kClosed);
    };
    if (!is_open(first) || !is_open(second)) return Errno::kBadf;
    files.begin(call);
  }
  auto answer = files.take_answer();
  if (!answer) return guest.wait_until(base::Instant::max());
  if (is_of_numbers(function) && answer->error == 0) note_numbers(guest, call);
  if (answer->error == static_cast<std::uint16_t>(Errno::kRofs)) tell_of_refusal(guest, files, call);
  return answer->error == 0 ? marshal.give(answer->outputs) : Errno{answer->error};
}

ErrnoResult fd_prestat_get(Guest& guest, GuestMemory memory, std::uint32_t fd, GuestAddress result) noexcept {
  const GuestMount* mount = guest.files() != nullptr ? guest.files()->mount(fd) : nullptr;
  if (mount == nullptr) return Errno::kBadf;
  const wasi::Prestat prestat{0, static_cast<std::uint32_t>(mount->name.size())};
  return memory.store(result, prestat) ? Errno::kSuccess : Errno::kFault;
}

ErrnoResult fd_prestat_dir_name(Guest& guest, GuestMemory memory, std::uint32_t fd, GuestAddress path,
                                std::uint32_t size) noexcept {
  const GuestMount* mount = guest.files() != nullptr ? guest.files()->mount(fd) : nullptr;
  if (mount == nullptr) return Errno::kBadf;
  if (size < mount->name.size()) return Errno::kNametoolong;
  return memory.write(path, mount->name) ? Errno::kSuccess : Errno::kFault;
}

}  // namespace wws::wasm
