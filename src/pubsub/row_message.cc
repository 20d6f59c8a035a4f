#include "pubsub/row_message.h"

#include <array>
#include <string>

#include <fmt/format.h>

#include "base/text.h"
#include "row/columns.h"
#include "row/decode.h"
#include "row/message_reader.h"

namespace rs::pubsub {
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

// Fields of PublishRequest, PubsubMessage and an entry of its map of attributes, as they begin on
// the wire: all are of length-delimited types.
constexpr char tag(unsigned number) {
  return static_cast<char>(number << 3 | 2);
}
constexpr char kTopic = tag(1), kMessages = tag(2);
constexpr char kData = tag(1), kAttributes = tag(2), kOrderingKey = tag(5);
constexpr char kKey = tag(1), kValue = tag(2);

void put_varint(std::string& out, std::size_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(value | 0x80);
  out += static_cast<char>(value);
}

void put_text(std::string& out, char field, std::string_view text) {
  out += field;
  put_varint(out, text.size());
  out += text;
}

// Messages and their data are written from open() on, and close() is told where they start. Two
// bytes are kept for their length, which nearly all need; the others are moved.
constexpr std::size_t kLengthBytes = 2;

std::size_t open(std::string& out, char field) {
  out += field;
  out.append(kLengthBytes, '\0');
  return out.size();
}

void close(std::string& out, std::size_t start) {
  std::string length;
  put_varint(length, out.size() - start);
  out.replace(start - kLengthBytes, kLengthBytes, length);
}

void put_attribute(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  value = cut(value);
  const std::size_t start = open(out, kAttributes);
  put_text(out, kKey, name);
  put_text(out, kValue, value);
  close(out, start);
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

void begin_publish_request(std::string& request, std::string_view topic) {
  request.clear();
  put_text(request, kTopic, topic);
}

Result<void> append_message(std::string& request, std::string_view encoded,
                            PubSubOrdering ordering) {
  const std::size_t before = request.size();
  const std::size_t message = open(request, kMessages);
  const std::size_t data = open(request, kData);
  if (auto written = row::append_json(request, encoded, row::JsonForm::kSubscription); !written) {
    request.resize(before);
    return written;
  }
  if (const std::size_t size = request.size() - data; size > kMessageBytesMax) {
    request.resize(before);
    return fail(ErrorCode::kTooLarge,
                fmt::format("the row is {} bytes as JSON, and a Pub/Sub message holds {}", size,
                            kMessageBytesMax));
  }
  close(request, data);
  const auto labels = read_labels(encoded);
  put_attribute(request, "event_id", labels.event_id);
  put_attribute(request, "event_name", labels.event_name);
  put_attribute(request, "stream_id", labels.stream_id);
  if (ordering == PubSubOrdering::kUser) {
    const auto key = cut(labels.user_pseudo_id);
    if (!key.empty()) put_text(request, kOrderingKey, key);
  }
  close(request, message);
  return {};
}

}  // namespace rs::pubsub
