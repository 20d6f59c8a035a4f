#include "enrich/device.h"

#include "enrich/accept_language.h"
#include "enrich/clean_text.h"

namespace rs::enrich {

void add_device(const Page& page, const event::Facts& facts, Arena& arena, row::Row& row) {
  const auto language = preferred_language(facts.accept_language, arena);
  if (language.empty() && facts.user_agent.empty() && page.hostname.empty()) return;
  row::Device& device = row.device.emplace();
  if (!language.empty()) device.language = language;
  if (!facts.user_agent.empty())
    device.user_agent = clean_text(facts.user_agent, kUserAgentMax, arena);
  if (!page.hostname.empty()) device.web_info.emplace().hostname = page.hostname;
}

}  // namespace rs::enrich
