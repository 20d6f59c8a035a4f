// The sink contract, held against the Pub/Sub sink and a topic of the test's own.
#include <utility>

#include "pubsub/sink_fixture.h"
#include "sink/sink_contract.h"

namespace rs::sink {
namespace {

// With the service that it writes to.
class FakedPubSub final : public Sink {
 public:
  FakedPubSub() { fake_->create_topic(pubsub::kTopic); }
  std::string_view name() const override { return sink_.name(); }
  std::size_t window() const override { return sink_.window(); }
  Result<void> open() override { return sink_.open(); }
  void write(const row::Batch& batch, WriteDone done) override {
    sink_.write(batch, std::move(done));
  }
  void interrupt() override { sink_.interrupt(); }
  void close() override { sink_.close(); }
  [[nodiscard]] std::size_t rows() const { return fake_->messages_taken(); }

 private:
  std::unique_ptr<fakes::FakePubSub> fake_ = fakes::FakePubSub::start();
  pubsub::PubSubSink sink_{{.project = "p", .topic = "t", .emulator = fake_->address()}, {}};
};

INSTANTIATE_TEST_SUITE_P(Each, SinkContract,
                         testing::Values(Candidate{
                             "pubsub", [](const auto&) { return std::make_unique<FakedPubSub>(); },
                             true,
                             [](Sink& sink) { return static_cast<FakedPubSub&>(sink).rows(); }}),
                         name_of);

}  // namespace
}  // namespace rs::sink
