#pragma once
// The seam for protocols: what a request says, in the one form that enrichment reads.
//   Request + Facts --Protocol::read--> Events::add(Payload, Facts), one call an event --> rows
// A protocol reads requests of one kind and says how they are answered; it knows nothing of rows,
// consent, batches or promises. The rows of a request are stored all or none (contract 3.2): what
// was added before read() refuses the request is dropped. To add a protocol: a class here, its
// routes in pages/routes.cc, its object in app/site.h.

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "delivery/accounting.h"
#include "event/facts.h"
#include "event/payload.h"
#include "event/problem.h"
#include "http/message.h"

namespace rs::collect {

// Takes the events of one request, in order.
class Events {
 public:
  virtual ~Events() = default;

  // One more event. All that the two point to need only live during the call. Fills the fresh ids
  // of `facts` where none is known.
  virtual void add(const event::Payload& payload, event::Facts& facts) = 0;

  // So many events of the request are not stored, while the others are; each counts as received.
  virtual void leave_out(delivery::Refused reason, std::size_t events) = 0;
};

// How a sender hears that its events are kept.
enum class Receipt : std::uint8_t {
  kStatusJson,  // 200 {"status":"ok"}
  kPixel,       // 200 with an image of one pixel, for what a page asks for as an image.
  kEmpty,       // 204: GA4's senders know nothing else, whatever becomes of a row.
};

// What read() made of a request.
struct Reading {
  enum class Verdict : std::uint8_t {
    kEvents,         // Those that were added; perhaps none.
    kInvalid,        // 422 with `problems`.
    kBadStreamId,    // 422 that names the end of the path.
    kTooManyEvents,  // 413 that names RUN__MAX_EVENTS.
  };
  Verdict verdict = Verdict::kEvents;
  Receipt receipt = Receipt::kStatusJson;  // Of kEvents.
  // Of a refused request, as far as they are known: as many count as refused, and at least one.
  std::size_t events = 1;
  std::span<const event::Problem> problems = {};  // Valid until the next read().
  std::string_view root = "body";                 // The first step to each of them.
};

// One for each request thread, whose memory it reuses: a warm one does not allocate for requests
// that it accepts.
class Protocol {
 public:
  virtual ~Protocol() = default;

  // Whether the visitor's cookie is read, and set again. Without it a visitor has the id that the
  // event brings, or none.
  [[nodiscard]] virtual bool uses_cookie() const = 0;

  // Adds the events of `request` to `events`. `facts` is what the server saw, with the end of the
  // path as stream_id; the protocol may change it for any event (address, user agent, stream id).
  virtual Reading read(const http::Request& request, event::Facts& facts, Events& events) = 0;
};

}  // namespace rs::collect
