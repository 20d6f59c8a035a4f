#include "query/server.h"

#include <cerrno>
#include <cstdint>
#include <new>
#include <system_error>
#include <utility>
#include <vector>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "query/protocol.h"
#include "query/run_query.h"

namespace rs::query {
namespace {

// A reader that stops reading holds the table's lock, and no checkpoint is made meanwhile.
constexpr timeval kSendLimit = {.tv_sec = 30, .tv_usec = 0};
constexpr timeval kReceiveLimit = {.tv_sec = 5, .tv_usec = 0};
constexpr int kInterruptAgain = 20;  // Milliseconds; see interrupt_the_gone().
constexpr int kRetryAccept = 50;     // Milliseconds, when the process is out of descriptors.

}  // namespace

struct QueryServer::Client {
  explicit Client(int socket_) : socket(socket_) {}

  const int socket;
  bool gone = false;  // Of the watcher.
  std::thread thread;
  Mutex mutex;
  duckdb::LocalSession* session GUARDED_BY(mutex) = nullptr;  // While its query runs.
  bool finished GUARDED_BY(mutex) = false;
};

// While it lives, the watcher can interrupt the session.
class QueryServer::Loan {
 public:
  Loan(Client& client, duckdb::LocalSession* session) : client_(client) { set(session); }
  ~Loan() { set(nullptr); }
  Loan(const Loan&) = delete;
  Loan& operator=(const Loan&) = delete;

 private:
  void set(duckdb::LocalSession* session) {
    const MutexLock lock(client_.mutex);
    client_.session = session;
  }
  Client& client_;
};

QueryServer::QueryServer(std::string data_dir, duckdb::LocalStore& store)
    : data_dir_(std::move(data_dir)), store_(store) {}
QueryServer::~QueryServer() {
  stop();
}

Result<void> QueryServer::start() {
  RS_TRY(listener_, listen_for_queries(data_dir_));
  wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  {
    const MutexLock lock(mutex_);
    stopping_ = false;
  }
  watcher_ = std::thread([this] { watch(); });
  return {};
}

void QueryServer::stop() {
  if (!watcher_.joinable()) return;
  (void)::unlink(query_socket_path(data_dir_).c_str());
  {
    const MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake();
  watcher_.join();
  ::close(listener_);
  ::close(wake_);
}

void QueryServer::wake() {
  const std::uint64_t one = 1;
  (void)!::write(wake_, &one, sizeof one);
}

void QueryServer::watch() {
  bool stopping = false;
  while (!stopping || !clients_.empty()) {
    std::vector<pollfd> polled = {{wake_, POLLIN, 0}};
    const bool room = clients_.size() < kClientsMax && !stopping;
    polled.push_back({room ? listener_ : -1, POLLIN, 0});
    bool any_gone = stopping;
    for (const auto& client : clients_) {
      // A client sends its query and then only waits: what poll() reports now is its end.
      polled.push_back({client->gone ? -1 : client->socket, POLLRDHUP, 0});
      any_gone = any_gone || client->gone;
    }
    (void)::poll(polled.data(), polled.size(), any_gone ? kInterruptAgain : -1);

    std::uint64_t count = 0;
    (void)!::read(wake_, &count, sizeof count);
    std::size_t at = 2;
    for (const auto& client : clients_) {
      if (polled[at++].revents != 0) client->gone = true;
    }
    {
      const MutexLock lock(mutex_);
      stopping = stopping_;
    }
    interrupt_the_gone(stopping);
    bury_the_finished();
    if ((polled[1].revents & POLLIN) != 0 && !stopping) accept_client();
  }
}

// Said again until the client's thread is done: DuckDB forgets an interrupt when a statement
// starts.
void QueryServer::interrupt_the_gone(bool all) {
  for (const auto& client : clients_) {
    if (!client->gone && !all) continue;
    (void)::shutdown(client->socket, SHUT_RDWR);
    const MutexLock lock(client->mutex);
    if (client->session != nullptr) client->session->interrupt();
  }
}

void QueryServer::bury_the_finished() {
  clients_.remove_if([](const std::unique_ptr<Client>& client) {
    {
      const MutexLock lock(client->mutex);
      if (!client->finished) return false;
    }
    client->thread.join();
    ::close(client->socket);
    return true;
  });
}

void QueryServer::accept_client() {
  const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  if (socket < 0) {
    if (errno == EMFILE || errno == ENFILE) (void)::poll(nullptr, 0, kRetryAccept);
    return;
  }
  (void)::setsockopt(socket, SOL_SOCKET, SO_SNDTIMEO, &kSendLimit, sizeof kSendLimit);
  (void)::setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &kReceiveLimit, sizeof kReceiveLimit);
  clients_.push_back(std::make_unique<Client>(socket));
  Client& client = *clients_.back();
  try {
    client.thread = std::thread([this, &client] {
      serve(client);
      {
        const MutexLock lock(client.mutex);
        client.finished = true;
      }
      wake();
    });
  } catch (const std::system_error&) {  // No more threads: the client sees its end.
    ::close(socket);
    clients_.pop_back();
  }
}

void QueryServer::serve(Client& client) {
  Result<void> answer;
  try {
    answer = answer_query(client);
  } catch (const std::bad_alloc&) {
    answer = fail(ErrorCode::kTooLarge, "a row is too large for the memory there is");
  }
  if (answer) {
    (void)send_frame(client.socket, FrameKind::kDone, {});
  } else {
    (void)send_frame(client.socket, FrameKind::kError, encode_error(answer.error()));
  }
}

Result<void> QueryServer::answer_query(Client& client) {
  RS_TRY(const Frame frame, receive_frame(client.socket));
  RS_TRY(const QueryRequest request, decode_query(frame.content));
  RS_TRY(const auto session, store_.connect());
  const Loan loan(client, session.get());
  return run_query(*session, request, [&](std::string_view text) {
    return send_frame(client.socket, FrameKind::kText, text);
  });
}

}  // namespace rs::query
