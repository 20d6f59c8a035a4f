// The HTTP front end alone: answers each request with a constant, echoing Origin and __uid__ as
// the product does. To be measured with http-ratio and callgrind.
//
//   http_constant PORT [THREADS]     until SIGTERM or SIGINT

#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "http/cors.h"
#include "http/server.h"

namespace {

using rs::http::Answer;
using rs::http::Known;
using rs::http::Refusal;
using rs::http::Request;
using rs::http::Response;

class ConstantHandler final : public rs::http::Handler {
 public:
  explicit ConstantHandler(const rs::http::Cors& cors) : cors_(cors) {}

  Answer handle(const Request& request, const rs::Promise&, Response& response) override {
    response.content_type = "application/json";
    response.body = R"({"status":"ok"})";
    std::string_view cookies = request.header(Known::kCookie);
    if (const auto at = cookies.find("__uid__="); at != std::string_view::npos) {
      cookies.remove_prefix(at);
      response.headers.append("Set-Cookie: ")
          .append(cookies.substr(0, cookies.find(';')))
          .append("; Path=/; Max-Age=63072000; SameSite=None; Secure; HttpOnly\r\n");
    }
    cors_.apply(request, response);
    return Answer::kNow;
  }
  void settle(rs::Outcome, Response&) override {}
  void refuse(Refusal, const Request&, Response& response) override {
    response.content_type = "application/json";
    response.body = R"({"detail":"refused"})";
  }

 private:
  const rs::http::Cors& cors_;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fprintf(stderr, "usage: http_constant PORT [THREADS]\n"), 2;
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGTERM);
  sigaddset(&stop_signals, SIGINT);
  sigprocmask(SIG_BLOCK, &stop_signals, nullptr);

  rs::http::CorsSettings cors_settings;
  cors_settings.allowed_origins = {"https://shop.example.com"};
  const auto cors = rs::http::Cors::create(cors_settings);
  rs::http::ServerSettings settings;
  settings.host = "127.0.0.1";
  settings.port = static_cast<std::uint16_t>(std::atoi(argv[1]));
  settings.threads = argc > 2 ? static_cast<unsigned>(std::atoi(argv[2])) : 1;
  auto server = rs::http::Server::listen(settings);
  if (!server) return std::fprintf(stderr, "%s\n", server.error().message.c_str()), 1;
  (*server)->run([&](unsigned, rs::Mailbox&) { return std::make_unique<ConstantHandler>(*cors); });
  std::printf("%u\n", (*server)->port());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&stop_signals, &signal);
  (*server)->stop(std::chrono::steady_clock::now() + std::chrono::seconds(8));
  (*server)->join();
  return 0;
}
