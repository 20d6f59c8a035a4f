#pragma once
// Questions and answers as JSON, one object a line:
//   {"ua": "...", "headers": {"Sec-CH-UA": "...", ...} | null}
//   {"is_bot":false,"os":{...}|null,"client":{...}|null,"device":{...},"os_family":...}
// Headers are request headers, or members of navigator.userAgentData with their own types. The
// answer is in Matomo's terms; "" and "Unknown" stand for what is not known.

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "device/cached_detector.h"
#include "device/client_hints.h"
#include "device/detection.h"

namespace rs::device {

// One line at a time. Not thread-safe.
class QuestionReader {
 public:
  QuestionReader();
  ~QuestionReader();

  // What was read is valid until the next call.
  [[nodiscard]] Result<void> read(std::string_view line);
  [[nodiscard]] std::string_view user_agent() const { return user_agent_; }
  [[nodiscard]] const ClientHints& hints() const { return hints_; }
  // The same as a request would bring it: headers of text only.
  [[nodiscard]] const Question& question() const { return question_; }

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
  std::string_view user_agent_;
  ClientHints hints_;
  Question question_;
};

// Without a line end.
void append_answer(std::string& out, const Detection& detection);

}  // namespace rs::device
