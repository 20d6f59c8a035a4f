#pragma once
// The commands that prepare a Google Cloud project for WRITERS__STRATEGY=pubsub: topic, rights, the
// table and the BigQuery subscription that fills it, with its dead-letter topic. Pure text, for a
// shell; what is there already makes a command fail, no more.

#include <string>

#include "settings/settings.h"

namespace rs::commands {

// Project, topic, dataset and table are named. Ends with a line feed.
[[nodiscard]] std::string pubsub_setup(const settings::Settings::Writers& writers);

}  // namespace rs::commands
