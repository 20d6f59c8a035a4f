#include "google/server_clock.h"

#include <cstdlib>
#include <ctime>

#include <curl/curl.h>
#include <fmt/format.h>

namespace rs::google {

std::string clock_remedy(const HttpResponse& response) {
  const std::string date(response.header("date"));
  const std::time_t theirs = date.empty() ? -1 : curl_getdate(date.c_str(), nullptr);
  if (theirs == -1) return {};
  const auto ahead = static_cast<long long>(std::time(nullptr) - theirs);
  if (std::llabs(ahead) < 60) return {};
  return fmt::format(
      "; this machine's clock is {} seconds {} Google's, and tokens made with it are not accepted: "
      "set it (timedatectl set-ntp true)",
      std::llabs(ahead), ahead > 0 ? "ahead of" : "behind");
}

}  // namespace rs::google
