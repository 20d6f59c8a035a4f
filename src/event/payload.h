#pragma once
// What the client said: one event, read and checked. Whatever protocol it came by ends in this.
// The nested parts are the row's own structs, so that no second list of columns exists; only what
// a client may say is filled. Plain views into the request and the parser's memory: a Payload dies
// with the request or the next parse, whichever is first. All text is UTF-8.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "row/row.h"

namespace rs::event {

struct Payload {
  std::string_view event_name;  // Never empty.
  std::optional<std::string_view> event_id, user_id;
  // The visitor's id: said outright, and the sender's own, which a cookie goes before.
  std::optional<std::string_view> user_pseudo_id, client_id;
  std::optional<std::string_view> platform;  // Of the row; WEB when missing.
  std::optional<std::int64_t> timestamp_micros;
  bool timestamp_unread = false;                       // One was sent that is not a time.
  std::span<const row::EventParam> event_params;       // Every key once, none empty.
  std::span<const row::UserProperty> user_properties;  // The same.
  std::optional<row::PrivacyInfo> privacy_info;        // "Yes" and "No", as the row has it.
  std::optional<row::AppInfo> app_info;
  std::optional<row::Ecommerce> ecommerce;
  std::span<const row::Item> items;
  // What items[i].quantity said where that is not whole (1.85 kg), NaN for other items; empty when
  // all are whole. The column has it rounded.
  std::span<const double> exact_quantities;
  std::optional<std::int64_t> batch_event_index, batch_page_id, batch_ordering_id;

  // What a protocol says that knows more of its visitor than the server does; each replaces what
  // the server would find itself. Empty or null: not said.
  std::optional<std::int64_t> user_first_touch_timestamp;  // Microseconds.
  std::string_view language;                               // Of the device.
  std::string_view hostname;                               // Where page_location has none.
  const row::Device* device = nullptr;                     // Column by column.
  const row::Geo* geo = nullptr;                           // Column by column.
  const row::CollectedTrafficSource* campaign = nullptr;   // All manual_ columns together.

  // Top-level keys that were passed over: unknown ones, and those that the tag template in the
  // field sends for other purposes (v, _dcid_temp, common_cookie, x-ga-...).
  std::size_t unknown_keys = 0, ignored_keys = 0;
  // Numbers that their column cannot hold; each is kept as a parameter of the column's name.
  std::size_t kept_numbers = 0;
};

}  // namespace rs::event
