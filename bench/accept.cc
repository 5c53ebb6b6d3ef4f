// How two serving processes share their clients when one of them is full of spinning guests
// (docs/adr/0005-shared-listener.md).
//
// usage: accept shared|reuseport CONNECTIONS
//
// Two processes on two cores answer requests of 50 microseconds of work; the first spends a millisecond
// between any two looks at its sockets, as one with guests that spin does. Clients open their connections
// one after the other, keep them, and send 40 requests each. Prints how many connections each process
// got, and p50 and p99 of the answers.
#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kRequests = 40;

void spend(std::chrono::microseconds time) {
  const auto end = Clock::now() + time;
  while (Clock::now() < end) {
  }
}

int listen_on(std::uint16_t port, bool reuse) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
  const int on = 1;
  if (reuse) setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(fd, 1024) != 0)
    std::abort();
  return fd;
}

std::uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}

[[noreturn]] void serve(int listener, bool has_spinners, std::atomic<int>& accepted) {
  const int set = epoll_create1(0);
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = listener;
  epoll_ctl(set, EPOLL_CTL_ADD, listener, &event);
  while (true) {
    if (has_spinners) spend(std::chrono::microseconds(1000));
    epoll_event events[64];
    const int count = epoll_wait(set, events, 64, has_spinners ? 0 : -1);
    for (int i = 0; i < count; ++i) {
      if (events[i].data.fd == listener) {
        const int fd = accept4(listener, nullptr, nullptr, SOCK_NONBLOCK);
        if (fd < 0) continue;
        ++accepted;
        event.data.fd = fd;
        epoll_ctl(set, EPOLL_CTL_ADD, fd, &event);
        continue;
      }
      char byte = 0;
      if (read(events[i].data.fd, &byte, 1) != 1) {
        close(events[i].data.fd);
        continue;
      }
      spend(std::chrono::microseconds(50));
      if (write(events[i].data.fd, &byte, 1) != 1) close(events[i].data.fd);
    }
  }
}

int connect_to(std::uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) std::abort();
  return fd;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) {
    fmt::print(stderr, "usage: accept shared|reuseport CONNECTIONS\n");
    return 2;
  }
  const bool reuse = std::string(argv[1]) == "reuseport";
  const int connections = std::atoi(argv[2]);
  auto* accepted = new (mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0))
      std::atomic<int>[2];
  const int first = listen_on(0, reuse);
  const std::uint16_t port = port_of(first);
  const int second = reuse ? listen_on(port, true) : first;
  pid_t children[2];
  for (int i = 0; i < 2; ++i) {
    children[i] = fork();
    if (children[i] != 0) continue;
    cpu_set_t core;
    CPU_ZERO(&core);
    CPU_SET(i, &core);
    sched_setaffinity(0, sizeof core, &core);
    serve(i == 0 ? first : second, i == 0, accepted[i]);
  }
  std::vector<int> clients;
  std::vector<double> times;
  for (int i = 0; i < connections; ++i) {
    clients.push_back(connect_to(port));
    usleep(500);  // few clients, not a flood
  }
  for (int request = 0; request < kRequests; ++request) {
    for (const int client : clients) {
      const auto began = Clock::now();
      char byte = 'x';
      if (write(client, &byte, 1) != 1 || read(client, &byte, 1) != 1) std::abort();
      times.push_back(std::chrono::duration<double, std::milli>(Clock::now() - began).count());
    }
  }
  for (const pid_t child : children) kill(child, SIGKILL);
  while (wait(nullptr) > 0) {
  }
  std::sort(times.begin(), times.end());
  fmt::print("{}: connections of the busy process {}, of the idle one {}; p50 {:.2f} ms, p99 {:.2f} ms\n",
             argv[1], accepted[0].load(), accepted[1].load(), times[times.size() / 2],
             times[times.size() * 99 / 100]);
}
