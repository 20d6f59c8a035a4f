#pragma once
// The kinds of text a setting can hold: each function brings its argument into the one form that
// the program works with, or says what is allowed ("must be ..."). An empty text never comes here,
// because it means "not set".

#include <string>
#include <string_view>

#include "base/result.h"

namespace rs::settings {

[[nodiscard]] Result<std::string> any_text(std::string_view text);

// "QA" in whatever case is QA.
[[nodiscard]] Result<std::string> environment_name(std::string_view text);

// An IP address; "localhost" is 127.0.0.1, and an IPv6 address may stand in brackets.
[[nodiscard]] Result<std::string> listening_address(std::string_view text);

// "/api"; "/" means none and becomes empty.
[[nodiscard]] Result<std::string> url_path(std::string_view text);

// "/api", and never none.
[[nodiscard]] Result<std::string> url_path_not_empty(std::string_view text);

// A path of a file or folder, taken as it is: ~ and $NAME at its beginning are a shell's, and would
// make a folder of that name.
[[nodiscard]] Result<std::string> file_path(std::string_view text);

// An existing folder.
[[nodiscard]] Result<std::string> existing_folder(std::string_view text);

// "https://example.com", "http://localhost:3000", "https://*.example.com" or "*": lower-case and
// without a default port, as browsers send it in Origin (RFC 6454 section 6.1).
[[nodiscard]] Result<std::string> allowed_origin(std::string_view text);

// A token (RFC 9110 section 5.6.2); a method comes out in capitals.
[[nodiscard]] Result<std::string> http_method(std::string_view text);
[[nodiscard]] Result<std::string> header_name(std::string_view text);

// A cookie's name (RFC 6265: a token).
[[nodiscard]] Result<std::string> cookie_name(std::string_view text);

// "example.com": lower-case, without a leading dot. Browsers take no cookie for a public suffix.
[[nodiscard]] Result<std::string> cookie_domain(std::string_view text);

// "10.0.0.0/8", "2001:db8::1", "loopback" or "private".
[[nodiscard]] Result<std::string> network(std::string_view text);

// Google Cloud's names. The rules are the outer ones of the services; the service has the last
// word.
[[nodiscard]] Result<std::string> project_id(std::string_view text);
[[nodiscard]] Result<std::string> dataset_id(std::string_view text);
[[nodiscard]] Result<std::string> table_id(std::string_view text);
[[nodiscard]] Result<std::string> pubsub_id(std::string_view text);

}  // namespace rs::settings
