/* Imports what belongs to features that the server does not have. It never runs. */
#define NEEDS(module, name, number) \
  __attribute__((import_module(module), import_name(name))) void needs_##number(void)

NEEDS("http", "send-http-request", 1);
NEEDS("wasi_ephemeral_nn", "load", 2);
NEEDS("wws_v1", "fetch_begin", 3);
NEEDS("wws_v1", "fetch_end", 4);
NEEDS("wasi:cli/environment@0.2.0", "get-environment", 5);
NEEDS("env", "of_no_library", 6);
NEEDS("elsewhere", "some\t", 7);

int main(void) {
  needs_1();
  needs_2();
  needs_3();
  needs_4();
  needs_5();
  needs_6();
  needs_7();
  return 0;
}
