#include "collect/request_rows.h"

#include "enrich/identity.h"

namespace rs::collect {
namespace {

// 31 bits of a hash (FNV-1a) of the id of a request's first event: the same for all its rows, and
// for the same request sent again when its events bring their ids.
std::int64_t bundle_of(std::string_view event_id) {
  std::uint64_t hash = 14'695'981'039'346'656'037U;
  for (const char c : event_id) {
    hash = (hash ^ static_cast<unsigned char>(c)) * 1'099'511'628'211U;
  }
  return static_cast<std::int64_t>(hash >> 33);
}

}  // namespace

void RequestRows::begin(bool gives_ids) {
  gives_ids_ = gives_ids;
  fresh_user_text_ = {};
  bundle_.reset();
  visitors_ = Visitors::kNone;
  noticed_ = {};
  if (leaves_out_) left_out_ = {};
  leaves_out_ = false;
  constexpr std::size_t kKeepBytes = 1024 * 1024;  // The memory of a large request goes back.
  if (earlier_.capacity() > kKeepBytes) earlier_ = {};
  earlier_.clear();
  ends_.clear();
  has_last_ = false;
}

void RequestRows::add(const event::Payload& payload, event::Facts& facts) {
  give_ids(payload, facts);
  const row::Row& row = enricher_.run(payload, facts);
  notice(payload);
  if (row.user_pseudo_id) note_visitor(*row.user_pseudo_id);
  set_last_aside();
  last_ = encoder_.encode(row);
  has_last_ = true;
}

// Most events bring both ids, so what is not needed is not made.
void RequestRows::give_ids(const event::Payload& payload, event::Facts& facts) {
  facts.fresh_user_id = {};
  if (gives_ids_ && enrich::known_visitor(payload, facts).empty()) {
    if (fresh_user_text_.empty()) {
      fresh_user_ = uuid_v4(world_.random16());
      fresh_user_text_ = fresh_user_.view();
    }
    facts.fresh_user_id = fresh_user_text_;
  }
  facts.fresh_event_id = {};
  if (!payload.event_id || payload.event_id->empty()) {
    fresh_event_ = uuid_v7(facts.now_micros / 1000, world_.random16());
    facts.fresh_event_id = fresh_event_.view();
  }
  if (!bundle_)
    bundle_ = bundle_of(facts.fresh_event_id.empty() ? *payload.event_id : facts.fresh_event_id);
  facts.bundle_sequence_id = bundle_;
}

void RequestRows::note_visitor(std::string_view id) {
  if (visitors_ == Visitors::kNone) {
    visitors_ = Visitors::kOne;
    visitor_ = id;
  } else if (visitor_ != id) {
    visitors_ = Visitors::kMany;
  }
}

void RequestRows::set_last_aside() {
  if (!has_last_) return;
  earlier_.append(last_);
  ends_.push_back(earlier_.size());
}

void RequestRows::leave_out(delivery::Refused reason, std::size_t events) {
  leaves_out_ = true;
  left_out_[static_cast<std::size_t>(reason)] += events;
}

std::span<const std::string_view> RequestRows::rows() {
  rows_.clear();
  std::size_t begin = 0;
  for (const auto end : ends_) {
    rows_.push_back(std::string_view(earlier_).substr(begin, end - begin));
    begin = end;
  }
  if (has_last_) rows_.push_back(last_);
  return rows_;
}

void RequestRows::notice(const event::Payload& payload) {
  noticed_.unknown_keys += payload.unknown_keys;
  noticed_.kept_numbers += payload.kept_numbers;
  switch (enricher_.time_source()) {
    case enrich::TimeSource::kUnread:
      ++noticed_.times_unread;
      break;
    case enrich::TimeSource::kImplausible:
      ++noticed_.times_implausible;
      break;
    case enrich::TimeSource::kServer:
    case enrich::TimeSource::kClient:
      break;
  }
  switch (enricher_.device_lookup()) {
    case enrich::DeviceLookup::kCached:
      stats_.devices_cached.add();
      break;
    case enrich::DeviceLookup::kDetected:
      stats_.devices_detected.add();
      break;
    case enrich::DeviceLookup::kNone:
      break;
  }
}

void RequestRows::count() {
  stats_.unknown_keys.add(noticed_.unknown_keys);
  stats_.kept_numbers.add(noticed_.kept_numbers);
  stats_.times_unread.add(noticed_.times_unread);
  stats_.times_implausible.add(noticed_.times_implausible);
  if (gives_ids_ && !fresh_user_text_.empty() && !visitor().empty()) stats_.new_visitors.add();
}

}  // namespace rs::collect
