// The folders child's side, fed with what a serving process says, and with what a hostile one might.
#include "folders/folders_server.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <random>

#include "folders/frame_kind.h"

namespace wws::folders {
namespace {

namespace fs = std::filesystem;
using Mode = wasm::GuestMount::Mode;
using wasm::FileCall;
using wasm::FileFunction;

constexpr std::uint16_t kOk = 0;
constexpr std::uint16_t kBadf = 8;
constexpr std::uint16_t kFault = 21;
constexpr std::uint16_t kMfile = 33;
constexpr std::uint16_t kNoent = 44;
constexpr std::uint16_t kPerm = 63;
constexpr std::uint16_t kRofs = 69;
constexpr std::uint64_t kRead = 1U << 1;
constexpr std::uint64_t kWrite = 1U << 6;

/// Two workers' folders, and a server of two threads for them.
class FoldersServerTest : public testing::Test {
 protected:
  FoldersServerTest() {
    root_ = fs::temp_directory_path() / ("wws-folders-" + std::to_string(getpid()));
    for (const char* name : {"one", "two", "outside"}) {
      fs::create_directories(root_ / name);
      std::ofstream(root_ / name / "file") << name;
    }
    limits_.open.of_guest = 8;
    make_server();
  }
  ~FoldersServerTest() override {
    server_.reset();
    fs::remove_all(root_);
  }

  void make_server() {
    std::vector<Mounts> mounts{{mount("one", Mode::kReadWrite)}, {mount("two", Mode::kReadOnly)}};
    server_.emplace(
        FoldersServer::Parts{std::make_unique<ThreadPool>(2),
                             [this](FoldersServer::ClientId, std::string_view bytes) { take(bytes); },
                             [this] {
                               const std::uint64_t one = 1;
                               (void)!write(done_.fd(), &one, sizeof one);
                             }},
        std::move(mounts), limits_);
    server_->add_client(1);
    server_->add_client(2);
  }

  Mount mount(const char* name, Mode mode) {
    return {
        std::make_shared<const base::File>(open((root_ / name).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)),
        mode};
  }

  void take(std::string_view bytes) {
    (void)reader_.read(bytes, [this](const link::Frame& frame) {
      answer_ = decode_answer(frame.payload);
      return true;
    });
  }

  FoldersServer::Verdict send(std::uint16_t kind, std::uint16_t mounts, std::string_view payload,
                              FoldersServer::ClientId client = 1) {
    return server_->take(client, {kind, ++id_, mounts, payload});
  }

  /// The answer to a call; std::nullopt: the client is to be cut off.
  std::optional<wasm::FileAnswer> ask(std::uint16_t mounts, GuestId guest, const FileCall& call,
                                      FoldersServer::ClientId client = 1) {
    std::string payload;
    encode(guest, call, payload);
    answer_.reset();
    if (send(1, mounts, payload, client) == FoldersServer::Verdict::kBroken) return std::nullopt;
    while (server_->pending() > 0) {
      std::uint64_t count = 0;
      (void)!read(done_.fd(), &count, sizeof count);
      server_->poll();
    }
    return answer_;
  }

  /// path_open as a guest calls it.
  static FileCall open_call(std::uint64_t fd, const std::string& path, std::uint64_t rights = kRead,
                            std::uint64_t oflags = 0) {
    const auto end = static_cast<std::uint32_t>((path.size() + 7) / 8 * 8);
    return {FileFunction::kPathOpen,  {fd, 1, 0, path.size(), oflags, rights, 0, 0, end}, path, end, 4,
            FileCall::Outputs::kWhole};
  }
  static FileCall read_call(std::uint64_t fd, std::uint32_t size) {
    const std::uint32_t vector[2] = {16, size};
    return {FileFunction::kFdRead,
            {fd, 0, 1, 8},
            std::string(reinterpret_cast<const char*>(vector), sizeof vector),
            8,
            8 + size,
            FileCall::Outputs::kCounted};
  }
  static std::uint32_t number_in(const wasm::FileAnswer& answer) {
    std::uint32_t number = 0;
    std::memcpy(&number, answer.outputs.data(), sizeof number);
    return number;
  }

  fs::path root_;
  FoldersServer::Limits limits_;
  base::File done_{eventfd(0, EFD_CLOEXEC)};
  link::FrameReader reader_;
  std::optional<wasm::FileAnswer> answer_;
  std::uint32_t id_ = 0;
  std::optional<FoldersServer> server_;
};

TEST_F(FoldersServerTest, GuestReadsItsWorkersFolderAndNoOther) {
  auto opened = ask(0, 7, open_call(3, "file"));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->error, kOk);
  EXPECT_EQ(number_in(*opened), 4U);
  const auto content = ask(0, 7, read_call(4, 100));
  ASSERT_TRUE(content);
  EXPECT_EQ(content->outputs.substr(8), "one");
  EXPECT_EQ(ask(0, 7, open_call(3, "../two/file"))->error, kPerm);
  EXPECT_EQ(ask(0, 7, open_call(3, "../outside/file"))->error, kPerm);
  EXPECT_EQ(ask(0, 7, open_call(3, (root_ / "outside" / "file").string()))->error, kPerm);
  EXPECT_EQ(ask(0, 7, open_call(3, "no"))->error, kNoent);
}

TEST_F(FoldersServerTest, GuestKeepsTheMountsOfItsFirstCallWhateverLaterOnesName) {
  EXPECT_EQ(ask(1, 7, open_call(3, "new", kWrite, 1))->error, kRofs);
  EXPECT_EQ(ask(0, 7, open_call(3, "new", kWrite, 1))->error, kRofs);
  EXPECT_FALSE(fs::exists(root_ / "one" / "new"));
  EXPECT_FALSE(fs::exists(root_ / "two" / "new"));
}

TEST_F(FoldersServerTest, GuestsOfTheSameNumberBehindTwoLinksAreTwo) {
  EXPECT_EQ(ask(0, 7, open_call(3, "file"), 1)->error, kOk);
  EXPECT_EQ(ask(0, 7, read_call(4, 10), 2)->error, kBadf);
}

TEST_F(FoldersServerTest, MountsThatAreNotThereCutOff) {
  EXPECT_FALSE(ask(2, 7, open_call(3, "file")));
  EXPECT_FALSE(ask(0xFFFF, 7, open_call(3, "file")));
}

TEST_F(FoldersServerTest, DescriptorsThatAreNotTheGuestsAreNone) {
  for (const std::uint64_t fd : {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{2}, std::uint64_t{4},
                                 std::uint64_t{0xFFFFFFFF}, std::uint64_t{1} << 40}) {
    EXPECT_EQ(ask(0, 9, open_call(fd, "file"))->error, kBadf) << fd;
    EXPECT_EQ(ask(0, 9, read_call(fd, 10))->error, kBadf) << fd;
  }
}

TEST_F(FoldersServerTest, ImagesAreHeldToTheirSize) {
  FileCall call = open_call(3, "file");
  call.outputs_at = 0xFFFFFFF0;
  EXPECT_FALSE(ask(0, 7, call));
  call = open_call(3, "file");
  call.outputs_size = wasm::kLargestImage + 1;
  EXPECT_FALSE(ask(0, 7, call));
  call = open_call(3, "a longer path than the outputs leave room for");
  call.outputs_at = 8;
  EXPECT_FALSE(ask(0, 7, call));
}

TEST_F(FoldersServerTest, AddressesOutsideOfTheImageAreFaults) {
  FileCall call = open_call(3, "file");
  call.arguments[3] = 0xFFFFFFFF;  // the path's size
  EXPECT_EQ(ask(0, 7, call)->error, kFault);
  call = open_call(3, "file");
  call.arguments[2] = 0xFFFFFFFC;  // its address
  EXPECT_EQ(ask(0, 7, call)->error, kFault);
  EXPECT_EQ(ask(0, 7, open_call(3, "file"))->error, kOk);
  call = read_call(4, 16);
  call.inputs.replace(4, 4, "\xFF\xFF\xFF\x7F");  // the vector's size
  EXPECT_EQ(ask(0, 7, call)->error, kFault);
  call = read_call(4, 16);
  call.inputs.replace(0, 4, "\xF0\xFF\xFF\xFF");
  EXPECT_EQ(ask(0, 7, call)->error, kFault);
}

TEST_F(FoldersServerTest, GuestHasAsManyDescriptorsAsItMayHave) {
  for (int i = 0; i < 7; ++i) EXPECT_EQ(ask(0, 7, open_call(3, "file"))->error, kOk);
  EXPECT_EQ(ask(0, 7, open_call(3, "file"))->error, kMfile);
  EXPECT_EQ(ask(0, 8, open_call(3, "file"))->error, kOk);
}

/// The guest's process has the streams; here their numbers are taken, and are worth no file.
TEST_F(FoldersServerTest, NumbersOfStreamsArePassedOnAndLeadToNothing) {
  const auto renumber = [&](std::uint64_t from, std::uint64_t to) {
    return ask(0, 7, {FileFunction::kFdRenumber, {from, to}, {}, 0, 0, FileCall::Outputs::kWhole})->error;
  };
  EXPECT_EQ(number_in(*ask(0, 7, open_call(3, "file"))), 4U);
  for (std::uint16_t function = 0; function < wasm::kFileFunctions; ++function) {
    const auto wanted = FileFunction{function};
    if (wanted == FileFunction::kFdClose || wanted == FileFunction::kFdRenumber) continue;
    FileCall call = wanted == FileFunction::kPathOpen ? open_call(1, "file") : read_call(1, 8);
    call.function = wanted;
    EXPECT_NE(ask(0, 7, call)->error, kOk) << function;
  }
  EXPECT_EQ(renumber(1, 4), kOk);  // a stream in the place of a file
  EXPECT_EQ(ask(0, 7, read_call(4, 10))->error, kBadf);
  EXPECT_EQ(renumber(1, 4), kBadf);
  EXPECT_EQ(number_in(*ask(0, 7, open_call(3, "file"))), 1U);
  EXPECT_EQ(renumber(1, 2), kOk);  // a file in the place of a stream
  EXPECT_EQ(ask(0, 7, read_call(2, 10))->error, kOk);
}

TEST_F(FoldersServerTest, EndOfAGuestClosesWhatItHadOpen) {
  EXPECT_EQ(ask(0, 7, open_call(3, "file"))->error, kOk);
  EXPECT_EQ(server_->guests(), 1U);
  std::string payload;
  encode(7, payload);
  EXPECT_EQ(send(2, 0, payload), FoldersServer::Verdict::kGood);
  EXPECT_EQ(server_->guests(), 0U);
  EXPECT_EQ(ask(0, 7, read_call(4, 10))->error, kBadf);
  server_->remove_client(1);
  EXPECT_EQ(server_->guests(), 0U);
}

TEST_F(FoldersServerTest, SecondCallOfABusyGuestCutsOff) {
  std::string payload;
  encode(7, open_call(3, "file"), payload);
  EXPECT_EQ(send(1, 0, payload), FoldersServer::Verdict::kGood);
  EXPECT_EQ(send(1, 0, payload), FoldersServer::Verdict::kBroken);
  server_->remove_client(1);  // with the call under way, or done
}

TEST_F(FoldersServerTest, FramesThatAreNoneCutOff) {
  EXPECT_EQ(send(0, 0, ""), FoldersServer::Verdict::kBroken);
  EXPECT_EQ(send(3, 0, ""), FoldersServer::Verdict::kBroken);
  EXPECT_EQ(send(1, 0, "short"), FoldersServer::Verdict::kBroken);
  EXPECT_EQ(send(2, 0, "short"), FoldersServer::Verdict::kBroken);
  EXPECT_EQ(send(2, 0, "longer than a guest's number"), FoldersServer::Verdict::kBroken);
  EXPECT_EQ(send(0xFFFF, 0, std::string(96, '\xFF')), FoldersServer::Verdict::kBroken);
}

/// Whatever is said, what is outside stays as it is.
TEST_F(FoldersServerTest, RandomCallsReachNothingOutside) {
  std::mt19937_64 random(16);  // NOLINT: the same each time
  const std::vector<std::string> paths = {"file",
                                          "../outside/file",
                                          "..",
                                          ".",
                                          "/",
                                          "/etc/passwd",
                                          "x",
                                          "../two/file",
                                          "x/../../outside/file",
                                          std::string("a\0b", 3),
                                          "\xFF",
                                          ""};
  std::size_t cut_off = 0;
  for (int i = 0; i < 20'000; ++i) {
    const std::string& path = paths[random() % paths.size()] + (random() % 4 == 0 ? "/" : "");
    FileCall call;
    call.function = FileFunction{static_cast<std::uint16_t>(random() % (wasm::kFileFunctions + 2))};
    call.inputs = std::string(reinterpret_cast<const char*>(&i), 4) + std::string(12, '\0') + path + path;
    call.outputs_at = static_cast<std::uint32_t>(call.inputs.size() + random() % 16);
    call.outputs_size = static_cast<std::uint32_t>(random() % 200);
    call.outputs = FileCall::Outputs{static_cast<std::uint32_t>(random() % 2)};
    for (std::uint64_t& argument : call.arguments) {
      constexpr std::array<std::uint64_t, 4> kOften = {3, 16, 0, 4};
      argument = random() % 3 != 0 ? kOften.at(random() % 4) : random() % 2 != 0 ? path.size() : random();
    }
    if (call.function == FileFunction::kFdAllocate || call.function == FileFunction::kFdFilestatSetSize)
      call.arguments[1] %= 1 << 20;  // the disk is others' too
    if (call.function == FileFunction::kFdAllocate) call.arguments[2] %= 1 << 20;
    if (call.function == FileFunction::kFdPwrite) call.arguments[3] %= 1 << 20;
    if (call.function == FileFunction::kFdSeek) call.arguments[1] %= 1 << 20;
    if (!ask(random() % 2, random() % 4, call)) ++cut_off;
  }
  EXPECT_LT(cut_off, 20'000U);
  std::string content;
  std::ifstream(root_ / "outside" / "file") >> content;
  EXPECT_EQ(content, "outside");
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "outside"), {}), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(root_ / "two"), {}), 1);
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), {}), 3);
}

}  // namespace
}  // namespace wws::folders
