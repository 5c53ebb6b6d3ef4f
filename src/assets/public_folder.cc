#include "assets/public_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <utility>

#include "assets/lookup.h"
#include "base/log.h"
#include "http/conditional.h"
#include "http/date.h"
#include "http/mime.h"
#include "http/range.h"

namespace wws::assets {
namespace {

std::uint64_t size_of(const FoundFile& found) { return static_cast<std::uint64_t>(found.status.st_size); }

/// Strong: it changes with the file's identity, size and time of change in nanoseconds.
std::string entity_tag(const struct stat& status) {
  const std::uint64_t time = static_cast<std::uint64_t>(status.st_mtim.tv_sec) * 1'000'000'000U +
                             static_cast<std::uint64_t>(status.st_mtim.tv_nsec);
  return fmt::format("\"{:x}-{:x}-{:x}\"", status.st_ino, status.st_size, time);
}

http::Response empty_response(int status) {
  http::Response response;
  response.status = status;
  return response;
}

http::Response whole_file(const FoundFile& found, int status) {
  http::Response response;
  response.status = status;
  response.fields = {{"content-type", std::string(http::content_type(found.name))}};
  response.body = http::FileRange{found.file, 0, size_of(found)};
  return response;
}

/// Narrows a whole-file response to the range that was asked for.
void apply_range(http::Response& response, const http::RangeResult& range, std::uint64_t size) {
  if (range.kind == http::RangeKind::kUnsatisfiable) {
    response = empty_response(416);
    response.fields = {{"content-range", fmt::format("bytes */{}", size)}};
  } else if (range.kind == http::RangeKind::kOne) {
    const auto [first, length] = range.range;
    response.status = 206;
    response.fields.push_back(
        {"content-range", fmt::format("bytes {}-{}/{}", first, first + length - 1, size)});
    auto& body = std::get<http::FileRange>(response.body);
    body.offset = first;
    body.length = length;
  }
}

}  // namespace

Result<PublicFolder> PublicFolder::open(Place place, const base::Clock& clock, base::Resolver resolver) {
  PublicFolder folder(std::move(place), clock, resolver);
  const std::filesystem::path& base = folder.place_.base;
  if (folder.place_.folder == ".") {
    folder.parent_ = base::open_start(base.parent_path().string());
    return folder;
  }
  folder.start_.base = base::open_start(base.string());
  if (folder.start_.base) return folder;
  return fail(ErrorCode::kBadProject, fmt::format("{}: {}", base.string(), base::errno_text(errno)));
}

bool PublicFolder::is_there() const {
  if (const base::Instant now = clock_->now(); now >= look_again_at_) {
    look_again_at_ = now + std::chrono::seconds(1);
    look_again();
  }
  return is_there_;
}

void PublicFolder::look_again() const {
  if (parent_) open_base_again();
  struct stat status{};
  if (!start_.base) {
    is_there_ = false;
  } else if (fstatat(start_.base.fd(), start_.folder.c_str(), &status, 0) == 0) {
    is_there_ = S_ISDIR(status.st_mode);
  } else {
    is_there_ = !is_absent(errno);  // each look-up will tell what hinders it
  }
}

/// Confinement is to the folder that was there at the start, not to its name: another one may be closed to
/// us.
void PublicFolder::open_base_again() const {
  base::File found = base::open_beneath(parent_, place_.base.filename().string(), start_.resolver);
  const int error = found ? 0 : errno;
  const bool is_closed = error == EACCES || error == EPERM;
  if (found || is_closed || is_absent(error)) start_.base = std::move(found);
  if (!is_closed || has_told_) return;
  has_told_ = true;
  log::warn("{} cannot be read: {}; if it was made anew, start the server again", place_.base.string(),
            base::errno_text(error));
}

std::optional<http::Response> PublicFolder::serve(const http::Request& request, std::string_view path) const {
  if (!path.starts_with('/') || !is_there()) return std::nullopt;
  const auto found = find_file(start_, path);
  if (found) return answer(request, *found);
  if (is_absent(found.error())) return std::nullopt;
  return refusal(path, found.error());
}

/// The log has one line a second: an overload must not be one of the log too.
http::Response PublicFolder::refusal(std::string_view path, int error) const {
  if (error == EACCES || error == EPERM) return empty_response(403);
  if (const std::time_t now = std::time(nullptr); now != told_) {
    log::error("the file for {} cannot be opened: {}", path, base::errno_text(error));
    told_ = now;
  }
  const bool may_pass =
      error == EMFILE || error == ENFILE || error == ENOMEM || error == ENOBUFS || error == EAGAIN;
  http::Response response = empty_response(may_pass ? 503 : 500);
  if (may_pass) response.fields = {{"retry-after", "1"}};
  return response;
}

http::Response PublicFolder::not_found() const {
  if (is_there()) {
    if (const auto page = open_below(start_, start_.folder + "/404.html")) return whole_file(*page, 404);
  }
  return empty_response(404);
}

http::Response PublicFolder::answer(const http::Request& request, const FoundFile& found) const {
  if (request.method != "GET" && request.method != "HEAD") {
    http::Response response = empty_response(405);
    response.fields = {{"allow", "GET, HEAD"}};
    return response;
  }
  const std::string etag = entity_tag(found.status);
  // A file may come from a machine whose clock is ahead: never later than the answer (RFC 9110, 8.8.2.1).
  const std::int64_t modified = std::min<std::int64_t>(
      found.status.st_mtim.tv_sec,
      std::chrono::floor<std::chrono::seconds>(clock_->wall()).time_since_epoch().count());
  const http::Validators validators = {etag, modified};
  const std::vector<http::Field> validator_fields = {{"etag", etag},
                                                     {"last-modified", http::format_date(modified)}};
  const http::Precondition precondition = http::evaluate(request.fields, request.method, validators);
  if (precondition == http::Precondition::kFailed) return empty_response(412);
  if (precondition == http::Precondition::kNotModified) {
    http::Response response = empty_response(304);
    response.fields = validator_fields;
    return response;
  }
  http::Response response = whole_file(found, 200);
  response.fields.push_back({"accept-ranges", "bytes"});
  response.fields.insert(response.fields.end(), validator_fields.begin(), validator_fields.end());
  const auto range = http::find(request.fields, "range");
  if (range && request.method == "GET" && http::if_range_holds(request.fields, validators)) {
    apply_range(response, http::parse_range(*range, size_of(found)), size_of(found));
  }
  return response;
}

}  // namespace wws::assets
