#include "google/http_client.h"

#include <memory>

#include <curl/curl.h>
#include <fmt/format.h>

#include "base/text.h"

namespace rs::google {
namespace {

struct Receiving {
  HttpResponse response;
  bool too_large = false;
};

std::size_t take_body(char* bytes, std::size_t, std::size_t count, void* target) {
  auto& receiving = *static_cast<Receiving*>(target);
  if (receiving.response.body.size() + count > kHttpBodyMax) {
    receiving.too_large = true;
    return 0;
  }
  receiving.response.body.append(bytes, count);
  return count;
}

std::size_t take_header(char* bytes, std::size_t, std::size_t count, void* target) {
  auto& response = static_cast<Receiving*>(target)->response;
  std::string_view value(bytes, count);
  while (!value.empty() && (value.back() == '\n' || value.back() == '\r')) value.remove_suffix(1);
  if (value.substr(0, 5) == "HTTP/") {
    response.headers.clear();  // Of an interim answer, 100 Continue.
  } else if (value.find(':') != std::string_view::npos && response.headers.size() < 200) {
    const auto name = take_until(value, ':');
    response.headers.emplace_back(lower_case(name), std::string(trim(value)));
  }
  return count;
}

// curl_global_init is not thread-safe before libcurl 7.84; a static's initialisation is.
bool initialised() {
  static const bool done = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  return done;
}

template <class Value>
void set(CURL* curl, CURLoption option, Value value) {
  curl_easy_setopt(curl, option, value);
}

// Runs `easy` to its end, or until `stop`: CURLE_ABORTED_BY_CALLBACK.
CURLcode perform(CURL* easy, const std::stop_token& stop) {
  const std::unique_ptr<CURLM, CURLMcode (*)(CURLM*)> handle(curl_multi_init(), curl_multi_cleanup);
  CURLM* multi = handle.get();
  if (multi == nullptr || curl_multi_add_handle(multi, easy) != CURLM_OK) {
    return CURLE_OUT_OF_MEMORY;
  }
  constexpr int kLook = 1'000;  // Milliseconds; libcurl's own time limits are shorter waits.
  const std::stop_callback wake(stop, [multi] { curl_multi_wakeup(multi); });
  CURLMcode works = CURLM_OK;
  for (int running = 1; works == CURLM_OK && running > 0 && !stop.stop_requested();) {
    works = curl_multi_perform(multi, &running);
    if (works == CURLM_OK && running > 0) {
      works = curl_multi_poll(multi, nullptr, 0, kLook, nullptr);
    }
  }
  CURLcode code = CURLE_ABORTED_BY_CALLBACK;
  int left = 0;
  while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
    if (message->msg == CURLMSG_DONE) code = message->data.result;
  }
  curl_multi_remove_handle(multi, easy);
  return code;
}

std::string remedy(CURLcode code) {
  switch (code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "; check this machine's clock and its package ca-certificates, and whether a proxy "
             "replaces certificates";
    case CURLE_COULDNT_RESOLVE_HOST:
      return "; check this machine's network and name servers";
    case CURLE_COULDNT_CONNECT:
    case CURLE_OPERATION_TIMEDOUT:
      return "; check this machine's network and firewall, and https_proxy if a proxy is needed";
    default:
      return "";
  }
}

}  // namespace

std::string_view HttpResponse::header(std::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

Result<HttpResponse> send(const HttpRequest& request) {
  const std::unique_ptr<CURL, void (*)(CURL*)> handle(initialised() ? curl_easy_init() : nullptr,
                                                      curl_easy_cleanup);
  CURL* curl = handle.get();
  if (curl == nullptr) return fail(ErrorCode::kInternal, "libcurl cannot be initialised");
  curl_slist* list = nullptr;
  for (const auto& [name, value] : request.headers) {
    list = curl_slist_append(list, fmt::format("{}: {}", name, value).c_str());
  }
  list = curl_slist_append(list, "Expect:");  // No waiting for 100 Continue.
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(list, curl_slist_free_all);

  Receiving receiving;
  char error[CURL_ERROR_SIZE] = "";
  set(curl, CURLOPT_URL, request.url.c_str());
  set(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  set(curl, CURLOPT_FOLLOWLOCATION, 0L);
  set(curl, CURLOPT_NOSIGNAL, 1L);
  // Name servers that do not answer are left to a thread of their own, also beyond the time limit.
  set(curl, CURLOPT_QUICK_EXIT, 1L);
  set(curl, CURLOPT_CONNECTTIMEOUT_MS, 10'000L);
  set(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(request.timeout.count()));
  set(curl, CURLOPT_HTTPHEADER, headers.get());
  set(curl, CURLOPT_ERRORBUFFER, error);
  set(curl, CURLOPT_WRITEFUNCTION, take_body);
  set(curl, CURLOPT_WRITEDATA, &receiving);
  set(curl, CURLOPT_HEADERFUNCTION, take_header);
  set(curl, CURLOPT_HEADERDATA, &receiving);
  if (!request.through_proxy) set(curl, CURLOPT_PROXY, "");
  if (request.method != "GET") {
    set(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    set(curl, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    set(curl, CURLOPT_POSTFIELDS, request.body.data());
  }

  const CURLcode code = perform(curl, request.stop);
  if (request.stop.stop_requested()) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} was not waited for: the program stops", origin_of(request.url)));
  }
  if (receiving.too_large) {
    return fail(ErrorCode::kUnavailable, fmt::format("{} answered with more than {} bytes",
                                                     origin_of(request.url), kHttpBodyMax));
  }
  if (code != CURLE_OK) {
    return fail(ErrorCode::kUnavailable,
                fmt::format("{} cannot be reached: {}{}", origin_of(request.url),
                            *error != '\0' ? error : curl_easy_strerror(code), remedy(code)));
  }
  long status = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  receiving.response.status = static_cast<int>(status);
  return std::move(receiving.response);
}

std::string percent_encode(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                       c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      out += c;
    } else {
      out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
  }
  return out;
}

std::string origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return std::string(url.substr(0, url.find('/')));
  return std::string(url.substr(0, url.find_first_of("/?", scheme + 3)));
}

}  // namespace rs::google
