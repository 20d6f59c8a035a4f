#include "pages/tracker.h"

#include <new>
#include <utility>

#include <fcntl.h>
#include <unistd.h>

#include "base/descriptor.h"
#include "coding/body_encoder.h"
#include "coding/content_coding.h"
#include "pages/assets.h"

namespace rs::pages {
namespace {

// All of the file, or less when it ends early or can not be read.
std::string read_bytes(int descriptor, std::size_t size) {
  std::string bytes(size, '\0');
  std::size_t have = 0;
  while (have < size) {
    const ssize_t got = ::read(descriptor, bytes.data() + have, size - have);
    if (got <= 0) break;
    have += static_cast<std::size_t>(got);
  }
  bytes.resize(have);
  return bytes;
}

bool can_be_served(const struct stat& status) {
  return S_ISREG(status.st_mode) && status.st_size <= static_cast<off_t>(kTrackerBytesMax);
}

}  // namespace

Tracker::Tracker(const std::string& static_dir)
    : built_in_{kScriptType, assets::kTracker, etag_of_hash(assets::kTrackerHash),
                std::string(kScriptHeaders)},
      file_(static_dir.empty() ? std::string() : static_dir + "/v6.js") {
  (void)current();
}

void Tracker::fill(const http::Request& request, http::Response& response) const {
  const std::shared_ptr<const Script> script = current();
  if (!script) {
    built_in_.fill(request, response);
    return;
  }
  script->page.fill(request, response);
  response.add("Vary", "Accept-Encoding");
  response.compressible = false;
  // The next change of the file frees the script: the answer takes a copy along.
  response.body = response.shared_body;
  response.shared_body = {};
  if (response.status != 200) return;
  const auto accepted = request.header(http::Known::kAcceptEncoding);
  if (accepted.data() == nullptr) return;
  const auto coding = coding::choose_coding(accepted);
  if (coding == coding::Coding::kIdentity) return;
  const std::string& encoded = coding == coding::Coding::kGzip ? script->gzip : script->brotli;
  if (encoded.empty()) return;
  response.add("Content-Encoding", coding::coding_name(coding));
  response.body = encoded;
}

Tracker::Stamp Tracker::stamp_of(const struct stat& status) {
  const auto nanos = [](const struct timespec& time) {
    return static_cast<std::int64_t>(time.tv_sec) * 1'000'000'000 + time.tv_nsec;
  };
  return {status.st_dev, status.st_ino, status.st_size, nanos(status.st_mtim),
          nanos(status.st_ctim)};
}

std::shared_ptr<const Tracker::Script> Tracker::current() const {
  if (file_.empty()) return nullptr;
  struct stat status {};
  const bool usable = ::stat(file_.c_str(), &status) == 0 && can_be_served(status);
  std::shared_ptr<const Script> before;  // Freed after the lock.
  {
    const MutexLock lock(mutex_);
    if (!usable) {
      before.swap(script_);
      return nullptr;
    }
    if (is_being_read_ || (script_ && script_->stamp == stamp_of(status))) return script_;
    is_being_read_ = true;
    before = script_;
  }
  std::shared_ptr<const Script> now;
  try {
    now = read(before);
  } catch (const std::bad_alloc&) {
    now = before;
  }
  const MutexLock lock(mutex_);
  is_being_read_ = false;
  script_ = now;
  return now;
}

std::shared_ptr<const Tracker::Script> Tracker::read(std::shared_ptr<const Script> before) const {
  // O_NONBLOCK: should it have become a FIFO since, the request does not wait for a writer.
  const Descriptor file(::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  struct stat status {};
  if (!file.is_open() || ::fstat(file.get(), &status) != 0 || !can_be_served(status)) {
    return nullptr;
  }
  auto script = std::make_shared<Script>();
  script->stamp = stamp_of(status);
  script->body = read_bytes(file.get(), static_cast<std::size_t>(status.st_size));
  if (::fstat(file.get(), &status) != 0) return before;
  // When another file takes its name meanwhile, it is whole all the same: its bytes have not
  // changed, only its count of names, and the time of change with that.
  Stamp now = stamp_of(status);
  now.changed_nanos = script->stamp.changed_nanos;
  if (now != script->stamp || script->body.size() != static_cast<std::size_t>(status.st_size)) {
    return before;
  }
  coding::BodyEncoder encoder;
  script->gzip = encoder.encode(coding::Coding::kGzip, script->body);
  script->brotli = encoder.encode(coding::Coding::kBrotli, script->body);
  script->page = {kScriptType, script->body, etag_of_content(script->body),
                  std::string(kScriptHeaders)};
  return script;
}

}  // namespace rs::pages
