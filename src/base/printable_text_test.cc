#include "base/printable_text.h"

#include <gtest/gtest.h>

namespace rs {
namespace {

TEST(PrintableText, KeepsWhatATerminalShowsAsItIs) {
  for (const char* text :
       {"", "plain \"text\" \\ ~", "Z\xc3\xbcrich \xe6\x9d\xb1\xe4\xba\xac \xf0\x9f\x98\x80"}) {
    EXPECT_EQ(printable(text), text);
  }
}

TEST(PrintableText, EscapesWhatATerminalObeysAndWhatHides) {
  struct Case {
    const char *text, *shown;
  };
  for (const auto& [text, shown] : {
           Case{"two\nlines\r\tend", "two\\nlines\\r\\tend"},
           Case{"\x1b[31mred\x07\x7f", "\\x1b[31mred\\x07\\x7f"},
           Case{"\xc2\x9b"
                "31m\xc2\x80\xc2\x9f\xc2\xa0",
                "\\u009b31m\\u0080\\u009f\xc2\xa0"},
           Case{"a\xe2\x80\xae"
                "gpj.exe",
                "a\\u202egpj.exe"},
           Case{"\xe2\x81\xa6\xef\xbb\xbf\xe2\x80\xa8\xe2\x80\x8b\xf3\xa0\x81\x81",
                "\\u2066\\ufeff\\u2028\\u200b\\ue0041"},
           Case{"\x9b"
                "31m\xff\xc2",
                "\\x9b31m\\xff\\xc2"},
       }) {
    EXPECT_EQ(printable(text), shown);
  }
  EXPECT_EQ(printable(std::string_view("\0", 1)), "\\x00");
}

TEST(PrintableText, KeepsTheLinesOfATextThatHasSome) {
  EXPECT_EQ(printable_lines("a\n\tb\x1b"), "a\n\tb\\x1b");
}

TEST(PrintableText, SaysTheSameInJson) {
  EXPECT_EQ(printable_json("{\"a\":\"\xc2\x9b\x7f\xc3\xbc\xe2\x80\xae\xf3\xa0\x81\x81\"}\n"),
            "{\"a\":\"\\u009b\\u007f\xc3\xbc\\u202e\\udb40\\udc41\"}\n");
}

}  // namespace
}  // namespace rs
