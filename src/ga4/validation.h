#pragma once
// What Google's validation server says about a Measurement Protocol request, for POST
// /debug/mp/collect: validationCode and fieldPath as Google gives them, the description too where
// Google's text is known.
//   {"validationMessages":[{"fieldPath":"events","description":"...","validationCode":"NAME_INVALID"}]}
// Checked in stages, and the next only when the one before found nothing: the query, the JSON and
// its types, the content. RELAXED (the default) reports what Google refuses; with
// validation_behavior ENFORCE_RECOMMENDATIONS what Google cuts or ignores is reported too.
// Sources: ga4.md sections 2.3 to 2.5 and 10.1, 10.2. Not for the busy path: it allocates freely.

#include <string>
#include <string_view>
#include <vector>

#include "ga4/measurement_body.h"
#include "ga4/measurement_event.h"

namespace rs::ga4 {

struct ValidationMessage {
  std::string field_path;  // Empty: the message has none.
  std::string description;
  std::string_view code;  // A constant.
};

// `body` is null when it could not be read; `error` then says why.
[[nodiscard]] std::vector<ValidationMessage> validate(const MeasurementQuery& query,
                                                      const MeasurementBody* body,
                                                      const event::JsonError& error,
                                                      std::int64_t now_micros);

// {"validationMessages":[...]}
void append_validation(std::string& out, const std::vector<ValidationMessage>& messages);

}  // namespace rs::ga4
