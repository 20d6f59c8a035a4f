#include "row/random_row.h"

#include <new>
#include <string>

#include <google/protobuf/descriptor.h>
#include <gtest/gtest.h>

namespace rs::row {
namespace {

namespace proto = real_streaming;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

std::string random_text(const RandomRowSettings& settings, std::mt19937_64& random) {
  static constexpr std::size_t kLengths[] = {0,  1,  2,  3,  4,  5,  7,   8,   9,   15,  16,
                                             17, 31, 32, 33, 40, 64, 126, 127, 128, 129, 300};
  static constexpr std::size_t kLong[] = {16'382, 16'383, 16'384, 16'385, 70'000};
  // Valid UTF-8, which protobuf insists on, and all that JSON escapes.
  static constexpr std::string_view kAlphabet = "\"\\/\b\f\n\r\t\x01 aZ{}[]:,09";
  const bool is_long = settings.long_texts && random() % 400 == 0;
  std::string text(
      is_long ? kLong[random() % std::size(kLong)] : kLengths[random() % std::size(kLengths)], ' ');
  for (char& c : text) c = kAlphabet[random() % kAlphabet.size()];
  return text;
}

std::int64_t random_integer(std::mt19937_64& random) {
  const auto bits = static_cast<std::int64_t>(random() >> (random() % 64));
  return random() % 2 == 0 ? bits : -bits;
}

double random_fraction(std::mt19937_64& random) {
  static constexpr double kUsual[] = {0, 99.99, 0.1, -19.99, 1e300, 5e-324, 1.7976931348623157e308};
  if (random() % 2 == 0) return kUsual[random() % std::size(kUsual)];
  return static_cast<double>(random_integer(random) | 1) / 7;
}

void fill_message(Message& message, const RandomRowSettings& settings, std::mt19937_64& random) {
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    if (std::uniform_real_distribution<>()(random) >= settings.filled) continue;
    const bool special = field->options().HasExtension(proto::column_type);
    if (special && !settings.table_types) continue;
    if (field->is_repeated()) {
      for (auto count = random() % 4; count > 0; --count) {
        fill_message(*reflection->AddMessage(&message, field), settings, random);
      }
      continue;
    }
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        reflection->SetString(&message, field,
                              special ? "{\"a\":1}" : random_text(settings, random));
        break;
      case FieldDescriptor::CPPTYPE_INT64:
        reflection->SetInt64(&message, field, random_integer(random));
        break;
      case FieldDescriptor::CPPTYPE_INT32:
        reflection->SetInt32(&message, field, static_cast<std::int32_t>(random_integer(random)));
        break;
      case FieldDescriptor::CPPTYPE_DOUBLE:
        reflection->SetDouble(&message, field, random_fraction(random));
        break;
      case FieldDescriptor::CPPTYPE_BOOL:
        reflection->SetBool(&message, field, random() % 2 == 0);
        break;
      default:
        fill_message(*reflection->MutableMessage(&message, field), settings, random);
    }
  }
}

template <class Struct>
void view_scalars(const Message& message, Struct& out) {
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < message.GetDescriptor()->field_count(); ++i) {
    const FieldDescriptor* field = message.GetDescriptor()->field(i);
    const bool found_by_name = field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE &&
                               field->cpp_type() != FieldDescriptor::CPPTYPE_INT32;
    const Field<Struct>* member = find_field<Struct>(field->name());
    ASSERT_EQ(member != nullptr, found_by_name) << field->full_name();
    if (!found_by_name || !reflection->HasField(message, field)) continue;
    std::string unused;
    switch (member->kind()) {
      case FieldKind::kString:
        member->set_string(out, reflection->GetStringReference(message, field, &unused));
        break;
      case FieldKind::kInt64:
        member->set_int64(out, reflection->GetInt64(message, field));
        break;
      case FieldKind::kDouble:
        member->set_double(out, reflection->GetDouble(message, field));
        break;
      case FieldKind::kBool:
        member->set_bool(out, reflection->GetBool(message, field));
        break;
    }
  }
}

// A record without records of its own; those that have some follow as overloads.
template <class Proto, class Struct>
void view_message(const Proto& message, Struct& out, Arena&) {
  view_scalars(message, out);
}

template <class Proto, class Struct>
std::span<const Struct> view_list(const google::protobuf::RepeatedPtrField<Proto>& messages,
                                  Arena& arena, std::span<const Struct>);

// Views the record `name`, if it is there.
#define VIEW_RECORD(name) \
  if (message.has_##name()) view_message(message.name(), out.name.emplace(), arena)
#define VIEW_LIST(name) out.name = view_list(message.name(), arena, out.name)

void view_message(const proto::EventParam& message, EventParam& out, Arena& arena) {
  view_scalars(message, out);
  VIEW_RECORD(value);
}

void view_message(const proto::UserProperty& message, UserProperty& out, Arena& arena) {
  view_scalars(message, out);
  VIEW_RECORD(value);
}

void view_message(const proto::Device& message, Device& out, Arena& arena) {
  view_scalars(message, out);
  VIEW_RECORD(web_info);
}

void view_message(const proto::Item& message, Item& out, Arena& arena) {
  view_scalars(message, out);
  VIEW_LIST(item_params);
}

void view_message(const proto::SessionTrafficSourceLastClick& message,
                  SessionTrafficSourceLastClick& out, Arena& arena) {
  view_scalars(message, out);
  VIEW_RECORD(manual_campaign);
  VIEW_RECORD(google_ads_campaign);
  VIEW_RECORD(cross_channel_campaign);
  VIEW_RECORD(sa360_campaign);
  VIEW_RECORD(cm360_campaign);
  VIEW_RECORD(dv360_campaign);
}

template <class Proto, class Struct>
std::span<const Struct> view_list(const google::protobuf::RepeatedPtrField<Proto>& messages,
                                  Arena& arena, std::span<const Struct>) {
  const auto count = static_cast<std::size_t>(messages.size());
  auto* list = arena.allocate_array<Struct>(count);
  for (std::size_t i = 0; i < count; ++i) {
    view_message(messages[static_cast<int>(i)], *new (list + i) Struct{}, arena);
  }
  return {list, count};
}

}  // namespace

void fill(proto::Row& message, const RandomRowSettings& settings, std::mt19937_64& random) {
  fill_message(message, settings, random);
}

Row view(const proto::Row& message, Arena& arena) {
  Row out;
  view_scalars(message, out);
  if (message.has_date()) out.date = message.date();
  VIEW_LIST(event_params);
  VIEW_LIST(user_properties);
  VIEW_LIST(items);
  VIEW_RECORD(privacy_info);
  VIEW_RECORD(user_ltv);
  VIEW_RECORD(device);
  VIEW_RECORD(geo);
  VIEW_RECORD(app_info);
  VIEW_RECORD(traffic_source);
  VIEW_RECORD(event_dimensions);
  VIEW_RECORD(ecommerce);
  VIEW_RECORD(collected_traffic_source);
  VIEW_RECORD(session_traffic_source_last_click);
  VIEW_RECORD(publisher);
  return out;
}

#undef VIEW_RECORD
#undef VIEW_LIST

}  // namespace rs::row
