#include "settings/value_text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <filesystem>
#include <optional>
#include <system_error>

#include <arpa/inet.h>
#include <fmt/format.h>

#include "base/text.h"
#include "collect/client_address.h"
#include "enrich/registrable_domain.h"

namespace rs::settings {
namespace {

bool is_letter(char c) {
  return ascii_lower(c) >= 'a' && ascii_lower(c) <= 'z';
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

// Only letters, digits and `others`.
bool consists_of(std::string_view text, std::string_view others) {
  return std::all_of(text.begin(), text.end(), [&](char c) {
    return is_letter(c) || is_digit(c) || others.find(c) != std::string_view::npos;
  });
}

std::optional<unsigned> whole_number(std::string_view text, unsigned most) {
  unsigned value = 0;
  const char* end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, value);
  if (error != std::errc{} || stopped != end || value > most) return std::nullopt;
  return value;
}

// Bits of the address: 32, 128, or 0 when it is none.
unsigned address_bits(const std::string& text) {
  std::array<unsigned char, 16> bytes;
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return 32;
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return 128;
  return 0;
}

tl::unexpected<Error> must_be(std::string_view what) {
  return fail(ErrorCode::kInvalidInput, "must be " + std::string(what));
}

bool is_host(std::string_view text) {
  if (text.size() > 2 && text.front() == '[' && text.back() == ']') {
    return address_bits(std::string(text.substr(1, text.size() - 2))) == 128;
  }
  return !text.empty() && text.front() != '.' && consists_of(text, "-._") &&
         text.find("..") == std::string_view::npos;
}

bool is_token(std::string_view text) {
  return consists_of(text, "!#$%&'*+-.^_`|~");
}

}  // namespace

Result<std::string> any_text(std::string_view text) {
  return std::string(text);
}

Result<std::string> environment_name(std::string_view text) {
  return std::string(equals_ignoring_case(text, "QA") ? "QA" : text);
}

Result<std::string> listening_address(std::string_view text) {
  if (equals_ignoring_case(text, "localhost")) return std::string("127.0.0.1");
  std::string address(text);
  if (address.size() > 2 && address.front() == '[' && address.back() == ']') {
    address = address.substr(1, address.size() - 2);
  }
  if (address_bits(address) == 0) return must_be("an IP address, or localhost");
  return address;
}

Result<std::string> url_path(std::string_view text) {
  if (text.front() != '/' || text.find("//") != std::string_view::npos ||
      !consists_of(text, "/-._~")) {
    return must_be(
        "a path that begins with / and has letters, digits and / - . _ ~ only; / for none");
  }
  if (text.back() == '/') text.remove_suffix(1);
  return std::string(text);
}

Result<std::string> url_path_not_empty(std::string_view text) {
  RS_TRY(std::string path, url_path(text));
  if (path.empty()) return must_be("a path with at least one letter after the /");
  return path;
}

Result<std::string> file_path(std::string_view text) {
  if (text.starts_with('~') || text.starts_with('$')) {
    return fail(ErrorCode::kInvalidInput,
                fmt::format("begins with {}, which only a shell replaces: write the whole path, "
                            "such as /var/lib/real-streaming",
                            text[0]));
  }
  return std::string(text);
}

Result<std::string> existing_folder(std::string_view text) {
  if (auto path = file_path(text); !path) return path;
  std::error_code error;
  if (!std::filesystem::is_directory(std::filesystem::path(text), error)) {
    return must_be("a folder that exists");
  }
  return std::string(text);
}

Result<std::string> allowed_origin(std::string_view text) {
  constexpr std::string_view kAllowed =
      "an origin such as https://example.com or https://*.example.com, without a path, or *";
  if (text == "*") return std::string(text);
  const std::string origin = lower_case(text);
  const std::string_view view = origin;
  const auto scheme_end = view.find("://");
  if (scheme_end == std::string_view::npos || scheme_end == 0 || !is_letter(view[0]) ||
      !consists_of(view.substr(0, scheme_end), "+-.")) {
    return must_be(kAllowed);
  }
  const std::string_view scheme = view.substr(0, scheme_end);
  std::string_view host = view.substr(scheme_end + 3);
  std::string_view port;
  if (const auto colon = host.rfind(':');
      colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    port = host.substr(colon + 1);
    host = host.substr(0, colon);
    if (!whole_number(port, 65535)) return must_be(kAllowed);
  }
  if (!is_host(host.substr(0, 2) == "*." ? host.substr(2) : host)) return must_be(kAllowed);
  const bool is_default =
      (scheme == "https" && port == "443") || (scheme == "http" && port == "80");
  return port.empty() || !is_default ? origin : origin.substr(0, origin.rfind(':'));
}

Result<std::string> http_method(std::string_view text) {
  if (!is_token(text)) return must_be("an HTTP method such as POST");
  std::string method(text);
  for (char& c : method) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - ('a' - 'A'));
  }
  return method;
}

Result<std::string> header_name(std::string_view text) {
  if (!is_token(text)) return must_be("a header's name such as Content-Type");
  return std::string(text);
}

Result<std::string> cookie_name(std::string_view text) {
  if (!is_token(text)) return must_be("a cookie's name such as __uid__");
  return std::string(text);
}

Result<std::string> cookie_domain(std::string_view text) {
  std::string domain = lower_case(text.starts_with('.') ? text.substr(1) : text);
  const bool has_port = domain.find(':') != std::string::npos || domain.ends_with('.');
  if (has_port || enrich::RegistrableDomains().find(domain).empty()) {
    return must_be("a domain such as example.com, and not a public suffix such as co.uk");
  }
  return domain;
}

Result<std::string> network(std::string_view text) {
  const std::string entry = lower_case(text);
  if (!collect::TrustedProxies::parse({&entry, 1})) {
    return must_be("an IP address, a network such as 10.0.0.0/8, or one of: loopback, private");
  }
  return entry;
}

Result<std::string> project_id(std::string_view text) {
  if (!is_letter(text.front()) || text.size() > 100 || !consists_of(text, "-.:_")) {
    return must_be("a Google Cloud project id such as my-project-1");
  }
  return std::string(text);
}

Result<std::string> dataset_id(std::string_view text) {
  if (text.size() > 1024 || !consists_of(text, "_")) {
    return must_be("a dataset id alone: letters, digits and _");
  }
  return std::string(text);
}

Result<std::string> table_id(std::string_view text) {
  if (text.size() > 1024 || text.find_first_of("./`:*$@\"'") != std::string_view::npos) {
    return must_be("a table id alone, such as events");
  }
  return std::string(text);
}

Result<std::string> pubsub_id(std::string_view text) {
  if (text.size() < 3 || text.size() > 255 || !is_letter(text.front()) ||
      !consists_of(text, "-_.~+%")) {
    return must_be("an id alone: 3 to 255 letters, digits and - _ . ~ + %, a letter first");
  }
  return std::string(text);
}

}  // namespace rs::settings
