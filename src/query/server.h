#pragma once
// Answers `real-streaming query` while the server has the file open: a Unix socket in DATA_DIR,
// mode 0600, protocol in query/protocol.h.
// One thread accepts and watches: a client that hangs up has its query interrupted. Each client has
// a thread of its own with a session of the store, four at most; further ones wait their turn.
// start() and stop() belong to the owner; stop() interrupts what runs and is prompt.

#include <list>
#include <memory>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "base/result.h"
#include "duckdb/store.h"

namespace rs::query {

class QueryServer {
 public:
  static constexpr std::size_t kClientsMax = 4;

  // `store` outlives the server; while it is closed, queries fail.
  QueryServer(std::string data_dir, duckdb::LocalStore& store);
  ~QueryServer();
  QueryServer(const QueryServer&) = delete;
  QueryServer& operator=(const QueryServer&) = delete;

  // kRefused when another server answers there, or the socket cannot be made.
  Result<void> start();
  void stop();

 private:
  struct Client;
  class Loan;

  void watch();
  void accept_client();
  void serve(Client& client);
  Result<void> answer_query(Client& client);
  void interrupt_the_gone(bool all);
  void bury_the_finished();
  void wake();

  const std::string data_dir_;
  duckdb::LocalStore& store_;
  int listener_ = -1, wake_ = -1;
  std::thread watcher_;
  std::list<std::unique_ptr<Client>> clients_;  // Of the watcher.
  Mutex mutex_;
  bool stopping_ GUARDED_BY(mutex_) = false;
};

}  // namespace rs::query
