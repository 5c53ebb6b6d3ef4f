#include "abi/imports.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "abi/host_functions.h"

namespace wws::abi {
namespace {

using wasm::ExternKind;
using Imports = std::vector<wasm::ModuleOutline::Import>;

std::string problem(Imports imports) {
  wasm::ModuleOutline outline;
  outline.imports = std::move(imports);
  const auto checked = check_imports(outline);
  if (checked) return "";
  EXPECT_EQ(checked.error().code, ErrorCode::kBadModule);
  return checked.error().message;
}

TEST(Imports, AllThatTheServerHasAreKnown) {
  Imports all;
  for (const wasm::HostFunction& function : host_functions()) {
    all.push_back({function.module, function.name, ExternKind::kFunction});
  }
  EXPECT_EQ(problem(all), "");
}

TEST(Imports, BothSnapshotsOfWasiAreKnown) {
  EXPECT_EQ(problem({{"wasi_unstable", "fd_write"}, {"wasi_snapshot_preview1", "fd_write"}}), "");
  EXPECT_EQ(problem({{"wasi_unstable", "sock_accept"}}),
            "imports what this server does not have: wasi_unstable.sock_accept (sockets)");
}

/// Of several imports that no one provides only one was named, after the module was compiled.
TEST(Imports, AllThatAreUnknownAreNamedWithTheirFeatures) {
  EXPECT_EQ(problem({{"env", "a"},
                     {"http", "send-http-request"},
                     {"wasi_snapshot_preview1", "fd_read"},
                     {"env", "b"},
                     {"env", "a"},
                     {"wasi_experimental_http", "req"},
                     {"mine", "f"}}),
            "imports what this server does not have: env.a, env.b (left undefined when it was linked); "
            "wasi_experimental_http.req (outgoing HTTP); mine.f");
}

TEST(Imports, WhatIsNoFunctionIsNamedByItsKind) {
  EXPECT_EQ(problem({{"wasi_snapshot_preview1", "fd_write", ExternKind::kGlobal},
                     {"js", "mem", ExternKind::kMemory},
                     {"js", "tab", ExternKind::kTable}}),
            "imports what this server does not have: the global wasi_snapshot_preview1.fd_write, the memory "
            "js.mem, the table js.tab");
}

TEST(Imports, VeryManyAndVeryLongOnesAreCut) {
  std::vector<std::string> names;
  names.reserve(1000);
  Imports imports;
  for (int i = 0; i < 1000; ++i) {
    names.push_back(fmt::format("f{}{}", i, std::string(100'000, '\x1b')));
    imports.push_back({"mine", names.back()});
  }
  const std::string text = problem(imports);
  EXPECT_LT(text.size(), 4096U);
  EXPECT_NE(text.find(" and 988 more"), std::string::npos) << text;
  EXPECT_EQ(text.find('\x1b'), std::string::npos);
}

TEST(Imports, AnotherVersionOfTheNativeAbiIsNamedFirst) {
  EXPECT_NE(problem({{"env", "a"}, {"wws_v9", "f"}}).find("speaks wws_v9"), std::string::npos);
}

}  // namespace
}  // namespace wws::abi
