#include "assets/public_folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
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

http::Response answer(const http::Request& request, const FoundFile& found) {
  if (request.method != "GET" && request.method != "HEAD") {
    http::Response response = empty_response(405);
    response.fields = {{"allow", "GET, HEAD"}};
    return response;
  }
  const std::string etag = entity_tag(found.status);
  const http::Validators validators = {etag, found.status.st_mtim.tv_sec};
  const std::vector<http::Field> validator_fields = {
      {"etag", etag}, {"last-modified", http::format_date(found.status.st_mtim.tv_sec)}};
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

}  // namespace

Result<PublicFolder> PublicFolder::open(const std::filesystem::path& root, base::Resolver resolver) {
  base::File project(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!project) {
    return fail(ErrorCode::kBadProject, fmt::format("{}: {}", root.string(), base::errno_text(errno)));
  }
  PublicFolder folder;
  struct stat status{};
  if (fstatat(project.fd(), "public", &status, 0) != 0) {
    if (is_absent(errno)) return folder;
    return fail(ErrorCode::kIo, fmt::format("{}: {}", (root / "public").string(), base::errno_text(errno)));
  }
  if (S_ISDIR(status.st_mode)) folder.project_ = {std::move(project), resolver};
  return folder;
}

std::optional<http::Response> PublicFolder::serve(const http::Request& request, std::string_view path) const {
  if (!project_.root || !path.starts_with('/')) return std::nullopt;
  const auto found = find_file(project_, path);
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
  if (project_.root) {
    if (const auto page = open_below(project_, "public/404.html")) return whole_file(*page, 404);
  }
  return empty_response(404);
}

}  // namespace wws::assets
