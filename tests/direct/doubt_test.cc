// Exactly once while it is in doubt which rows are stored: requests without an answer, answers that
// are about another request, a stream whose rows cannot be counted.
#include <string>

#include <gmock/gmock.h>
#include <google/cloud/bigquery/storage/v1/storage.grpc.pb.h>
#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>

#include "bigquery/descriptor.h"
#include "direct/direct_run.h"

namespace rs::direct {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;

// Batches of two rows, and answers 20 ms after their request: batches that are posted together are
// in flight together, so that requests have the numbers that the faults name.
class Doubt : public testing::Test {
 protected:
  Doubt() {
    run_.post(2);
    EXPECT_TRUE(run_.settle());
  }
  void expect_each_row_once(const Expected& expected = {}) {
    ASSERT_TRUE(run_.settle()) << run_.stats().trouble;
    run_.check(expected);
    EXPECT_THAT(run_.dead_letters(), IsEmpty());
  }

  DirectRun run_{{.delivery = BigQueryDelivery::kExactlyOnce,
                  .fake = [](auto& fake) { fake.ack_delay = milliseconds(20); },
                  .batch_rows = 2,
                  .settings =
                      [](auto& settings) {
                        settings.answer_timeout = milliseconds(100);
                        settings.stream_each = milliseconds(5);
                      }}};
};

TEST_F(Doubt, RowsGivenBackBeforeTheStreamEndedAreNotSentTwice) {
  run_.fault(R"({"fault":"hang","apply":true,"nth":3})");  // All from the third on are stored.
  run_.fault(R"({"fault":"finalized","nth":40})");         // One of those that are sent again.
  run_.post(100);
  expect_each_row_once();
}

// Rows 2 and 3 are refused together and row 2 alone; row 3 is stored, and rows 4 and 5 behind it
// without an answer. When row 2 is sent again its offset is taken.
TEST_F(Doubt, RowsStoredBehindARefusedRowAreNotTakenForIt) {
  run_.fault(R"({"fault":"invalid","nth":1})");
  run_.fault(R"({"fault":"invalid","nth":2})");
  run_.fault(R"({"fault":"hang","apply":true,"nth":5})");
  run_.post(4);
  expect_each_row_once({.reordered = true});
}

// Rows 2 and 3 are stored; the service ends the call over rows 4 and 5 before it answers.
TEST_F(Doubt, TheOldestRequestIsNotTakenForTheOneThatEndsTheCall) {
  run_.fault(R"({"action":"end","code":3,"message":"bad request","nth":2})");
  run_.post(4);
  expect_each_row_once();
  EXPECT_EQ(run_.fake().streams().size(), 2U);
}

TEST_F(Doubt, RowErrorsAreNotBelievedAboutRowsThatMayBeStored) {
  run_.fault(R"({"fault":"unavailable","apply":true})");
  run_.fault(R"({"fault":"row_errors","rows":[0]})");
  run_.post(2);
  expect_each_row_once();
}

TEST_F(Doubt, ARefusalIsNotBelievedAboutRowsThatMayBeStored) {
  run_.fault(R"({"fault":"unavailable","apply":true})");
  run_.fault(R"({"fault":"invalid"})");
  run_.post(2);
  expect_each_row_once();
}

TEST_F(Doubt, ADenialToCountIsNotTakenForAStreamThatIsGone) {
  run_.fault(R"({"fault":"unavailable","apply":true})");
  run_.fault(R"({"fault":"finalized"})");
  run_.fault(R"({"action":"end","place":"finalize","code":7,"message":"not yet","times":3})");
  run_.post(2);
  expect_each_row_once();
}

TEST_F(Doubt, ACountThatIsLostIsAskedForAgain) {
  run_.fault(R"({"fault":"unavailable","apply":true})");
  run_.fault(R"({"fault":"finalized"})");
  run_.fault(R"({"action":"end","place":"finalize","code":4,"apply":true,"times":3})");
  run_.post(2);
  expect_each_row_once();
}

TEST_F(Doubt, RowsThatWaitForACountAreVisible) {
  run_.fault(R"({"fault":"finalized"})");
  run_.fault(R"({"action":"end","place":"finalize","code":14,"message":"far away","times":0})");
  run_.post(2);
  EXPECT_TRUE(eventually([&] { return !run_.stats().ready; }));
  EXPECT_THAT(run_.stats().trouble, HasSubstr("far away"));
  run_.fake().clear_faults();
  expect_each_row_once();
}

// What BigQuery does with a stream that had no rows for three days.
TEST_F(Doubt, AStreamThatExpiredIsReplaced) {
  run_.fault(R"({"fault":"stream_lost"})");
  run_.fault(R"({"action":"error","place":"finalize","code":5,"storage_error":3})");
  run_.post(2);
  expect_each_row_once();
  EXPECT_EQ(run_.fake().streams().size(), 2U);
}

TEST(DoubtAtTheEnd, RowsStoredWithoutAnAnswerAreDelivered) {
  DirectRun run({.delivery = BigQueryDelivery::kExactlyOnce});
  run.post(10);
  ASSERT_TRUE(run.settle());
  run.fake().hold_answers(true);
  run.post(100);
  ASSERT_TRUE(run.fake().wait_for([](const auto& stats) { return stats.rows_stored == 110; }));
  EXPECT_LT(run.stop(milliseconds(300)), milliseconds(1'000));
  run.fake().hold_answers(false);
  EXPECT_EQ(run.stats().accounting.delivered, 110U);
  EXPECT_THAT(run.dead_letters(), IsEmpty());
}

// Appends rows to the stream as another writer, and ends it.
void write_as_another(const std::string& address, const std::string& name, std::size_t rows) {
  namespace storage = ::google::cloud::bigquery::storage::v1;
  storage::BigQueryWrite::Stub stub(
      grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  {
    grpc::ClientContext context;
    const auto call = stub.AppendRows(&context);
    storage::AppendRowsRequest request;
    request.set_write_stream(name);
    auto& data = *request.mutable_proto_rows();
    ASSERT_TRUE(data.mutable_writer_schema()->ParseFromString(bigquery::bigquery_writer_schema()));
    for (std::size_t i = 0; i < rows; ++i) {
      data.mutable_rows()->add_serialized_rows(encoded_row(900'000 + i, false, {}));
    }
    ASSERT_TRUE(call->Write(request));
    storage::AppendRowsResponse answer;
    ASSERT_TRUE(call->Read(&answer));
    ASSERT_TRUE(answer.has_append_result()) << answer.DebugString();
    call->WritesDone();
    EXPECT_TRUE(call->Finish().ok());
  }
  grpc::ClientContext context;
  storage::FinalizeWriteStreamRequest request;
  request.set_name(name);
  storage::FinalizeWriteStreamResponse answer;
  EXPECT_TRUE(stub.FinalizeWriteStream(&context, request, &answer).ok());
}

TEST_F(Doubt, RowsOfAnotherWriterAreNotTakenForOurs) {
  write_as_another(run_.fake().grpc_address(), run_.fake().streams().back(), 3);
  run_.post(2);
  ASSERT_TRUE(run_.settle()) << run_.stats().trouble;
  EXPECT_THAT(run_.stored_ids(), testing::IsSupersetOf({id_of(2), id_of(3)}));
}

}  // namespace
}  // namespace rs::direct
