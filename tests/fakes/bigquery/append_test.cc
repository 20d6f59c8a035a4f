// What the service's rules make of appends, seen from a client of the gRPC API.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "fakes/bigquery/test_writer.h"
#include "fakes/bigquery/write_error.h"

namespace rs::fakes {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::string create_stream(TestWriter& writer, bqs::WriteStream::Type type) {
  bqs::CreateWriteStreamRequest request;
  request.set_parent(kTablePath);
  request.mutable_write_stream()->set_type(type);
  bqs::WriteStream stream;
  grpc::ClientContext context;
  const auto status = writer.stub().CreateWriteStream(&context, request, &stream);
  EXPECT_TRUE(status.ok()) << status.error_message();
  return stream.name();
}

TEST(Append, StoresRowsInOrderAndAcksWithoutAnOffset) {
  const auto fake = small_fake();
  TestWriter writer(*fake);
  const auto first = writer.ask(request({small_row("a"), small_row("b")}));
  EXPECT_TRUE(first.has_append_result());
  EXPECT_FALSE(first.append_result().has_offset());
  EXPECT_EQ(first.write_stream(), kDefaultStream);
  EXPECT_TRUE(writer.ask(request({small_row("c") + "\x10\x07"}, false)).has_append_result());
  EXPECT_THAT(fake->rows(kTable), ElementsAre(R"({"event_id":"a"})", R"({"event_id":"b"})",
                                              R"({"event_id":"c","n":7})"));
  writer.writes_done();
  EXPECT_TRUE(writer.end().ok());
}

TEST(Append, EndsACallWhoseFirstRequestLacksWhatItNeeds) {
  auto no_stream = request({small_row("a")});
  no_stream.clear_write_stream();
  auto no_schema = request({small_row("a")});
  no_schema.mutable_proto_rows()->clear_writer_schema();
  auto bad_name = request({small_row("a")});
  bad_name.set_write_stream("projects/p/tables/t");
  for (const auto& asked : {no_stream, no_schema, bad_name}) {
    const auto fake = small_fake();
    TestWriter writer(*fake);
    writer.write(asked);
    EXPECT_EQ(writer.end().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(fake->row_count(kTable), 0u);
  }
}

TEST(Append, SaysOfAMissingTableThatPermissionIsDenied) {
  const auto fake = small_fake();
  TestWriter writer(*fake);
  writer.write(
      request({small_row("a")}, true, "projects/p/datasets/d/tables/none/streams/_default"));
  const auto status = writer.end();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  EXPECT_THAT(status.error_message(), HasSubstr("(or it may not exist)"));
}

TEST(Append, DeniesTheFirstAppendsToANewTableWhenToldTo) {
  FakeBigQueryOptions options;
  options.fresh_table_denials = 2;
  const auto fake = small_fake(options);
  for (const bool denied : {true, true, false}) {
    TestWriter writer(*fake);
    writer.write(request({small_row("a")}));
    writer.writes_done();
    EXPECT_EQ(writer.end().error_code() == grpc::StatusCode::PERMISSION_DENIED, denied);
  }
  EXPECT_EQ(fake->row_count(kTable), 1u);
}

TEST(Append, StoresNothingOfARequestWithABadRowAndGoesOn) {
  FakeBigQueryOptions options;
  options.bad_row_marker = "BAD";
  const auto fake = small_fake(options);
  TestWriter writer(*fake);
  const auto answer =
      writer.ask(request({small_row("a"), small_row("BAD"), small_row("b"), small_row("\xff")}));
  EXPECT_EQ(answer.error().code(), kCodeInvalidArgument);
  ASSERT_THAT(answer.row_errors(), SizeIs(2));
  EXPECT_EQ(answer.row_errors(0).index(), 1);
  EXPECT_EQ(answer.row_errors(1).index(), 3);
  EXPECT_THAT(answer.row_errors(1).message(), HasSubstr("UTF-8"));
  EXPECT_THAT(fake->rows(kTable), IsEmpty());
  EXPECT_TRUE(writer.ask(request({small_row("a")}, false)).has_append_result());
}

TEST(Append, NamesOnlySoManyBadRowsAsItIsToldTo) {
  FakeBigQueryOptions options;
  options.bad_row_marker = "BAD";
  options.row_errors_max = 2;
  const auto fake = small_fake(options);
  TestWriter writer(*fake);
  const auto answer = writer.ask(request(std::vector<std::string>(10, small_row("BAD"))));
  EXPECT_THAT(answer.row_errors(), SizeIs(2));
  EXPECT_EQ(fake->row_count(kTable), 0u);
}

TEST(Append, RefusesARequestOverTheLimitOrWithoutRows) {
  FakeBigQueryOptions options;
  options.request_bytes_max = 1000;
  const auto fake = small_fake(options);
  TestWriter writer(*fake);
  EXPECT_EQ(writer.ask(request(std::vector<std::string>(300, small_row("abc")))).error().code(),
            kCodeInvalidArgument);
  EXPECT_EQ(writer.ask(request({}, false)).error().code(), kCodeInvalidArgument);
  EXPECT_TRUE(writer.ask(request({small_row("a")}, false)).has_append_result());
}

TEST(Append, RefusesAnOffsetOnTheDefaultStream) {
  const auto fake = small_fake();
  TestWriter writer(*fake);
  EXPECT_EQ(writer.ask(request_at(0, {small_row("a")}, true, kDefaultStream)).error().code(),
            kCodeInvalidArgument);
}

TEST(Append, HoldsACommittedStreamToItsOffsets) {
  const auto fake = small_fake();
  TestWriter writer(*fake);
  const std::string stream = create_stream(writer, bqs::WriteStream::COMMITTED);
  EXPECT_EQ(writer.ask(request_at(0, {small_row("a"), small_row("b")}, true, stream))
                .append_result()
                .offset()
                .value(),
            0);
  const auto again = writer.ask(request_at(0, {small_row("a"), small_row("b")}, false, stream));
  EXPECT_EQ(again.error().code(), kCodeAlreadyExists);
  EXPECT_EQ(storage_code(again.error()), bqs::StorageError::OFFSET_ALREADY_EXISTS);
  EXPECT_THAT(again.error().message(),
              HasSubstr("The offset is within stream, expected offset 2, received 0"));
  const auto beyond = writer.ask(request_at(3, {small_row("d")}, false, stream));
  EXPECT_EQ(beyond.error().code(), kCodeOutOfRange);
  EXPECT_EQ(storage_code(beyond.error()), bqs::StorageError::OFFSET_OUT_OF_RANGE);
  EXPECT_EQ(
      writer.ask(request_at(2, {small_row("c")}, false, stream)).append_result().offset().value(),
      2);
  EXPECT_EQ(fake->row_count(kTable), 3u);
  EXPECT_THAT(fake->streams(), ElementsAre(stream));
}

TEST(Append, EndsTheOlderOfTwoConnectionsToOneStream) {
  const auto fake = small_fake();
  TestWriter older(*fake), newer(*fake);
  const std::string stream = create_stream(older, bqs::WriteStream::COMMITTED);
  EXPECT_TRUE(older.ask(request({small_row("a")}, true, stream)).has_append_result());
  EXPECT_TRUE(newer.ask(request({small_row("b")}, true, stream)).has_append_result());
  older.write(request({small_row("c")}, false));
  EXPECT_EQ(older.end().error_code(), grpc::StatusCode::ABORTED);
  EXPECT_TRUE(newer.ask(request({small_row("d")}, false)).has_append_result());
  EXPECT_EQ(fake->row_count(kTable), 3u);
}

TEST(Append, TellsHowManyRowsAFinalizedStreamHasAndTakesNoMore) {
  const auto fake = small_fake();
  TestWriter writer(*fake);
  const std::string stream = create_stream(writer, bqs::WriteStream::COMMITTED);
  EXPECT_TRUE(
      writer.ask(request({small_row("a"), small_row("b")}, true, stream)).has_append_result());
  bqs::FinalizeWriteStreamRequest finalize;
  finalize.set_name(stream);
  bqs::FinalizeWriteStreamResponse finalized;
  grpc::ClientContext context;
  EXPECT_TRUE(writer.stub().FinalizeWriteStream(&context, finalize, &finalized).ok());
  EXPECT_EQ(finalized.row_count(), 2);
  EXPECT_EQ(storage_code(writer.ask(request({small_row("c")}, false)).error()),
            bqs::StorageError::STREAM_FINALIZED);
}

TEST(Append, ShowsBufferedRowsWhenFlushedAndPendingOnesWhenCommitted) {
  const auto fake = small_fake();
  TestWriter buffered(*fake), pending(*fake);
  const std::string buffer = create_stream(buffered, bqs::WriteStream::BUFFERED);
  const std::string pend = create_stream(pending, bqs::WriteStream::PENDING);
  EXPECT_TRUE(buffered.ask(request({small_row("a"), small_row("b"), small_row("c")}, true, buffer))
                  .has_append_result());
  EXPECT_TRUE(pending.ask(request({small_row("x")}, true, pend)).has_append_result());
  EXPECT_THAT(fake->rows(kTable), IsEmpty());

  bqs::FlushRowsRequest flush;
  flush.set_write_stream(buffer);
  flush.mutable_offset()->set_value(1);
  bqs::FlushRowsResponse flushed;
  grpc::ClientContext flush_context, again_context;
  EXPECT_TRUE(buffered.stub().FlushRows(&flush_context, flush, &flushed).ok());
  EXPECT_THAT(fake->rows(kTable), ElementsAre(R"({"event_id":"a"})", R"({"event_id":"b"})"));
  EXPECT_EQ(buffered.stub().FlushRows(&again_context, flush, &flushed).error_code(),
            grpc::StatusCode::ALREADY_EXISTS);

  bqs::BatchCommitWriteStreamsRequest commit;
  commit.set_parent(kTablePath);
  commit.add_write_streams(pend);
  bqs::BatchCommitWriteStreamsResponse committed;
  grpc::ClientContext early, finalize_context, commit_context;
  EXPECT_TRUE(pending.stub().BatchCommitWriteStreams(&early, commit, &committed).ok());
  ASSERT_THAT(committed.stream_errors(), SizeIs(1));
  EXPECT_EQ(committed.stream_errors(0).code(), bqs::StorageError::INVALID_STREAM_STATE);
  bqs::FinalizeWriteStreamRequest finalize;
  finalize.set_name(pend);
  bqs::FinalizeWriteStreamResponse finalized;
  EXPECT_TRUE(pending.stub().FinalizeWriteStream(&finalize_context, finalize, &finalized).ok());
  EXPECT_TRUE(pending.stub().BatchCommitWriteStreams(&commit_context, commit, &committed).ok());
  EXPECT_TRUE(committed.has_commit_time());
  EXPECT_EQ(fake->row_count(kTable), 3u);
}

TEST(Append, AsksAWriterWithANewColumnToWaitUntilTheTableHasIt) {
  const auto fake = small_fake();
  fake->hold_schema_changes(true);
  ASSERT_TRUE(
      fake->patch_table(kTable, R"([{"name":"event_id","type":"STRING"},{"name":"n","type":"INT64"},
                                            {"name":"page","type":"STRING"}])"));
  auto wide = request({small_row("a") + "\x1a\x01p"});
  auto& page =
      *wide.mutable_proto_rows()->mutable_writer_schema()->mutable_proto_descriptor()->add_field();
  page = small_descriptor().field(0);
  page.set_name("page");
  page.set_number(3);
  TestWriter writer(*fake);
  const auto refused = writer.ask(wide);
  EXPECT_EQ(storage_code(refused.error()), bqs::StorageError::SCHEMA_MISMATCH_EXTRA_FIELDS);
  EXPECT_EQ(refused.error().message(),
            "Input schema has more fields than BigQuery schema, extra fields: 'page'");
  fake->hold_schema_changes(false);
  EXPECT_TRUE(writer.ask(wide).has_append_result());
  EXPECT_THAT(fake->rows(kTable), ElementsAre(R"({"event_id":"a","page":"p"})"));
}

TEST(Append, TellsOfAChangedSchemaOnce) {
  const auto fake = small_fake();
  TestWriter writer(*fake);
  EXPECT_FALSE(writer.ask(request({small_row("a")})).has_updated_schema());
  ASSERT_TRUE(
      fake->patch_table(kTable, R"([{"name":"event_id","type":"STRING"},{"name":"n","type":"INT64"},
                                            {"name":"page","type":"STRING"}])"));
  const auto told = writer.ask(request({small_row("b")}, false));
  EXPECT_TRUE(told.has_append_result());
  ASSERT_THAT(told.updated_schema().fields(), SizeIs(3));
  EXPECT_EQ(told.updated_schema().fields(2).name(), "page");
  EXPECT_FALSE(writer.ask(request({small_row("c")}, false)).has_updated_schema());
}

TEST(Append, EndsCallsToATableThatWasMadeAnew) {
  const auto fake = small_fake();
  TestWriter writer(*fake);
  EXPECT_TRUE(writer.ask(request({small_row("a")})).has_append_result());
  fake->delete_table(kTable);
  ASSERT_TRUE(fake->create_table(kTable, kColumns));
  writer.write(request({small_row("b")}, false));
  const auto status = writer.end();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_THAT(status.error_message(), HasSubstr("is re-created"));
  EXPECT_EQ(writer.context().GetServerTrailingMetadata().count(
                "google.cloud.bigquery.storage.v1.storageerror-bin"),
            1u);
}

TEST(Append, FillsInDefaultsAsTheRequestInterpretsMissingValues) {
  const auto fake = small_fake();
  ASSERT_TRUE(fake->create_table({"p", "d", "defaults"}, R"([{"name":"event_id","type":"STRING"},
      {"name":"n","type":"INT64","defaultValueExpression":"7"},
      {"name":"where","type":"STRING","defaultValueExpression":"'web'"}])"));
  const std::string stream = "projects/p/datasets/d/tables/defaults/streams/_default";
  TestWriter writer(*fake);
  auto plain = request({small_row("a")}, true, stream);
  EXPECT_TRUE(writer.ask(plain).has_append_result());
  plain.set_default_missing_value_interpretation(bqs::AppendRowsRequest::DEFAULT_VALUE);
  EXPECT_TRUE(writer.ask(plain).has_append_result());
  EXPECT_THAT(
      fake->rows({"p", "d", "defaults"}),
      ElementsAre(R"({"event_id":"a","where":"web"})", R"({"event_id":"a","n":7,"where":"web"})"));
}

TEST(Append, WantsTheRoutingHeaderOutsideTheUnitedStates) {
  const auto fake = small_fake();
  fake->create_dataset("p", "eu", "EU");
  ASSERT_TRUE(fake->create_table({"p", "eu", "t"}, kColumns));
  const std::string stream = "projects/p/datasets/eu/tables/t/streams/_default";
  TestWriter writer(*fake);
  writer.write(request({small_row("a")}, true, stream));
  EXPECT_EQ(writer.end().error_code(), grpc::StatusCode::NOT_FOUND);
}

TEST(Append, WantsATokenOnlyWhenToldTo) {
  FakeBigQueryOptions options;
  options.require_token = true;
  const auto fake = small_fake(options);
  for (const std::string token : {"", "unknown"}) {
    TestWriter writer(*fake, token);
    writer.write(request({small_row("a")}));
    EXPECT_EQ(writer.end().error_code(), grpc::StatusCode::UNAUTHENTICATED);
  }
}

TEST(Append, SharesAConnectionAmongDefaultStreamsOnly) {
  const auto fake = small_fake();
  ASSERT_TRUE(fake->create_table({"p", "d", "u"}, kColumns));
  TestWriter writer(*fake);
  EXPECT_TRUE(writer.ask(request({small_row("a")})).has_append_result());
  EXPECT_TRUE(
      writer.ask(request({small_row("b")}, true, "projects/p/datasets/d/tables/u/streams/_default"))
          .has_append_result());
  EXPECT_EQ(fake->row_count({"p", "d", "u"}), 1u);
  writer.write(request({small_row("c")}, true, create_stream(writer, bqs::WriteStream::COMMITTED)));
  EXPECT_EQ(writer.end().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST(Append, KeepsOnlyIdsOrNothingWhenToldTo) {
  FakeBigQueryOptions options;
  options.keep = KeptRows::kIds;
  const auto ids = small_fake(options);
  TestWriter writer(*ids);
  EXPECT_TRUE(
      writer.ask(request({small_row("b"), small_row("a"), small_row("b")})).has_append_result());
  EXPECT_THAT(ids->ids(kTable), ElementsAre("b", "a", "b"));
  options.keep = KeptRows::kNone;
  const auto none = small_fake(options);
  TestWriter other(*none);
  EXPECT_TRUE(other.ask(request({small_row("b"), small_row("a")})).has_append_result());
  EXPECT_THAT(other.ask(request({small_row("\xff")}, false)).row_errors(), SizeIs(1));
  EXPECT_EQ(none->row_count(kTable), 2u);
}

}  // namespace
}  // namespace rs::fakes
