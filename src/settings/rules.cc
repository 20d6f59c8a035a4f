#include "settings/rules.h"

#include <algorithm>

namespace rs::settings {
namespace {

struct Rule {
  std::vector<std::string_view> settings;  // The first is the one to change.
  bool (*broken)(const Settings&);
  std::string_view problem;
};

bool is_direct(const Settings& s) {
  return s.writers.strategy == Strategy::kDirect;
}
bool is_pubsub(const Settings& s) {
  return s.writers.strategy == Strategy::kPubsub;
}

std::vector<Rule> rules() {
  return {
      {{"COOKIE__SAMESITE", "COOKIE__SECURE"},
       [](const Settings& s) { return s.cookie.same_site == SameSite::kNone && !s.cookie.secure; },
       "must be lax or strict while COOKIE__SECURE is false: browsers drop such a cookie"},
      {{"COOKIE__NAME", "COOKIE__SECURE"},
       [](const Settings& s) {
         const std::string_view name = s.cookie.name;
         return (name.starts_with("__Host-") || name.starts_with("__Secure-")) && !s.cookie.secure;
       },
       "must not begin with __Host- or __Secure- while COOKIE__SECURE is false: browsers drop such "
       "a cookie"},
      {{"COOKIE__DOMAIN", "COOKIE__NAME"},
       [](const Settings& s) {
         return std::string_view(s.cookie.name).starts_with("__Host-") && !s.cookie.domain.empty();
       },
       "must be empty while COOKIE__NAME begins with __Host-: browsers drop such a cookie"},
      {{"CORS__ALLOWED_ORIGINS", "CORS__ALLOW_CREDENTIALS"},
       [](const Settings& s) {
         const auto& origins = s.cors.allowed_origins;
         return s.cors.allow_credentials &&
                std::find(origins.begin(), origins.end(), "*") != origins.end();
       },
       "must not hold * while CORS__ALLOW_CREDENTIALS is true: list the origins, or set that to "
       "false"},
      {{"RUN__MAX_UNFINISHED_BYTES", "RUN__MAX_BODY_BYTES"},
       [](const Settings& s) { return s.run.max_unfinished_bytes < 2 * s.run.max_body_bytes; },
       "must be at least twice RUN__MAX_BODY_BYTES: one body would use it up"},
      {{"API__V1__FETCH", "API__V1__STREAMING"},
       [](const Settings& s) { return s.api.v1.fetch == s.api.v1.streaming; },
       "must differ from API__V1__STREAMING"},
      {{"WRITERS__PROJECT_ID", "WRITERS__STRATEGY"},
       [](const Settings& s) {
         return (is_direct(s) || is_pubsub(s)) && s.writers.project_id.empty();
       },
       "is needed by the strategies direct and pubsub"},
      {{"WRITERS__PROJECT_ID", "LOGGING__TARGET"},
       [](const Settings& s) {
         return s.logging.target == LogTarget::kCloud && s.writers.project_id.empty();
       },
       "is needed by LOGGING__TARGET=cloud"},
      {{"WRITERS__BQ__DATASET_ID", "WRITERS__STRATEGY"},
       [](const Settings& s) { return is_direct(s) && s.writers.bq.dataset_id.empty(); },
       "is needed by the strategy direct"},
      {{"WRITERS__BQ__TABLE_ID", "WRITERS__STRATEGY"},
       [](const Settings& s) { return is_direct(s) && s.writers.bq.table_id.empty(); },
       "is needed by the strategy direct"},
      {{"WRITERS__PUBSUB__TOPIC_ID", "WRITERS__STRATEGY"},
       [](const Settings& s) { return is_pubsub(s) && s.writers.pubsub.topic_id.empty(); },
       "is needed by the strategy pubsub"},
      {{"WRITERS__BQ__TABLE_ID", "WRITERS__BQ__DATASET_ID", "WRITERS__STRATEGY"},
       [](const Settings& s) {
         return is_pubsub(s) && s.writers.bq.dataset_id.empty() != s.writers.bq.table_id.empty();
       },
       "and WRITERS__BQ__DATASET_ID must both be set, or neither"},
      {{"WRITERS__LOCAL__MAX_BATCH_SIZE", "WRITERS__BQ__MAX_QUEUE_SIZE"},
       [](const Settings& s) {
         return s.writers.local.max_batch_size > s.writers.bq.max_queue_size;
       },
       "must not be more than WRITERS__BQ__MAX_QUEUE_SIZE: such a batch would never fill"},
      {{"WRITERS__BQ__MAX_BATCH_SIZE", "WRITERS__BQ__MAX_QUEUE_SIZE"},
       [](const Settings& s) { return s.writers.bq.max_batch_size > s.writers.bq.max_queue_size; },
       "must not be more than WRITERS__BQ__MAX_QUEUE_SIZE: such a batch would never fill"},
      {{"WRITERS__PUBSUB__MAX_BATCH_SIZE", "WRITERS__BQ__MAX_QUEUE_SIZE"},
       [](const Settings& s) {
         return s.writers.pubsub.max_batch_size > s.writers.bq.max_queue_size;
       },
       "must not be more than WRITERS__BQ__MAX_QUEUE_SIZE: such a batch would never fill"},
      {{"RUN__MAX_EVENTS", "WRITERS__BQ__MAX_QUEUE_SIZE"},
       [](const Settings& s) { return s.run.max_events > s.writers.bq.max_queue_size; },
       "must not be more than WRITERS__BQ__MAX_QUEUE_SIZE: such a request would never fit"},
      {{"WRITERS__PUBSUB__MAX_HELD_MESSAGES", "WRITERS__BQ__MAX_QUEUE_SIZE"},
       [](const Settings& s) {
         return s.writers.pubsub.max_held_messages > s.writers.bq.max_queue_size;
       },
       "must not be more than WRITERS__BQ__MAX_QUEUE_SIZE: as many rows are held"},
  };
}

}  // namespace

std::vector<BrokenRule> broken_rules(const Settings& settings,
                                     const std::function<bool(std::string_view name)>& is_sound) {
  std::vector<BrokenRule> out;
  for (const Rule& rule : rules()) {
    if (std::all_of(rule.settings.begin(), rule.settings.end(), is_sound) &&
        rule.broken(settings)) {
      out.push_back({rule.settings[0], std::string(rule.problem)});
    }
  }
  return out;
}

}  // namespace rs::settings
