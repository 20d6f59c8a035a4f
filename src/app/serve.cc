#include "app/serve.h"

#include "obs/log.h"

namespace rs::app {

// The branch `app` has no server: main's serve.cc takes this file's place when they meet.
int serve(const Settings& settings) {
  RS_LOG(kError, "This build has no server to listen on port {}", settings.run.port);
  return 1;
}

}  // namespace rs::app
