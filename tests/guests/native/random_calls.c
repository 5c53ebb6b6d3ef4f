/* Calls functions of wws_v1 in a random order with random arguments, as the number in the query decides: most
 * addresses are in the memory, some at its end, some nowhere. */
#include "wws_v1.h"

#include <stdlib.h>

static uint64_t state;
static char scratch[1 << 16];

static uint32_t random_number(void) {
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return (uint32_t)(state >> 16);
}

static uint32_t below(uint32_t limit) { return random_number() % limit; }

static char* address(void) {
  const uint32_t end = (uint32_t)(__builtin_wasm_memory_size(0) << 16);
  switch (below(300)) {
    case 0:
      return (char*)random_number();
    case 1:
      return (char*)(end - below(64));
    case 2:
      return (char*)(0u - below(64));
    case 3:
      return (char*)0;
    default:
      return scratch + below(sizeof scratch / 2);
  }
}

static size_t length(void) {
  switch (below(300)) {
    case 0:
      return random_number();
    case 1:
      return 0x7fffffffu + below(4);
    case 2:
      return 0u - below(64);
    case 3:
      return below(1 << 20);
    default:
      return below(sizeof scratch / 2);
  }
}

static int64_t nanoseconds(void) {
  switch (below(8)) {
    case 0:
      return (int64_t)(((uint64_t)random_number() << 32) | random_number());
    case 1:
      return INT64_MAX - below(3);
    case 2:
      return 0;
    default:
      return below(1000000);
  }
}

static void call(void) {
  static uint32_t operations[64];
  switch (below(21)) {
    case 0:
      wws_v1_request_get(below(8), address(), length());
      break;
    case 1:
      wws_v1_request_headers(address(), length());
      break;
    case 2:
      wws_v1_request_header(below(2) ? "host" : address(), below(2) ? 4 : length(), address(), length());
      break;
    case 3:
      wws_v1_request_params(address(), length());
      break;
    case 4:
      wws_v1_request_vars(address(), length());
      break;
    case 5:
    case 6:
      wws_v1_request_body_read(address(), length());
      break;
    case 7:
      wws_v1_response_status(below(2) ? (int32_t)below(1100) : (int32_t)random_number());
      break;
    case 8: {
      char name[4] = {'x', '-', (char)('a' + below(26)), (char)below(256)};
      wws_v1_response_header(below(8) ? name : address(), below(8) ? 3 + below(2) : length(), address(), length() % 64);
      break;
    }
    case 9:
    case 10:
    case 11:
      wws_v1_response_body_write(address(), length());
      break;
    case 12:
      if (below(40) == 0) wws_v1_response_finish();
      break;
    case 13:
      wws_v1_timer(nanoseconds());
      break;
    case 14: {
      const uint32_t count = below(8);
      for (uint32_t i = 0; i < count; ++i) operations[i] = below(4) ? 16 + below(8) : below(3);
      wws_v1_wait(below(200) ? operations : (uint32_t*)address(), below(200) ? count : random_number());
      break;
    }
    case 15:
      wws_v1_cancel(below(4) ? 16 + below(8) : random_number());
      break;
    case 16:
      wws_v1_sleep(below(4) ? below(100000) : -(int64_t)below(10));
      break;
    case 17:
      wws_v1_log((int32_t)below(6), address(), length() % 200);
      break;
    case 18:
      if (below(2)) wws_v1_clock((int32_t)below(4));
      else wws_v1_random(address(), length());
      break;
    case 20: {
      static struct wws_v1_bytes inputs[20];
      const uint32_t count = below(40) ? below(12) : below(20);
      for (uint32_t i = 0; i < count; ++i) {
        inputs[i].data = address();
        inputs[i].size = below(2) ? 16 * below(5) : length();
      }
      /* Not new keys of RSA: the clock of the test stands still, and their time is no limit's. */
      uint32_t operation = below(53);
      if (operation == 22) operation = 1;
      wws_v1_crypto(operation, below(7), below(100), below(200) ? inputs : (struct wws_v1_bytes*)address(), count,
                    address(), length());
      break;
    }
    case 19:
      if (below(30) == 0) __builtin_wasm_memory_grow(0, below(3));
      break;
  }
}

WWS_V1_EXPORT(wws_handle) void handle(void) {
  char query[24] = "";
  wws_v1_request_get(WWS_V1_QUERY, query, sizeof query - 1);
  state = strtoull(query, NULL, 10) * 0x9e3779b97f4a7c15u + 1;
  for (int i = 0; i < 300; ++i) call();
}
