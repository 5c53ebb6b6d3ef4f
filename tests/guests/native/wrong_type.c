/* A worker whose entry cannot be called: it has a parameter. */
__attribute__((export_name("wws_handle"))) void handle(int number) { (void)number; }
