// Mounted folders, as invocations ask for them.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "abi/operation.h"
#include "wasm/file_call.h"
#include "wasm/wasi_files.h"

namespace wws::abi {

/// What a wasm::FileCall came to.
struct FileResult final : OperationResult {
  explicit FileResult(wasm::FileAnswer its_answer) : answer(std::move(its_answer)) {}
  wasm::FileAnswer answer;
};

/// Has the files of guests. Results are FileResult. One thread.
class Folders : public Service {
 public:
  static constexpr std::string_view kName = "folders";

  /// Makes a call of the guest of `ticket.invocation`, which has one under way at most. `mounts`: what its
  /// worker has, by its place among those of the project. What is known at once is completed in `operations`
  /// before this returns.
  virtual void submit(std::uint16_t mounts, const wasm::FileCall& call, const Ticket& ticket,
                      Operations& operations) = 0;
  /// A guest that has called is no more: what it has open is closed.
  virtual void end_guest(std::uint64_t invocation) noexcept = 0;
};

/// The folders of a worker.
struct WorkerMounts {
  std::uint16_t place = 0;  ///< among those of the project
  std::vector<wasm::GuestMount> mounts;
};

/// The files of one guest, by the service. What is given to it outlives it.
class GuestFiles final : public wasm::WasiFiles {
 public:
  /// `folders` null: there is no such service, and every call fails.
  GuestFiles(const WorkerMounts& mounts, Folders* folders, Operations& operations, std::uint64_t invocation);
  ~GuestFiles() override;

 private:
  void submit(const wasm::FileCall& call) override;
  [[nodiscard]] std::optional<wasm::FileAnswer> poll() override;

  const WorkerMounts& worker_;
  Folders* folders_;
  Operations& operations_;
  std::uint64_t invocation_;
  bool has_called_ = false;
  std::optional<std::uint32_t> pending_;  ///< the operation's number
};

}  // namespace wws::abi
