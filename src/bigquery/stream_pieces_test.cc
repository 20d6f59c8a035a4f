#include "bigquery/stream_pieces.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rs::bigquery {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Batches of ten rows, a piece each.
class StreamPiecesTest : public testing::Test {
 protected:
  StreamPiecesTest() {
    for (std::uint32_t row = 0; row < 10; ++row) batch_.append("row");
    for (std::uint64_t i = 0; i < 4; ++i) {
      auto writing = begin_writing(batch_, {});
      writing->sequence = i + 1;
      auto pieces = cut(writing, 1'000);
      EXPECT_TRUE(list_.insert(pieces));
      pieces_.push_back(pieces.front());
    }
  }
  void send(std::size_t index) {
    ASSERT_EQ(list_.next(), pieces_[index]);
    list_.place(*pieces_[index]);
    pieces_[index]->state = Piece::State::kSent;
  }
  void send_all() {
    for (std::size_t i = 0; i < pieces_.size(); ++i) send(i);
  }
  [[nodiscard]] std::vector<std::int64_t> offsets() const {
    std::vector<std::int64_t> out;
    for (const auto& piece : list_.all()) out.push_back(piece->offset);
    return out;
  }

  row::Batch batch_;
  StreamPieces list_;
  std::vector<PiecePtr> pieces_;
};

TEST_F(StreamPiecesTest, LieSideBySideInTheStream) {
  send_all();
  EXPECT_THAT(offsets(), ElementsAre(0, 10, 20, 30));
  EXPECT_EQ(list_.next(), nullptr);
  EXPECT_EQ(list_.sent(), 40);
}

TEST_F(StreamPiecesTest, LeaveTheListWhenTheyAreStored) {
  send_all();
  EXPECT_THAT(list_.take_stored(10), ElementsAre(pieces_[0]));
  EXPECT_EQ(list_.acked(), 10);
  EXPECT_THAT(list_.take_stored(30), ElementsAre(pieces_[1], pieces_[2]));
  EXPECT_THAT(list_.take_stored(30), IsEmpty());
  EXPECT_THAT(offsets(), ElementsAre(30));
}

TEST_F(StreamPiecesTest, AreNotStoredInPart) {
  send_all();
  EXPECT_THAT(list_.take_stored(19), ElementsAre(pieces_[0]));
  EXPECT_EQ(list_.acked(), 10);
}

TEST_F(StreamPiecesTest, KeepTheirOffsetsWhenTheyMayBeStored) {
  send(0);
  send(1);
  list_.place(*pieces_[2]);  // Not sent.
  EXPECT_EQ(list_.rewind(), 20);
  EXPECT_THAT(offsets(), ElementsAre(0, 10, -1, -1));
  EXPECT_TRUE(pieces_[1]->resent);
  EXPECT_FALSE(pieces_[2]->resent);
  send_all();
  EXPECT_THAT(offsets(), ElementsAre(0, 10, 20, 30));
}

TEST_F(StreamPiecesTest, KeepTheirOffsetsThroughASecondFailure) {
  send_all();
  list_.rewind();
  send(0);
  list_.place(*pieces_[1]);
  list_.rewind();
  EXPECT_THAT(offsets(), ElementsAre(0, 10, 20, 30));
}

TEST_F(StreamPiecesTest, LoseTheirOffsetsBehindARefusedOne) {
  send_all();
  list_.refused(*pieces_[1]);
  EXPECT_EQ(list_.rewind(), 10);
  EXPECT_THAT(offsets(), ElementsAre(0, -1, -1, -1));
}

TEST_F(StreamPiecesTest, AreAllSettledByACountAlsoThoseThatWereGivenBack) {
  send_all();
  list_.rewind();
  pieces_[2]->writing->returned = true;
  EXPECT_THAT(list_.take_stored(30), ElementsAre(pieces_[0], pieces_[1], pieces_[2]));
  list_.leave_stream();
  EXPECT_THAT(offsets(), ElementsAre(-1));
  send(3);
  EXPECT_THAT(offsets(), ElementsAre(0));
}

TEST_F(StreamPiecesTest, WaitForABatchThatWasGivenBack) {
  send(0);
  pieces_[1]->writing->returned = true;
  EXPECT_EQ(list_.next(), nullptr);
  pieces_[1]->writing->returned = false;
  EXPECT_EQ(list_.next(), pieces_[1]);
}

TEST_F(StreamPiecesTest, ComeBeforeThoseOfLaterBatches) {
  auto again = std::make_shared<Piece>(*pieces_[1]);
  list_.remove(pieces_[1]);
  EXPECT_TRUE(list_.insert({again}));
  EXPECT_THAT(list_.all(), ElementsAre(pieces_[0], again, pieces_[2], pieces_[3]));
}

TEST_F(StreamPiecesTest, CannotTakeOffsetsAtWhichOthersMayBeStored) {
  send_all();
  auto again = std::make_shared<Piece>(*pieces_[1]);
  again->offset = -1;
  list_.remove(pieces_[1]);
  list_.rewind();
  EXPECT_FALSE(list_.insert({again}));
}

TEST_F(StreamPiecesTest, AreInDoubtOnlyWhileTheirBatchIsBeingWritten) {
  EXPECT_FALSE(list_.in_doubt());
  send(0);
  EXPECT_TRUE(list_.in_doubt());
  pieces_[0]->writing->returned = true;
  EXPECT_FALSE(list_.in_doubt());
}

}  // namespace
}  // namespace rs::bigquery
