#include "fakes/logging/fake_logging.h"

#include <chrono>
#include <utility>

namespace rs::fakes {
namespace {

constexpr std::chrono::seconds kPatience{20};

std::vector<std::string> texts_of(const std::vector<FakeLogging::Request>& requests) {
  std::vector<std::string> out;
  for (const auto& request : requests) {
    for (const auto& entry : request.entries()) out.push_back(entry.text_payload());
  }
  return out;
}

}  // namespace

FakeLogging::FakeLogging() {
  listener_.listen();
}

void FakeLogging::answer_with(std::vector<Answer> answers) {
  const MutexLock lock(mutex_);
  answers_ = std::move(answers);
}

grpc::Status FakeLogging::WriteLogEntries(grpc::ServerContext* context, const Request* request,
                                          ::google::logging::v2::WriteLogEntriesResponse*) {
  Answer answer;
  {
    const MutexLock lock(mutex_);
    if (sent_.size() < answers_.size()) answer = answers_[sent_.size()];
    sent_.push_back(*request);
    changed_.notify_all();
  }
  const grpc::Status status = answer ? answer(*context) : grpc::Status::OK;
  if (status.ok()) {
    const MutexLock lock(mutex_);
    taken_.push_back(*request);
    changed_.notify_all();
  }
  return status;
}

bool FakeLogging::wait(const std::function<bool()>& done) {
  const auto limit = std::chrono::steady_clock::now() + kPatience;
  const MutexLock lock(mutex_);
  while (!done()) {
    if (changed_.wait_until(mutex_, limit) == std::cv_status::timeout) return done();
  }
  return true;
}

bool FakeLogging::wait_for_calls(std::size_t count) {
  return wait([&]() REQUIRES(mutex_) { return sent_.size() >= count; });
}

bool FakeLogging::wait_for_text(const std::string& part) {
  return wait([&]() REQUIRES(mutex_) {
    for (const auto& text : texts_of(taken_)) {
      if (text.find(part) != std::string::npos) return true;
    }
    return false;
  });
}

std::vector<FakeLogging::Request> FakeLogging::sent() const {
  const MutexLock lock(mutex_);
  return sent_;
}

std::vector<FakeLogging::Request> FakeLogging::taken() const {
  const MutexLock lock(mutex_);
  return taken_;
}

std::vector<std::string> FakeLogging::texts() const {
  return texts_of(taken());
}

}  // namespace rs::fakes
