/* A worker of a version of the native ABI that does not exist. */
__attribute__((import_module("wws_v2"), import_name("request_get"))) int request_get(int, char*, int);

__attribute__((export_name("wws_handle"))) void handle(void) {
  char method[16];
  request_get(0, method, sizeof method);
}
