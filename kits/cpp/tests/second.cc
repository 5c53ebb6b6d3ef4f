#include "wws_task.hpp"

wws::Task<> greet(wws::Response& response);
wws::Task<> greet(wws::Response& response) {
  co_await wws::sleep(std::chrono::milliseconds(1));
  response.print("hello");
}
