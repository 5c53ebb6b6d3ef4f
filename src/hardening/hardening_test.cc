#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/openat2.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "hardening/confinement.h"
#include "hardening/identity.h"
#include "hardening/landlock.h"
#include "hardening/policy.h"
#include "hardening/roles.h"
#include "hardening/system_call_filter.h"

namespace wws::hardening {
namespace {

namespace fs = std::filesystem;

/// A folder with a file in it that is gone after the test.
class Folder {
 public:
  Folder() : path_(fs::temp_directory_path() / "wws-hardening-XXXXXX") {
    std::string name = path_.string();
    EXPECT_NE(mkdtemp(name.data()), nullptr);
    path_ = name;
    std::ofstream(path_ / "file") << "content";
  }
  ~Folder() { fs::remove_all(path_); }

  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

/// The status, as of waitpid, of a process that does this and exits with what it returns.
int status_of(const std::function<int()>& work) {
  const pid_t pid = fork();
  if (pid == 0) _exit(work());
  int status = -1;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  return status;
}

int exit_status_of(const std::function<int()>& work) {
  const int status = status_of(work);
  EXPECT_TRUE(WIFEXITED(status)) << status;
  return WEXITSTATUS(status);
}

int signal_of(const std::function<int()>& work) {
  const int status = status_of(work);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/// 0, or the errno of a system call that failed.
int error_of(long result) { return result < 0 ? errno : 0; }

long open_with_openat2(int folder, const char* path, std::uint64_t flags) {
  open_how how{};
  how.flags = flags;
  how.mode = (flags & O_CREAT) != 0 ? 0600 : 0;
  return syscall(SYS_openat2, folder, path, &how, sizeof how);
}

TEST(Policy, CrossesACommandLine) {
  for (const Policy& policy : {Policy{Mode::kOn, {}}, Policy{Mode::kRequired, Identity{65534, 7}},
                               Policy{Mode::kOff, Identity{1, 0}}}) {
    const auto read = parse_policy(to_argument(policy));
    ASSERT_TRUE(read) << to_argument(policy);
    EXPECT_EQ(*read, policy);
  }
  EXPECT_EQ(to_argument({Mode::kOn, Identity{65534, 7}}), "on,65534:7");
}

TEST(Policy, ThatNobodyWroteIsRefused) {
  for (const char* text :
       {"", "yes", "on,", "on,1", "on,1:", "on,:1", "on,1:x", "on,1:2:3", "on,-1:2", "on 1:2"}) {
    EXPECT_FALSE(parse_policy(text)) << text;
  }
}

TEST(FindIdentity, KnowsNamesAndNumbers) {
  const auto by_name = find_identity("nobody");
  ASSERT_TRUE(by_name) << by_name.error().message;
  EXPECT_NE(by_name->user, 0U);
  EXPECT_EQ(*find_identity(std::to_string(by_name->user)), *by_name);
  EXPECT_EQ(*find_identity("nobody:7"), (Identity{by_name->user, 7}));
  EXPECT_EQ(*find_identity("nobody:root"), (Identity{by_name->user, 0}));
  EXPECT_EQ(*find_identity("123456:7"), (Identity{123456, 7}));
}

TEST(FindIdentity, RefusesWhomNobodyKnowsAndTheSuperuser) {
  for (const char* text : {"", "no-such-user", "nobody:", "nobody:no-such-group", "123456", "root", "0",
                           "0:7", "4294967295:7", ":nobody"}) {
    const auto found = find_identity(text);
    ASSERT_FALSE(found) << text;
    EXPECT_EQ(found.error().code, ErrorCode::kBadUsage) << text;
  }
}

TEST(Become, IsForGood) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become someone else";
  EXPECT_EQ(exit_status_of([] {
              if (!become({65534, 7})) return 1;
              if (getuid() != 65534 || geteuid() != 65534 || getgid() != 7 || getegid() != 7) return 2;
              if (getgroups(0, nullptr) != 0) return 3;
              if (setuid(0) == 0 || setgroups(0, nullptr) == 0) return 4;
              return open("/proc/self/pagemap", O_RDONLY) >= 0 ? 0 : 5;
            }),
            0);
}

TEST(Become, FailsForWhoIsNotRoot) {
  EXPECT_EQ(exit_status_of([] {
              if (geteuid() == 0 && !become({65534, 65534})) return 1;
              return become({1, 1}) ? 2 : 0;
            }),
            0);
}

TEST(CheckAccess, TellsWhoCannotReadWhat) {
  if (geteuid() != 0) GTEST_SKIP() << "only root can become someone else";
  const Folder folder;
  const auto hidden = check_access({65534, 65534}, folder.path(), Access::kSearch);
  ASSERT_FALSE(hidden);
  EXPECT_EQ(hidden.error().code, ErrorCode::kBadProject);
  EXPECT_NE(hidden.error().message.find("Permission denied"), std::string::npos) << hidden.error().message;
  chmod(folder.path().c_str(), 0711);
  EXPECT_TRUE(check_access({65534, 65534}, folder.path(), Access::kSearch));
  EXPECT_FALSE(check_access({65534, 65534}, folder.path(), Access::kRead));
  chmod(folder.path().c_str(), 0755);
  EXPECT_TRUE(check_access({65534, 65534}, folder.path(), Access::kRead));
}

TEST(Landlock, LeavesReadingBeneathTheFolder) {
  const Folder folder;
  const int status = exit_status_of([&] {
    const int above = open(folder.path().parent_path().c_str(), O_PATH | O_DIRECTORY);
    const int project = open(folder.path().c_str(), O_PATH | O_DIRECTORY);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    if (!limit_files(roles::kServingFolders, {folder.path()})) return 100;
    if (open_with_openat2(project, "file", O_RDONLY) < 0) return 1;
    if (error_of(open_with_openat2(project, "file", O_RDWR)) != EACCES) return 2;
    if (error_of(open_with_openat2(project, "new", O_WRONLY | O_CREAT)) != EACCES) return 3;
    if (error_of(open_with_openat2(above, ".", O_RDONLY | O_DIRECTORY)) != EACCES) return 4;
    if (error_of(open("/etc/passwd", O_RDONLY)) != EACCES) return 5;
    return 0;
  });
  if (status == 100) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(status, 0);
}

TEST(Landlock, LeavesWritingWhereItIsAllowed) {
  const Folder folder;
  const int status = exit_status_of([&] {
    const int project = open(folder.path().c_str(), O_PATH | O_DIRECTORY);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    constexpr std::array kFolders = {FolderRights{hardening::Folder::kProject, Rights::kWrite}};
    if (!limit_files(kFolders, {folder.path()})) return 100;
    if (open_with_openat2(project, "new", O_WRONLY | O_CREAT) < 0) return 1;
    if (renameat(project, "new", project, "newer") != 0 || unlinkat(project, "newer", 0) != 0) return 2;
    if (symlinkat("file", project, "link") != 0 || unlinkat(project, "link", 0) != 0) return 3;
    if (error_of(mkfifoat(project, "pipe", 0600)) != EACCES) return 5;
    const std::string outside = folder.path().string() + ".outside";
    if (error_of(symlinkat("file", AT_FDCWD, outside.c_str())) != EACCES) return 6;
    return error_of(open("/etc/passwd", O_RDONLY)) == EACCES ? 0 : 4;
  });
  if (status == 100) GTEST_SKIP() << "this kernel has no Landlock";
  EXPECT_EQ(status, 0);
}

/// From here on the process has a kernel without this call.
void take_away(int call) {
  void* filter = seccomp_init(SCMP_ACT_ALLOW);
  seccomp_rule_add(filter, SCMP_ACT_ERRNO(ENOSYS), call, 0);
  seccomp_load(filter);
  seccomp_release(filter);
}

/// Where Landlock was missing, `required` went on without it.
TEST(ConfinementRequired, FailsWhereALayerIsMissing) {
  if (!can_filter() || !can_limit_files()) GTEST_SKIP() << "this system has no layers to take away";
  const Folder folder;
  for (const int call : {SCMP_SYS(landlock_create_ruleset), SCMP_SYS(seccomp)}) {
    const auto confined_as = [&](Mode mode) {
      return exit_status_of([&] {
        take_away(call);
        const auto confined = confine(mode, kServing, {folder.path()});
        if (!confined) return 1;
        return open("/etc/passwd", O_RDONLY) < 0 ? 0 : 2;  // the other layer is there
      });
    };
    EXPECT_EQ(confined_as(Mode::kRequired), 1) << call;
    EXPECT_EQ(confined_as(Mode::kOn), 0) << call;
  }
}

TEST(CanLimitFiles, SaysWhatIsMissing) {
  if (!can_filter() || !can_limit_files()) GTEST_SKIP() << "this system has no layers to take away";
  EXPECT_EQ(exit_status_of([] {
              take_away(SCMP_SYS(landlock_create_ruleset));
              const auto can = can_limit_files();
              return !can && can.error().message.find("Landlock") != std::string::npos ? 0 : 1;
            }),
            0);
}

/// Processes that are confined and then try something. Where nothing is filtered they are left out.
class Confinement : public testing::Test {
 protected:
  void SetUp() override {
    if (const auto can = can_filter(); !can) GTEST_SKIP() << can.error().message;
  }

  std::function<int()> serving(const std::function<int()>& work) {
    return [this, work] { return confine(Mode::kRequired, kServing, {folder_.path()}) ? work() : 200; };
  }
  static std::function<int()> compiling(const std::function<int()>& work) {
    return [work] { return confine(Mode::kRequired, kCompiling) ? work() : 200; };
  }

  Folder folder_;
};

/// What both may do.
int ordinary_work() {
  if (error_of(prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0)) != EPERM) return 1;  // on no list
  timespec time{};
  if (syscall(SYS_clock_gettime, CLOCK_THREAD_CPUTIME_ID, &time) != 0) return 2;
  if (std::chrono::system_clock::now().time_since_epoch().count() == 0) return 3;
  std::vector<char> memory(std::size_t{64} << 20, 'x');  // from mmap
  memory.resize(memory.size() * 2);                      // by mremap
  void* code = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (code == MAP_FAILED || mprotect(code, 4096, PROT_READ | PROT_EXEC) != 0) return 4;
  struct stat status{};
  if (fstat(STDERR_FILENO, &status) != 0) return 5;
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  std::signal(SIGUSR1, SIG_IGN);
  if (std::raise(SIGUSR1) != 0) return 6;
  try {
    throw std::runtime_error("caught");
  } catch (const std::runtime_error&) {
    return 0;
  }
}

TEST_F(Confinement, LeavesOrdinaryWork) {
  EXPECT_EQ(exit_status_of(serving(&ordinary_work)), 0);
  EXPECT_EQ(exit_status_of(compiling(&ordinary_work)), 0);
}

TEST_F(Confinement, LeavesAnOrderlyAbort) {
  EXPECT_EQ(signal_of(serving([]() -> int { std::abort(); })), SIGABRT);
  EXPECT_EQ(signal_of(compiling([]() -> int { std::abort(); })), SIGABRT);
}

TEST_F(Confinement, EndsAProcessThatStartsAProgramOrLooksIntoOthers) {
  const std::vector<std::function<int()>> attacks = {
      [] { return execl("/bin/true", "true", nullptr); },
      [] { return static_cast<int>(syscall(SYS_execveat, AT_FDCWD, "/bin/true", nullptr, nullptr, 0)); },
      [] { return static_cast<int>(ptrace(PTRACE_ATTACH, getppid(), nullptr, nullptr)); },
      [] { return static_cast<int>(syscall(SYS_process_vm_readv, getppid(), nullptr, 0, nullptr, 0, 0)); },
      [] { return static_cast<int>(syscall(SYS_bpf, 0, nullptr, 0)); },
      [] { return static_cast<int>(syscall(SYS_io_uring_setup, 1, nullptr)); },
      [] { return static_cast<int>(syscall(SYS_mount, "a", "/", "tmpfs", 0, nullptr)); },
      [] { return static_cast<int>(syscall(SYS_unshare, 0)); },
      [] { return static_cast<int>(syscall(SYS_setresuid, 0, 0, 0)); },
      [] { return static_cast<int>(syscall(SYS_userfaultfd, 0)); },
      [] { return static_cast<int>(syscall(SYS_keyctl, 0)); },
  };
  for (std::size_t i = 0; i < attacks.size(); ++i) {
    EXPECT_EQ(signal_of(serving(attacks[i])), SIGSYS) << i;
    EXPECT_EQ(signal_of(compiling(attacks[i])), SIGSYS) << i;
  }
}

TEST_F(Confinement, RefusesWhatIsOnNoList) {
  const std::vector<std::function<long()>> calls = {
      [] { return socket(AF_INET, SOCK_STREAM, 0); },
      [] { return open("/etc/passwd", O_RDONLY); },
      [] { return open("/tmp/wws-hardening-test", O_WRONLY | O_CREAT, 0600); },
      [] { return unlink("/tmp/wws-hardening-test"); },
      [] { return kill(getppid(), 0); },
      [] { return syscall(SYS_tgkill, getppid(), getppid(), 0); },
      [] { return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0); },
      [] { return syscall(SYS_clone3, nullptr, 0); },
      [] { return syscall(SYS_ioctl, STDERR_FILENO, 0x5412, "x"); },  // TIOCSTI: types into a terminal
      [] { return fcntl(STDERR_FILENO, F_SETOWN, getppid()); },
      [] { return connect(STDERR_FILENO, nullptr, 0); },
      [] { return listen(STDERR_FILENO, 1); },
  };
  for (std::size_t i = 0; i < calls.size(); ++i) {
    const auto work = [&] { return error_of(calls[i]()); };
    EXPECT_EQ(exit_status_of(serving(work)), EPERM) << i;
    EXPECT_EQ(exit_status_of(compiling(work)), EPERM) << i;
  }
}

TEST_F(Confinement, HasNoFilesInMemory) {
  const auto work = [] { return error_of(syscall(SYS_memfd_create, "x", 0)); };
  EXPECT_EQ(exit_status_of(serving(work)), EPERM);
  EXPECT_EQ(exit_status_of(compiling(work)), ENOSYS);  // which the engine takes for an old kernel, and copes
}

TEST_F(Confinement, LeavesAServingProcessItsSocketsAndFiles) {
  EXPECT_EQ(exit_status_of([this] {
              std::array<int, 2> ends{};
              if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return 1;
              const int project = open(folder_.path().c_str(), O_PATH | O_DIRECTORY);
              if (!confine(Mode::kRequired, kServing, {folder_.path()})) return 2;
              if (send(ends[0], "x", 1, 0) != 1) return 3;
              char byte = 0;
              if (recv(ends[1], &byte, 1, 0) != 1 || byte != 'x') return 4;
              if (open_with_openat2(project, "file", O_RDONLY | O_CLOEXEC) < 0) return 5;
              // Standard input may have been a terminal.
              return read(STDIN_FILENO, &byte, 1) == 0 ? 0 : 6;
            }),
            0);
}

/// One process that was taken over could end the listening socket of all, or make it block or linger for all.
TEST_F(Confinement, KeepsAServingProcessFromChangingWhatItShares) {
  EXPECT_EQ(
      exit_status_of([this] {
        const int opened = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        if (listen(opened, 1) != 0) return 1;
        for (const int shared : {4, kSharedDescriptors - 1}) {
          if (dup2(opened, shared) < 0) return 2;
        }
        for (const int own : {kSharedDescriptors, 63, 100}) {
          if (dup2(opened, own) < 0) return 3;
        }
        const linger linger = {1, 0};
        int off = 0;
        const std::vector<std::function<long(long)>> changes = {
            [&](long fd) {
              return syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
            },
            [&](long fd) { return syscall(SYS_setsockopt, fd, IPPROTO_TCP, TCP_NODELAY, &off, sizeof off); },
            [&](long fd) { return syscall(SYS_fcntl, fd, F_SETFL, O_NONBLOCK); },
            [&](long fd) { return syscall(SYS_ioctl, fd, FIONBIO, &off); },
            [&](long fd) { return syscall(SYS_dup, fd); },
            [&](long fd) { return syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, 0); },
            [&](long fd) { return syscall(SYS_shutdown, fd, SHUT_RD); },
        };
        if (!confine(Mode::kRequired, kServing, {folder_.path()})) return 4;
        for (std::size_t i = 0; i < changes.size(); ++i) {
          // The kernel takes the lower half of the register only.
          for (const long shared : {4L, kSharedDescriptors - 1L, 0x10'0000'0004L, 0x7F'0000'000FL}) {
            if (error_of(changes[i](shared)) != EPERM) return 10 + static_cast<int>(i);
          }
        }
        for (std::size_t i = 0; i < changes.size(); ++i) {
          for (const long own : {static_cast<long>(kSharedDescriptors), 63L, 100L}) {
            if (error_of(changes[i](own)) == EPERM) return 20 + static_cast<int>(i);
          }
        }
        // What is done to a listener and shuts nothing down.
        if (error_of(accept4(4, nullptr, nullptr, SOCK_CLOEXEC)) == EPERM) return 30;
        if (error_of(listen(4, 0)) != EPERM || error_of(connect(4, nullptr, 0)) != EPERM) return 31;
        if (error_of(bind(4, nullptr, 0)) != EPERM) return 32;
        if (error_of(syscall(SYS_dup3, 4, 40, 0)) != EPERM) return 33;
        return 0;
      }),
      0);
}

TEST_F(Confinement, LeavesAnEgressChildConnectionsToOthersAndNoFiles) {
  EXPECT_EQ(
      exit_status_of([this] {
        const int project = open(folder_.path().c_str(), O_PATH | O_DIRECTORY);
        if (!confine(Mode::kRequired, kReaching)) return 1;
        for (const int family : {AF_INET, AF_INET6}) {
          for (const int type : {SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, SOCK_DGRAM | SOCK_CLOEXEC}) {
            if (socket(family, type, 0) < 0) return 2;
          }
        }
        const int tcp = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        sockaddr_in nobody{};
        nobody.sin_family = AF_INET;
        nobody.sin_port = htons(1);
        nobody.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        const auto* address = reinterpret_cast<const sockaddr*>(&nobody);
        const int error = error_of(connect(tcp, address, sizeof nobody));
        if (error != ECONNREFUSED && error != EINPROGRESS) return 3;
        const int other = socket(AF_INET, SOCK_STREAM, 0);
        if (error_of(bind(other, address, sizeof nobody)) != EPERM) return 4;
        if (error_of(listen(other, 1)) != EPERM) return 5;
        if (error_of(accept(other, nullptr, nullptr)) != EPERM) return 6;
        if (error_of(socket(AF_UNIX, SOCK_STREAM, 0)) != EPERM) return 7;
        if (error_of(socket(AF_NETLINK, SOCK_DGRAM, 0)) != EPERM) return 8;
        if (error_of(socket(AF_INET, SOCK_RAW, IPPROTO_TCP)) != EPERM) return 9;
        if (error_of(socket(AF_PACKET, SOCK_DGRAM, 0)) != EPERM) return 10;
        if (error_of(open_with_openat2(project, "file", O_RDONLY)) != EPERM) return 11;
        if (error_of(open("/etc/hosts", O_RDONLY)) != EPERM) return 12;
        return 0;
      }),
      0);
  EXPECT_EQ(
      signal_of([] { return confine(Mode::kRequired, kReaching) ? execl("/bin/true", "true", nullptr) : 0; }),
      SIGSYS);
}

TEST_F(Confinement, LeavesACompileChildNeither) {
  EXPECT_EQ(exit_status_of([this] {
              std::array<int, 2> ends{};
              if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return 1;
              const int project = open(folder_.path().c_str(), O_PATH | O_DIRECTORY);
              if (!confine(Mode::kRequired, kCompiling)) return 2;
              if (error_of(send(ends[0], "x", 1, 0)) != EPERM) return 3;
              if (error_of(open_with_openat2(project, "file", O_RDONLY)) != EPERM) return 4;
              return 0;
            }),
            0);
}

TEST_F(Confinement, LetsAStoreChildConnectByTcpAndNoMore) {
  EXPECT_EQ(
      exit_status_of([this] {
        const int listener = socket(AF_INET, SOCK_STREAM, 0);
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t size = sizeof address;
        if (bind(listener, reinterpret_cast<sockaddr*>(&address), size) != 0 || listen(listener, 1) != 0)
          return 1;
        if (getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 2;
        if (!confine(Mode::kRequired, kStoringInRedis)) return 3;
        const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        if (client < 0) return 4;
        if (connect(client, reinterpret_cast<sockaddr*>(&address), size) != 0 && errno != EINPROGRESS)
          return 5;
        int on = 1;
        if (setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on) != 0) return 6;
        if (socket(AF_INET6, SOCK_STREAM, 0) < 0 && errno == EPERM) return 7;
        if (error_of(socket(AF_INET, SOCK_DGRAM, 0)) != EPERM) return 8;
        if (error_of(socket(AF_INET, SOCK_RAW, 0)) != EPERM) return 9;
        if (error_of(socket(AF_UNIX, SOCK_STREAM, 0)) != EPERM) return 10;
        if (error_of(socket(AF_NETLINK, SOCK_RAW, 0)) != EPERM) return 11;
        if (error_of(bind(client, reinterpret_cast<sockaddr*>(&address), size)) != EPERM) return 12;
        if (error_of(listen(client, 1)) != EPERM || error_of(accept(listener, nullptr, nullptr)) != EPERM)
          return 13;
        if (error_of(setsockopt(client, SOL_SOCKET, SO_MARK, &on, sizeof on)) != EPERM) return 14;
        if (error_of(open((folder_.path() / "file").c_str(), O_RDONLY)) != EPERM) return 15;
        if (error_of(open_with_openat2(AT_FDCWD, "/etc/hosts", O_RDONLY)) != EPERM) return 16;
        return error_of(syscall(SYS_clone, 0, 0, 0, 0, 0)) == EPERM ? 0 : 17;
      }),
      0);
}

TEST_F(Confinement, LetsAStoreChildAskForNames) {
  if (const auto can = can_limit_files(); !can) GTEST_SKIP() << can.error().message;
  EXPECT_EQ(exit_status_of([this] {
              FolderPaths paths;
              paths.mounted = {{"/etc", Rights::kRead}, {"/no/such/folder", Rights::kRead}};
              bool has_started = false;
              const auto start = [&] { has_started = true; };
              if (!confine(Mode::kRequired, kStoringInNamedRedis, paths, start)) return 1;
              if (!has_started) return 2;
              if (socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0) < 0) return 3;
              if (open("/etc/passwd", O_RDONLY) < 0) return 4;
              if (error_of(open("/etc/passwd", O_RDWR)) != EPERM) return 5;
              if (error_of(open((folder_.path() / "file").c_str(), O_RDONLY)) != EACCES) return 6;
              if (error_of(open((folder_.path() / "new").c_str(), O_WRONLY | O_CREAT, 0600)) != EPERM)
                return 7;
              if (error_of(socket(AF_UNIX, SOCK_STREAM, 0)) != EPERM) return 8;
              return error_of(socket(AF_INET, SOCK_RAW, 0)) == EPERM ? 0 : 9;
            }),
            0);
}

TEST(ConfinementOff, ChangesNothing) {
  const Folder folder;
  EXPECT_EQ(exit_status_of([&] {
              if (!confine(Mode::kOff, kServing, {folder.path()}) || !confine(Mode::kOff, kCompiling))
                return 1;
              if (prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 0) return 2;
              return open("/dev/null", O_WRONLY) >= 0 ? 0 : 3;
            }),
            0);
}

}  // namespace
}  // namespace wws::hardening
