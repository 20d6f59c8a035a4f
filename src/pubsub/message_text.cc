#include "pubsub/message_text.h"

#include "base/base64.h"
#include "base/text.h"

namespace rs::pubsub {
namespace {

void append_member(std::string& out, std::string_view name, std::string_view value) {
  if (out.back() != '{') out += ',';
  out += '"';
  append_json_escaped(out, name);
  out += "\":\"";
  append_json_escaped(out, value);
  out += '"';
}

void append_pairs(std::string& out, const Message& message) {
  for (const auto& [name, value] : message.attributes) append_member(out, name, value);
}

}  // namespace

void append_attributes(std::string& out, const Message& message) {
  out += '{';
  append_pairs(out, message);
  if (!message.ordering_key.empty()) append_member(out, "ordering_key", message.ordering_key);
  out += '}';
}

std::string message_text(const Message& message, std::string_view subscription) {
  std::string out = "{";
  append_member(out, "subscription", subscription);
  append_member(out, "messageId", message.message_id);
  append_member(out, "publishTime", format_utc(message.publish_time));
  if (!message.ordering_key.empty()) append_member(out, "orderingKey", message.ordering_key);
  out += ",\"attributes\":{";
  append_pairs(out, message);
  out += "},\"data\":\"";
  append_base64(out, message.data);
  return out += "\"}";
}

}  // namespace rs::pubsub
