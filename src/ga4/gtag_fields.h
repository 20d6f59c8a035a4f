#pragma once
// The pairs of a hit (key=value&...) by what they mean. A hit is a query, or a query and one line
// of the body: the line's pairs come second and win, as the last of repeated keys does everywhere.
//   v=2&tid=G-1&cid=1.2&dl=https%3A%2F%2F...&en=purchase&ep.coupon=X&epn.value=9.5&pr1=idA~nmB
// Decoded as application/x-www-form-urlencoded, because some senders write '+' for a blank; a '%'
// without two hexadecimal digits stays, and bytes that are not UTF-8 become U+FFFD.
// Known names: ga4.md sections 3.2, 10.16 and 10.17. Not thread-safe; reused from hit to hit.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/arena.h"
#include "row/row.h"

namespace rs::ga4 {

// A key whose value is looked at. Those from kEventName on belong to one event; the ones before may
// stand in the query for all lines of the body.
enum class Field : std::uint8_t {
  kMeasurementId,    // tid
  kClientId,         // cid
  kUserId,           // uid
  kPageLoad,         // _p
  kRequestNumber,    // _s
  kSessionId,        // sid
  kSessionNumber,    // sct
  kSessionEngaged,   // seg
  kPageLocation,     // dl
  kPageReferrer,     // dr
  kPageTitle,        // dt
  kPagePath,         // dp
  kHostname,         // dh
  kCurrency,         // cu
  kLanguage,         // ul
  kScreen,           // sr
  kGcs,              // gcs
  kGcd,              // gcd
  kNonPersonalized,  // npa, _npa
  kIgnoreReferrer,   // ir
  kTrafficType,      // tt
  kDebug,            // _dbg
  kRegion,           // ur
  kAddress,          // _uip, uip
  kArchitecture,     // uaa
  kBitness,          // uab
  kFullVersionList,  // uafvl
  kMobile,           // uamb
  kModel,            // uam
  kPlatform,         // uap
  kPlatformVersion,  // uapv
  kSource,           // cs
  kMedium,           // cm
  kCampaign,         // cn
  kContent,          // cc
  kTerm,             // ck
  kCampaignId,       // ci
  kCreativeFormat,   // ccf
  kMarketingTactic,  // cmt
  kQueueTime,        // qt
  kEventName,        // en
  kEngagementTime,   // _et
  kSessionStart,     // _ss
  kFirstVisit,       // _fv
  kNewClientId,      // _nsi
  kKeyEvent,         // _c
  kPromotionId,      // pi
  kPromotionName,    // pn
  kLocationId,       // lo
  kCount
};

class GtagFields {
 public:
  explicit GtagFields(Arena& arena) : arena_(&arena) {}

  void clear();
  // Adds the pairs of `text`, which outlives this.
  void read(std::string_view text);
  // Adds all of `shared`; without what belongs to its own event when it has one (an `en`).
  void inherit(const GtagFields& shared);

  // Decoded, and empty when absent.
  [[nodiscard]] std::string_view text(Field field) const;
  [[nodiscard]] bool has(Field field) const { return !raw(field).empty(); }
  // Still encoded: for values that are plain ASCII whenever they mean something.
  [[nodiscard]] std::string_view raw(Field field) const {
    return values_[static_cast<std::size_t>(field)];
  }

  struct Item {
    unsigned number;        // Of prN, 0 to 999.
    std::string_view text;  // Decoded.
  };
  // In the order in which they were read; a key may appear more than once.
  std::vector<row::EventParam> params;         // ep. and epn.
  std::vector<row::UserProperty> properties;   // up. and upn.
  std::vector<Item> items;                     // pr1 to pr999.
  std::vector<std::string_view> unknown_keys;  // Decoded. The first kUnknownMax of them.
  std::size_t unknown = 0;                     // All of them.
  std::size_t dropped = 0;                     // Parameters without a name, or with NUL in it.

  static constexpr std::size_t kUnknownMax = 20;

 private:
  bool add_known(std::string_view key, std::string_view value);
  void add_other(std::string_view key, std::string_view value);
  template <class Param>
  void add_param(std::vector<Param>& list, std::string_view name, std::string_view value,
                 bool number);
  bool add_item(std::string_view digits, std::string_view value);

  Arena* arena_;
  std::array<std::string_view, static_cast<std::size_t>(Field::kCount)> values_{};
};

}  // namespace rs::ga4
