// A worker of two files that both include the kit.
#include "wws_task.hpp"

wws::Task<> greet(wws::Response& response);

WWS_HANDLER(request, response) { wws::run(greet(response)); }
