// One request: from the server to the script's handler, and what that gives back to the server.
#pragma once

namespace wws::js {

/// Answers the server's request. What is thrown by it ends the instance.
void dispatch() noexcept;

}  // namespace wws::js
