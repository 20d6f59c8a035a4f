#pragma once
// Exactly once: one committed stream of this process's own, each request with the offset at which
// its rows must land.
//
//   write --> [ pieces in stream order ] --note--> ledger on disk --> connection --> answers
//
// There is one list of pieces (StreamPieces), kept until each is known to be stored. A failure
// takes everything behind it along: requests behind a failed one cannot be stored (OUT_OF_RANGE).
// When all requests have been answered, one turn, a walk over the list, decides (enum Turn).
// A piece whose request had no answer, or one that does not say, keeps its offset: it may be
// stored. It is sent again at that offset, where the answer ALREADY_EXISTS means stored. What
// cannot be decided so settles the stream: a stream that takes no rows any more, rows refused that
// may be stored. It is finalised, which tells how many rows it has and so which pieces; the others
// go to a new stream. A stream that breaks these rules is given up: rows are then sent again rather
// than lost.
// With a ledger the next process settles the stream of this one in the same way. No request goes
// out before the ledger says so on disk: a thread of its own writes it, for all waiting pieces at
// once. Without a ledger the promise ends with the process.

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "bigquery/appender.h"
#include "bigquery/ledger.h"
#include "bigquery/stream_pieces.h"
#include "bigquery/write_streams.h"

namespace rs::bigquery {

class OffsetAppender final : public Appender {
 public:
  // `ledger`, which may be null, outlives this object.
  OffsetAppender(const BigQuerySettings& settings, AppenderHost& host, StreamLedger* ledger);
  ~OffsetAppender() override { close(); }

  // Makes the stream when there is none. Waits for BigQuery's answer then.
  void tick(Clock::time_point now) override;

 private:
  // What is done once all requests in flight have been answered.
  enum class Turn : std::uint8_t {
    kNone,      // Nothing has failed.
    kResend,    // All are sent again, from the first that is not stored.
    kGiveBack,  // All batches go back to Delivery.
    kSettle,    // The stream is finalised, and what it does not have goes to a new one.
    kAbandon,   // The stream cannot be trusted: all batches go back, and then to a new one.
  };

  void enqueue(std::vector<PiecePtr> pieces, const WritingPtr& writing) REQUIRES(mutex_) override;
  void pump(Later& later) REQUIRES(mutex_) override;
  void settle(AppendStream& stream, const PiecePtr& piece, const AppendAnswer& answer, Later& later)
      REQUIRES(mutex_) override;
  void ended(AppendStream& stream, std::deque<PiecePtr> unanswered, const AppendAnswer& status,
             Later& later) REQUIRES(mutex_) override;
  void given_back(const Error& error) REQUIRES(mutex_) override;
  void begin_close(Later& later) REQUIRES(mutex_) override;
  void end_close() override;

  // Answers.
  void stored(const Piece& piece, const AppendAnswer& answer, Later& later) REQUIRES(mutex_);
  void exists(const Piece& piece, const AppendAnswer& answer, Later& later) REQUIRES(mutex_);
  void beyond(Piece& piece, const AppendAnswer& answer, Later& later) REQUIRES(mutex_);
  void row_errors(const PiecePtr& piece, const AppendAnswer& answer, Later& later) REQUIRES(mutex_);
  void bad_request(const PiecePtr& piece, const AppendAnswer& answer, Later& later)
      REQUIRES(mutex_);
  void split_or_suspect(const PiecePtr& piece, const AppendAnswer& answer, const std::string& where,
                        Later& later) REQUIRES(mutex_);
  void remove(const PiecePtr& piece, Later& later) REQUIRES(mutex_);
  [[nodiscard]] bool has_room(const Piece& piece) const REQUIRES(mutex_);

  // Turns.
  void turn_to(Turn turn, const std::string& why) REQUIRES(mutex_);
  void abandon(const std::string& why, Later& later) REQUIRES(mutex_);
  [[nodiscard]] bool all_answered() const REQUIRES(mutex_);
  void take_turn(Later& later) REQUIRES(mutex_);
  void give_back(const std::string& why, Later& later) REQUIRES(mutex_);
  void stored_until(std::int64_t rows, Later& later) REQUIRES(mutex_);
  void leave_stream(std::optional<std::int64_t> rows, Later& later) REQUIRES(mutex_);
  void split_blamed(const std::string& where, Later& later) REQUIRES(mutex_);

  // Streams, by tick(). Each waits for the service; false: it could not be done now.
  [[nodiscard]] bool settle_left();
  [[nodiscard]] bool settle_present();
  void make_stream();
  // How many rows the stream has; an empty optional when nothing can tell any more.
  [[nodiscard]] StreamResult<std::optional<std::int64_t>> count_rows(const std::string& stream);
  void hold_back(const AppendAnswer& trouble);

  // The ledger.
  void write_ledger();
  [[nodiscard]] bool can_note() const REQUIRES(mutex_);
  void note_requests(Later& later) REQUIRES(mutex_);
  void note_request(const Piece& piece) REQUIRES(mutex_);
  void note_given_up(const Writing& writing) REQUIRES(mutex_);
  void note_batch(const Writing& writing) REQUIRES(mutex_);
  void drop_covered(Piece& piece) REQUIRES(mutex_);

  StreamLedger* const ledger_;  // May be null. Guarded by mutex_, but for the writing of its file.
  const std::shared_ptr<grpc::Channel> channel_;
  WriteStreams calls_;  // Of tick().

  StreamPieces pieces_ GUARDED_BY(mutex_);
  Turn turn_ GUARDED_BY(mutex_) = Turn::kNone;
  std::string why_ GUARDED_BY(mutex_);  // The turn.
  // The unanswered requests when the service ended the call over one of them, and its answer.
  std::deque<PiecePtr> blamed_ GUARDED_BY(mutex_);
  AppendAnswer blame_ GUARDED_BY(mutex_);
  Clock::time_point make_at_ GUARDED_BY(mutex_){};  // The next stream, at the earliest.

  std::deque<sink::Mark> begins_ GUARDED_BY(mutex_);  // Of the last batches that have marks.
  bool writing_ledger_ GUARDED_BY(mutex_) = false;
  CondVar to_note_;  // There may be something to note, or it is the end.
  std::thread ledger_thread_;
};

}  // namespace rs::bigquery
