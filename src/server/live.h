// What browsers get besides the site itself while somebody works on it (docs/live-reload.md).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/request.h"
#include "http/response.h"
#include "server/failure.h"

namespace wws::server {

/// Of a site in development: what pages compare with what they were made of, and what is wrong at present.
/// Both numbers only grow, also from one start of the server to the next.
struct Live {
  std::uint64_t revision = 0;     ///< of what is served; pages of another one load themselves again
  std::uint64_t styles = 0;       ///< of style sheets; pages ask for theirs again
  std::string root;               ///< of the project
  std::vector<Failure> failures;  ///< what could not take the place of what is served
};

/// The folder of paths that the server has for itself, below the prefix.
inline constexpr std::string_view kLiveFolder = "/__wws/";
inline constexpr std::string_view kEventsPath = "/__wws/events";

/// The answer to a path of that folder (`path`: without the prefix) other than the stream of events.
[[nodiscard]] http::Response live_answer(const http::Request& request, std::string_view path);

/// The head of the answer that is a stream of events.
[[nodiscard]] http::Response events_head();
/// One event of it (https://html.spec.whatwg.org/multipage/server-sent-events.html): the state in JSON.
[[nodiscard]] std::string event_text(const Live& live);

/// Whether a browser asks for a page, rather than a script of one for a part of it.
[[nodiscard]] bool wants_page(const http::Request& request) noexcept;

/// Whether this head is of a page that the script can be put into: HTML without a content coding, whole.
[[nodiscard]] bool takes_script(const http::Response& head) noexcept;
/// The element that follows such a page, to make it load itself again. `prefix` as in Site.
[[nodiscard]] std::string script_element(const Live& live, std::string_view prefix);
/// The page is another one with the script, and is not to be kept: takes away what says otherwise.
void forget_validators(http::Response& head);
/// Puts the script at the end of the answer, if it takes one and is in memory or in a file of up to 4 MiB.
void add_script(http::Response& response, const Live& live, std::string_view prefix);

/// A page about a request that failed, in HTML. `title` says what happened to whom.
[[nodiscard]] std::string failure_page(const Failure& failure, std::string_view title,
                                       std::string_view prefix);

/// `text` for HTML, also between quotation marks.
void append_escaped_html(std::string& html, std::string_view text);

}  // namespace wws::server
