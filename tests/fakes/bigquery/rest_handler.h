#pragma once
// The REST side: a handler for rs::http::Server with one thread.

#include "fakes/bigquery/core.h"
#include "fakes/bigquery/rest_routes.h"
#include "http/message.h"

namespace rs::fakes {

class RestHandler final : public http::Handler {
 public:
  explicit RestHandler(Core& core) : core_(core) {}

  http::Answer handle(const http::Request& request, const Promise& promise,
                      http::Response& response) override;
  void settle(Outcome /*outcome*/, http::Response& /*response*/) override {}
  void refuse(http::Refusal refusal, const http::Request& request,
              http::Response& response) override;

 private:
  RestReply serve(const RestRequest& request);
  RestReply serve_api(const RestRequest& request);

  Core& core_;
  Jobs jobs_;
};

}  // namespace rs::fakes
