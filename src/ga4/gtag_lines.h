#pragma once
// A gtag request as its hits. One hit: all in the query, or all in the body, or the shared part in
// the query and the event in the body. Several: the shared part in the query, a line of the body
// for each, between them "\r\n" (gtag) or "\n" (other senders). Blank lines and a byte order mark
// are passed over.
//   POST /g/collect?v=2&tid=G-1&cid=1.2&sid=7
//   en=page_view&dt=Home\r\nen=scroll&epn.percent_scrolled=90
// A query with an `en` of its own is an event of its own: lines that name an event get only its
// shared part, and a first line that names none continues it.
// Workbox replays a batch as one line without a query: URLSearchParams has read the line breaks as
// part of a value (_et=30%0D%0Aen%3Dscroll). Such a line is taken apart again; what stands in it
// once (tid, cid, qt) is shared. Where the tid was in the query it is lost: then the line stays one
// hit, which is refused.
//
// Not thread-safe; reused from request to request. Source: ga4.md sections 3.1, 6, 11.

#include <string>
#include <string_view>

#include "base/arena.h"
#include "ga4/gtag_fields.h"

namespace rs::ga4 {

class GtagLines {
 public:
  explicit GtagLines(Arena& arena) : arena_(arena), shared_(arena) {}

  // Both texts outlive the reading. A request always has at least one hit, perhaps without an event
  // name.
  void start(std::string_view query, std::string_view body);

  // Fills `hit`, which is cleared first. False when there are no more.
  [[nodiscard]] bool next(GtagFields& hit);

 private:
  void repair_replayed_batch(std::string_view body);
  [[nodiscard]] bool next_line(std::string_view& line);

  Arena& arena_;
  GtagFields shared_;
  std::string_view rest_;  // Lines that are not read yet.
  std::string_view line_;  // The next one.
  bool has_line_ = false;
  bool query_is_event_ = false;  // And it has not been given out.
  std::string repaired_;
};

}  // namespace rs::ga4
