#include "pubsub/publishing.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>
#include <utility>

#include "pubsub/row_message.h"

namespace rs::pubsub {

Publishing::Publishing(const row::Batch& of, sink::WriteDone when_done)
    : batch(&of), done(std::move(when_done)), settled(of.size()) {}

sink::WriteResult Publishing::result() {
  if (failed) return tl::unexpected(*std::exchange(failed, std::nullopt));
  std::sort(rejected.begin(), rejected.end(),
            [](const auto& a, const auto& b) { return a.index < b.index; });
  return std::move(rejected);
}

std::vector<Chain> chains_of(const PublishingPtr& publishing, const PubSubSettings& settings) {
  std::vector<Chain> chains;
  std::unordered_map<std::string_view, std::size_t> by_user;
  const auto& batch = *publishing->batch;
  for (std::size_t row = 0; row < batch.size(); ++row) {
    if (publishing->settled[row]) continue;
    std::size_t chain = 0;
    if (settings.ordering == PubSubOrdering::kUser) {
      chain =
          by_user.try_emplace(read_labels(batch[row]).user_pseudo_id, chains.size()).first->second;
    }
    if (chain == chains.size()) {
      chains.push_back({publishing, {}, 0, settings.request_messages_max});
    }
    chains[chain].rows.push_back(static_cast<std::uint32_t>(row));
  }
  return chains;
}

Chain split_behind(Chain& chain, std::size_t count) {
  Chain rest{chain.publishing, {}, 0, chain.most};
  const auto first = chain.rows.begin() + static_cast<std::ptrdiff_t>(chain.next + count);
  rest.rows.assign(first, chain.rows.end());
  chain.rows.erase(first, chain.rows.end());
  return rest;
}

}  // namespace rs::pubsub
