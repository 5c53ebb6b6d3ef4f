/* A worker of the native ABI, which is also a command: it is found by wws_handle. Answers 200 and no body. */
__attribute__((export_name("wws_handle"))) void handle(void) {}

int main(void) { return 0; }
