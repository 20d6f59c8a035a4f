#include "sink/pubsub_message.h"

#include <array>
#include <string>

#include <fmt/format.h>
#include <google/pubsub/v1/pubsub.pb.h>

#include "base/text.h"
#include "row/columns.h"
#include "row/decode.h"
#include "row/message_reader.h"

namespace rs::sink {
namespace {

struct Label {
  std::string_view column;
  std::string_view MessageLabels::*member;
};

constexpr Label kLabels[] = {{"event_name", &MessageLabels::event_name},
                             {"user_pseudo_id", &MessageLabels::user_pseudo_id},
                             {"stream_id", &MessageLabels::stream_id},
                             {"event_id", &MessageLabels::event_id}};

// Which label a column of the row is, by its index; null for most.
std::vector<const Label*> labels_by_column() {
  std::vector<const Label*> out;
  for (const auto& column : row::columns()) {
    out.push_back(nullptr);
    for (const auto& label : kLabels) {
      if (column.name == label.column) out.back() = &label;
    }
  }
  return out;
}

// What of `text` an attribute can hold: protobuf's strings are valid UTF-8.
std::string_view cut(std::string_view text) {
  text = text.substr(0, find_invalid_utf8(text));
  return utf8_prefix(text, kAttributeBytesMax);
}

}  // namespace

MessageLabels read_labels(std::string_view encoded) {
  static const auto by_column = labels_by_column();
  MessageLabels labels;
  row::MessageReader in(encoded, row::columns());
  while (in.next()) {
    if (const auto* label = by_column[in.index()]) labels.*(label->member) = in.text();
  }
  return labels;
}

Result<std::size_t> fill_message(::google::pubsub::v1::PubsubMessage& message,
                                 std::string_view encoded, PubSubOrdering ordering) {
  auto& data = *message.mutable_data();
  data.clear();
  if (auto written = row::append_json(data, encoded, row::JsonForm::kSubscription); !written) {
    return tl::unexpected(std::move(written).error());
  }
  if (data.size() > kMessageBytesMax) {
    return fail(ErrorCode::kTooLarge,
                fmt::format("the row is {} bytes as JSON, and a Pub/Sub message holds {}",
                            data.size(), kMessageBytesMax));
  }
  // Tags and lengths, generously: 10 bytes of the message and its data, 10 of each attribute.
  std::size_t bytes = data.size() + 10;
  auto& attributes = *message.mutable_attributes();
  attributes.clear();
  const auto labels = read_labels(encoded);
  const auto add = [&](const char* name, std::string_view value) {
    if (value.empty()) return;
    auto& text = attributes[name];
    text = cut(value);
    bytes += std::string_view(name).size() + text.size() + 10;
  };
  add("event_id", labels.event_id);
  add("event_name", labels.event_name);
  add("stream_id", labels.stream_id);
  message.clear_ordering_key();
  if (ordering == PubSubOrdering::kUser) {
    *message.mutable_ordering_key() = cut(labels.user_pseudo_id);
    bytes += message.ordering_key().size() + 10;
  }
  return bytes;
}

}  // namespace rs::sink
