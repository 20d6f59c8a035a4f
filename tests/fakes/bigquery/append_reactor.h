#pragma once
// One AppendRows call on grpc++'s callback API: reads, asks its session, writes answers when they
// are due and in order. Deletes itself when the call is over; a late timer finds it gone.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>

#include <google/cloud/bigquery/storage/v1/storage.grpc.pb.h>
#include <grpcpp/grpcpp.h>

#include "base/mutex.h"
#include "fakes/bigquery/append_session.h"

namespace rs::fakes {

class AppendReactor final
    : public grpc::ServerBidiReactor<AppendSession::Request, AppendSession::Response>,
      public std::enable_shared_from_this<AppendReactor> {
 public:
  // `core` outlives all calls: connections_open of its stats says when they are gone.
  static AppendReactor* start(Core& core, grpc::CallbackServerContext& context);

  AppendReactor(Core& core, grpc::CallbackServerContext& context);
  ~AppendReactor() override;

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  struct Due {
    Timer::Clock::time_point time;
    AppendSession::Response response;
  };

  void read_next();
  void take(AppendAnswer answer);
  // Does what is next: writes the oldest answer, or ends the call.
  void pump();
  void write_front() REQUIRES(mutex_);
  void finish(const WriteError& error) REQUIRES(mutex_);
  void wake_at(Timer::Clock::time_point time);

  Core& core_;
  grpc::CallbackServerContext& context_;
  AppendSession session_;
  AppendSession::Request request_;   // Being read.
  AppendSession::Response current_;  // Being written.
  std::shared_ptr<AppendReactor> self_;

  Mutex mutex_;
  std::deque<Due> answers_ GUARDED_BY(mutex_);
  std::optional<WriteError> end_ GUARDED_BY(mutex_);  // How the call is to end.
  bool writing_ GUARDED_BY(mutex_) = false;
  bool hangs_ GUARDED_BY(mutex_) = false;
  bool read_all_ GUARDED_BY(mutex_) = false;  // The client has said its last.
  bool cancelled_ GUARDED_BY(mutex_) = false;
  bool finished_ GUARDED_BY(mutex_) = false;
};

}  // namespace rs::fakes
