#include "ga4/gtag_fields.h"

#include <algorithm>

#include "enrich/url.h"
#include "ga4/number_text.h"

namespace rs::ga4 {
namespace {

struct Name {
  std::string_view key;
  Field field;  // kCount: known, and not kept.
};

// Keys of at most 8 characters, so that one is a number of 64 bits.
constexpr Name kNames[] = {
    {"tid", Field::kMeasurementId},
    {"cid", Field::kClientId},
    {"uid", Field::kUserId},
    {"_p", Field::kPageLoad},
    {"_s", Field::kRequestNumber},
    {"sid", Field::kSessionId},
    {"sct", Field::kSessionNumber},
    {"seg", Field::kSessionEngaged},
    {"dl", Field::kPageLocation},
    {"dr", Field::kPageReferrer},
    {"dt", Field::kPageTitle},
    {"dp", Field::kPagePath},
    {"dh", Field::kHostname},
    {"cu", Field::kCurrency},
    {"ul", Field::kLanguage},
    {"sr", Field::kScreen},
    {"gcs", Field::kGcs},
    {"gcd", Field::kGcd},
    {"npa", Field::kNonPersonalized},
    {"_npa", Field::kNonPersonalized},
    {"ir", Field::kIgnoreReferrer},
    {"tt", Field::kTrafficType},
    {"_dbg", Field::kDebug},
    {"ur", Field::kRegion},
    {"_uip", Field::kAddress},
    {"uip", Field::kAddress},
    {"uaa", Field::kArchitecture},
    {"uab", Field::kBitness},
    {"uafvl", Field::kFullVersionList},
    {"uamb", Field::kMobile},
    {"uam", Field::kModel},
    {"uap", Field::kPlatform},
    {"uapv", Field::kPlatformVersion},
    {"cs", Field::kSource},
    {"cm", Field::kMedium},
    {"cn", Field::kCampaign},
    {"cc", Field::kContent},
    {"ck", Field::kTerm},
    {"ci", Field::kCampaignId},
    {"ccf", Field::kCreativeFormat},
    {"cmt", Field::kMarketingTactic},
    {"qt", Field::kQueueTime},
    {"en", Field::kEventName},
    {"_et", Field::kEngagementTime},
    {"_ss", Field::kSessionStart},
    {"_fv", Field::kFirstVisit},
    {"_nsi", Field::kNewClientId},
    {"_c", Field::kKeyEvent},
    {"pi", Field::kPromotionId},
    {"pn", Field::kPromotionName},
    {"lo", Field::kLocationId},
    // What the tag says about itself, about advertising, or to a server-side container; `em` and
    // `_udm` are hashed user data, which is never stored.
    {"v", Field::kCount},
    {"gtm", Field::kCount},
    {"ecid", Field::kCount},
    {"_fid", Field::kCount},
    {"uaw", Field::kCount},
    {"uaW", Field::kCount},
    {"gcu", Field::kCount},
    {"gcut", Field::kCount},
    {"dma", Field::kCount},
    {"dma_cps", Field::kCount},
    {"gdpr", Field::kCount},
    {"gpp", Field::kCount},
    {"gpp_sid", Field::kCount},
    {"pscdl", Field::kCount},
    {"gdid", Field::kCount},
    {"edid", Field::kCount},
    {"did", Field::kCount},
    {"_fplc", Field::kCount},
    {"_glv", Field::kCount},
    {"gtm_up", Field::kCount},
    {"lps", Field::kCount},
    {"_gaz", Field::kCount},
    {"_ono", Field::kCount},
    {"ngs", Field::kCount},
    {"_ng", Field::kCount},
    {"_geo", Field::kCount},
    {"_rdi", Field::kCount},
    {"frm", Field::kCount},
    {"are", Field::kCount},
    {"pae", Field::kCount},
    {"rcb", Field::kCount},
    {"gaf", Field::kCount},
    {"tag_exp", Field::kCount},
    {"_tu", Field::kCount},
    {"hn", Field::kCount},
    {"gtm_ee", Field::kCount},
    {"ec_mode", Field::kCount},
    {"em", Field::kCount},
    {"_udm", Field::kCount},
    {"_z", Field::kCount},
    {"z", Field::kCount},
    {"_rnd", Field::kCount},
    {"_ee", Field::kCount},
    {"_eu", Field::kCount},
    {"tfd", Field::kCount},
    {"ae", Field::kCount},
    {"_gsid", Field::kCount},
    {"fp", Field::kCount},
    {"_prs", Field::kCount},
    {"_dtv", Field::kCount},
    {"_dtn", Field::kCount},
};
constexpr std::string_view kLongNames[] = {"richsstsse", "us_privacy", "gdpr_consent"};
constexpr std::string_view kIgnoredPrefixes[] = {"sst.", "gap."};

constexpr std::uint64_t packed(std::string_view key) {
  std::uint64_t word = 0;
  for (const char c : key) word = word << 8 | static_cast<unsigned char>(c);
  return word;
}

constexpr std::size_t kSlots = 512;
constexpr std::size_t slot_of(std::uint64_t word) {
  return static_cast<std::size_t>((word * 0x9e3779b97f4a7c15U) >> 55);
}

struct Slot {
  std::uint64_t word = 0;  // 0: empty.
  Field field = Field::kCount;
};

// Open addressing: a key is at its slot or behind it, before the next empty one.
constexpr auto kTable = [] {
  std::array<Slot, kSlots> table{};
  for (const auto& name : kNames) {
    std::size_t at = slot_of(packed(name.key));
    while (table[at].word != 0) at = (at + 1) % kSlots;
    table[at] = {packed(name.key), name.field};
  }
  return table;
}();

// Null for a key that is not known.
const Slot* find_name(std::string_view key) {
  if (key.empty() || key.size() > 8) return nullptr;
  const std::uint64_t word = packed(key);
  for (std::size_t at = slot_of(word); kTable[at].word != 0; at = (at + 1) % kSlots) {
    if (kTable[at].word == word) return &kTable[at];
  }
  return nullptr;
}

bool is_ignored(std::string_view key) {
  return std::find(std::begin(kLongNames), std::end(kLongNames), key) != std::end(kLongNames) ||
         std::any_of(std::begin(kIgnoredPrefixes), std::end(kIgnoredPrefixes),
                     [key](std::string_view prefix) { return key.starts_with(prefix); });
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

template <class List>
void append(List& list, const List& more) {
  list.insert(list.end(), more.begin(), more.end());
}

}  // namespace

void GtagFields::clear() {
  values_ = {};
  params.clear();
  properties.clear();
  items.clear();
  unknown_keys.clear();
  unknown = dropped = 0;
}

void GtagFields::read(std::string_view text) {
  enrich::QueryReader reader(text);
  for (enrich::QueryPair pair; reader.next(pair);) {
    if (!add_known(pair.key, pair.value)) {
      add_other(enrich::decode_query_text(pair.key, *arena_), pair.value);
    }
  }
}

void GtagFields::inherit(const GtagFields& shared) {
  values_ = shared.values_;
  unknown_keys = shared.unknown_keys;
  unknown = shared.unknown;
  if (shared.has(Field::kEventName)) {
    std::fill(values_.begin() + static_cast<std::ptrdiff_t>(Field::kEventName), values_.end(),
              std::string_view{});
    return;
  }
  append(params, shared.params);
  append(properties, shared.properties);
  append(items, shared.items);
  dropped = shared.dropped;
}

std::string_view GtagFields::text(Field field) const {
  return enrich::decode_query_text(raw(field), *arena_);
}

bool GtagFields::add_known(std::string_view key, std::string_view value) {
  const Slot* const found = find_name(key);
  if (found == nullptr) return false;
  if (found->field != Field::kCount) values_[static_cast<std::size_t>(found->field)] = value;
  return true;
}

void GtagFields::add_other(std::string_view key, std::string_view value) {
  // "&" written for HTML, as in the address of an image in a mail.
  if (key.starts_with("amp;")) key.remove_prefix(4);
  if (add_known(key, value)) return;
  if (key.starts_with("ep.")) return add_param(params, key.substr(3), value, false);
  if (key.starts_with("epn.")) return add_param(params, key.substr(4), value, true);
  if (key.starts_with("up.")) return add_param(properties, key.substr(3), value, false);
  if (key.starts_with("upn.")) return add_param(properties, key.substr(4), value, true);
  if (key.starts_with("pr") && add_item(key.substr(2), value)) return;
  if (key.empty() || is_ignored(key)) return;
  ++unknown;
  if (unknown_keys.size() < kUnknownMax) unknown_keys.push_back(key);
}

template <class Param>
void GtagFields::add_param(std::vector<Param>& list, std::string_view name, std::string_view value,
                           bool number) {
  if (name.empty() || name.find('\0') != std::string_view::npos) {
    ++dropped;
    return;
  }
  const auto decoded = enrich::decode_query_text(value, *arena_);
  Param& param = list.emplace_back();
  param.key = name;
  auto& content = param.value.emplace();
  if (number) {
    set_number_or_text(decoded, content);
  } else {
    content.string_value = decoded;
  }
}

bool GtagFields::add_item(std::string_view digits, std::string_view value) {
  if (digits.empty() || digits.size() > 3 || !std::all_of(digits.begin(), digits.end(), is_digit))
    return false;
  unsigned number = 0;
  for (const char c : digits) number = number * 10 + static_cast<unsigned>(c - '0');
  items.push_back({number, enrich::decode_query_text(value, *arena_)});
  return true;
}

}  // namespace rs::ga4
