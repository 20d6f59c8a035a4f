// Faults on command: that each does what it says, when it says, with or without the rows.

#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/bigquery/test_writer.h"
#include "fakes/bigquery/write_error.h"

namespace rs::fakes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Fault fault(std::string_view json) {
  auto parsed = Fault::parse(json);
  EXPECT_TRUE(parsed) << (parsed ? "" : parsed.error().message);
  return parsed ? *std::move(parsed) : Fault{};
}

TEST(Faults, EndACallWithTheRowsOrWithout) {
  for (const bool apply : {false, true}) {
    for (const std::string name :
         {"unavailable", "draining", "reset", "restarted", "idle", "cancelled", "recreated"}) {
      const auto fake = small_fake();
      Fault ends = fault(R"({"fault":")" + name + R"("})");
      ends.apply = apply;
      fake->add_fault(ends);
      TestWriter writer(*fake);
      writer.write(request({small_row("a")}));
      EXPECT_EQ(static_cast<int>(writer.end().error_code()), ends.code) << name;
      EXPECT_EQ(fake->row_count(kTable), apply ? 1u : 0u) << name;
      EXPECT_EQ(fake->stats().acks, 0u);
      EXPECT_EQ(fake->stats().faults.at(name), 1u);
    }
  }
}

TEST(Faults, AnswerWithAnErrorAndLeaveTheCallOpen) {
  for (const std::string name : {"internal", "busy", "unknown", "aborted", "quota", "invalid",
                                 "extra_fields", "finalized", "stream_lost"}) {
    const auto fake = small_fake();
    const Fault says = fault(R"({"fault":")" + name + R"("})");
    fake->add_fault(says);
    TestWriter writer(*fake);
    const auto answer = writer.ask(request({small_row("a")}));
    EXPECT_EQ(answer.error().code(), says.code) << name;
    EXPECT_EQ(storage_code(answer.error()), says.storage_error) << name;
    EXPECT_TRUE(writer.ask(request({small_row("b")}, false)).has_append_result()) << name;
    EXPECT_THAT(fake->rows(kTable), ElementsAre(R"({"event_id":"b"})"));
  }
}

TEST(Faults, ComeAtTheNthRequestSoManyTimes) {
  const auto fake = small_fake();
  fake->add_fault(fault(R"({"fault":"busy","nth":3,"times":2})"));
  TestWriter writer(*fake);
  std::vector<bool> stored;
  for (int i = 0; i < 6; ++i)
    stored.push_back(writer.ask(request({small_row("a")}, i == 0)).has_append_result());
  EXPECT_THAT(stored, ElementsAre(true, true, false, false, true, true));
}

TEST(Faults, ComeByChanceAndOnlyToStreamsThatMatch) {
  const auto fake = small_fake();
  fake->add_fault(fault(R"({"fault":"busy","probability":0.5,"times":0})"));
  fake->add_fault(fault(R"({"fault":"quota","match":"tables/other/","times":0})"));
  TestWriter writer(*fake);
  for (int i = 0; i < 200; ++i) writer.ask(request({small_row("a")}, i == 0));
  const auto stats = fake->stats();
  EXPECT_GT(stats.faults.at("busy"), 60u);
  EXPECT_LT(stats.faults.at("busy"), 140u);
  EXPECT_EQ(stats.faults.count("quota"), 0u);
  EXPECT_EQ(stats.rows_stored + stats.faults.at("busy"), 200u);
  fake->clear_faults();
  for (int i = 0; i < 50; ++i)
    EXPECT_TRUE(writer.ask(request({small_row("a")}, false)).has_append_result());
}

TEST(Faults, BlameRowsThatAreNotThere) {
  const auto fake = small_fake();
  fake->add_fault(
      fault(R"({"fault":"row_errors","rows":[-1,7,0,0],"code":14,"text_bytes":5000000})"));
  TestWriter writer(*fake);
  const auto stub = bqs::BigQueryWrite::NewStub([&] {
    grpc::ChannelArguments arguments;
    arguments.SetMaxReceiveMessageSize(64 << 20);
    return grpc::CreateCustomChannel(fake->grpc_address(), grpc::InsecureChannelCredentials(),
                                     arguments);
  }());
  grpc::ClientContext context;
  auto call = stub->AppendRows(&context);
  bqs::AppendRowsResponse answer;
  ASSERT_TRUE(call->Write(request({small_row("a")})) && call->Read(&answer));
  EXPECT_EQ(answer.error().code(), kCodeUnavailable);
  ASSERT_EQ(answer.row_errors_size(), 4);
  EXPECT_EQ(answer.row_errors(0).index(), -1);
  EXPECT_EQ(answer.row_errors(3).message().size(), 5'000'000u);
  EXPECT_EQ(fake->row_count(kTable), 0u);
  context.TryCancel();
}

TEST(Faults, LeaveAnswersOutDoubleOrEmptyThem) {
  const auto fake = small_fake();
  for (const std::string name : {"skip", "twice", "empty"})
    fake->add_fault(fault(R"({"fault":")" + name + R"("})"));
  TestWriter writer(*fake);
  writer.write(request({small_row("skip")}));
  const auto twice = writer.ask(request({small_row("twice")}, false));
  EXPECT_TRUE(twice.has_append_result());
  bqs::AppendRowsResponse again;
  ASSERT_TRUE(writer.read(again));
  EXPECT_TRUE(again.has_append_result());
  const auto empty = writer.ask(request({small_row("empty")}, false));
  EXPECT_FALSE(empty.has_append_result() || empty.has_error());
  EXPECT_THAT(fake->rows(kTable), ElementsAre(R"({"event_id":"twice"})"));
  writer.writes_done();
  EXPECT_TRUE(writer.end().ok());
}

TEST(Faults, EndWithOkWhileRequestsWait) {
  const auto fake = small_fake();
  fake->hold_answers(true);
  fake->add_fault(fault(R"({"fault":"ends_ok","nth":2})"));
  TestWriter writer(*fake);
  writer.write(request({small_row("a")}));
  writer.write(request({small_row("b")}, false));
  EXPECT_TRUE(writer.end().ok());
  EXPECT_THAT(fake->rows(kTable), ElementsAre(R"({"event_id":"a"})"));
  EXPECT_EQ(fake->stats().acks, 0u);
}

TEST(Faults, HangUntilTheClientGivesUp) {
  const auto fake = small_fake();
  fake->add_fault(fault(R"({"fault":"hang","apply":true})"));
  {
    TestWriter writer(*fake);
    writer.write(request({small_row("a")}));
    writer.write(request({small_row("b")}, false));
    ASSERT_TRUE(fake->wait_for([](const FakeBigQueryStats& stats) { return stats.requests == 2; }));
    EXPECT_EQ(fake->stats().acks, 0u);
    writer.context().TryCancel();
    EXPECT_EQ(writer.end().error_code(), grpc::StatusCode::CANCELLED);
  }
  EXPECT_TRUE(
      fake->wait_for([](const FakeBigQueryStats& stats) { return stats.connections_open == 0; }));
  EXPECT_EQ(fake->row_count(kTable), 2u);
}

TEST(Faults, StopReadingForATime) {
  const auto fake = small_fake();
  fake->add_fault(fault(R"({"fault":"stop_reading","delay_ms":300})"));
  TestWriter writer(*fake);
  EXPECT_TRUE(writer.ask(request({small_row("a")})).has_append_result());
  const auto start = std::chrono::steady_clock::now();
  EXPECT_TRUE(writer.ask(request({small_row("b")}, false)).has_append_result());
  EXPECT_GT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(200));
}

TEST(Faults, DelayAnswersWithoutHoldingUpTheRows) {
  FakeBigQueryOptions options;
  options.ack_delay = std::chrono::milliseconds(50);
  const auto fake = small_fake(options);
  TestWriter writer(*fake);
  const auto start = std::chrono::steady_clock::now();
  for (int i = 0; i < 40; ++i) writer.write(request({small_row("a")}, i == 0));
  bqs::AppendRowsResponse answer;
  for (int i = 0; i < 40; ++i) ASSERT_TRUE(writer.read(answer));
  const auto took = std::chrono::steady_clock::now() - start;
  EXPECT_GE(took, std::chrono::milliseconds(50));
  EXPECT_LT(took, std::chrono::seconds(1));  // One after the other would be 2 s.
}

TEST(Faults, MeetCreateWriteStreamAndItsLike) {
  const auto fake = small_fake();
  fake->add_fault(fault(R"({"place":"create","code":8,"message":"too many","apply":true})"));
  TestWriter writer(*fake);
  bqs::CreateWriteStreamRequest create;
  create.set_parent(kTablePath);
  create.mutable_write_stream()->set_type(bqs::WriteStream::COMMITTED);
  bqs::WriteStream stream;
  grpc::ClientContext first, second;
  EXPECT_EQ(writer.stub().CreateWriteStream(&first, create, &stream).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_TRUE(writer.stub().CreateWriteStream(&second, create, &stream).ok());
  EXPECT_EQ(fake->streams().size(), 2u);
}

TEST(Faults, CutAllCallsWhenTheServerGoesAwayAndComesBackOnItsPort) {
  const auto fake = small_fake();
  const std::string address = fake->grpc_address();
  TestWriter writer(*fake);
  EXPECT_TRUE(writer.ask(request({small_row("a")})).has_append_result());
  std::thread stopper([&] { fake->stop_grpc(); });
  EXPECT_FALSE(writer.end().ok());
  stopper.join();
  ASSERT_TRUE(fake->start_grpc());
  EXPECT_EQ(fake->grpc_address(), address);
  TestWriter again(*fake);
  EXPECT_TRUE(again.ask(request({small_row("b")})).has_append_result());
  EXPECT_EQ(fake->row_count(kTable), 2u);
}

TEST(Faults, EndConnectionsThatAreOld) {
  FakeBigQueryOptions options;
  options.connection_age = std::chrono::milliseconds(500);
  const auto fake = small_fake(options);
  TestWriter writer(*fake);
  EXPECT_TRUE(writer.ask(request({small_row("a")})).has_append_result());
  EXPECT_EQ(writer.end().error_code(), grpc::StatusCode::UNAVAILABLE);
  TestWriter again(*fake);
  EXPECT_TRUE(again.ask(request({small_row("b")})).has_append_result());
}

TEST(Faults, SayWhichNamesAndMembersThereAre) {
  EXPECT_THAT(Fault::named("quoat").error().message,
              HasSubstr("there is no fault \"quoat\"; there are unavailable"));
  EXPECT_THAT(Fault::parse(R"({"fault":"quota","chance":1})").error().message,
              HasSubstr("no member \"chance\""));
  EXPECT_FALSE(Fault::parse(R"({"action":"explode"})"));
  EXPECT_FALSE(Fault::parse(R"({"nth":"soon"})"));
  for (const auto name : fault_names()) EXPECT_TRUE(Fault::named(name)) << name;
}

}  // namespace
}  // namespace rs::fakes
