#include "enrich/public_suffixes.h"

#include <algorithm>
#include <ctime>
#include <fstream>
#include <limits>
#include <string>

#include <gtest/gtest.h>

#include "enrich/referrer_rule.h"
#include "enrich/referrers.h"
#include "enrich/registrable_domain.h"

namespace rs::enrich {
namespace {

// Hosts of every rule, with the domains that tldts' own look-up gives them.
TEST(PublicSuffixes, GiveTheDomainsThatTheListsOwnLibraryGives) {
  std::ifstream cases(RS_SUFFIX_CASES);
  RegistrableDomains domains;
  std::size_t count = 0, wrong = 0;
  for (std::string line; std::getline(cases, line); ++count) {
    const auto blank = line.find(' ');
    const std::string host = line.substr(0, blank), domain = line.substr(blank + 1);
    if (domains.find(host) == domain) continue;
    if (++wrong < 20) ADD_FAILURE() << host << ": " << domains.find(host) << ", not " << domain;
  }
  EXPECT_GT(count, 25'000u);
  EXPECT_EQ(wrong, 0u);
}

TEST(PublicSuffixes, AreTodaysRules) {
  RegistrableDomains domains;
  const std::pair<const char*, const char*> cases[] = {
      {"svc-123456789.europe-west1.run.app", "svc-123456789.europe-west1.run.app"},
      {"svc-abc123-ew.a.run.app", "svc-abc123-ew.a.run.app"},
      {"europe-west1.run.app", ""},
      {"run.app", ""},
      {"collect.shop.co.uk", "shop.co.uk"},
      {"www.ck", "www.ck"},
      {"a.b.ck", "a.b.ck"},
      {"shop.github.io", "shop.github.io"},
      {"a.shop.nosuchtld", "shop.nosuchtld"},
  };
  for (const auto& [host, domain] : cases) EXPECT_EQ(domains.find(host), domain) << host;
}

TEST(PublicSuffixes, AreInTheOrderThatTheSearchNeeds) {
  const auto& list = public_suffix_list();
  ASSERT_EQ(list.starts.size(), list.rules.size() + 1);
  EXPECT_EQ(list.starts.back(), list.text.size());
  EXPECT_GT(list.rules.size(), 8'000u);
  std::string_view previous;
  for (std::size_t i = 0; i < list.rules.size(); ++i) {
    const auto name = list.text.substr(list.starts[i], list.starts[i + 1] - list.starts[i]);
    ASSERT_LT(previous, name);
    ASSERT_NE(list.rules[i], 0);
    const auto labels = static_cast<std::size_t>(std::count(name.begin(), name.end(), '.')) + 1;
    EXPECT_LE(labels, list.labels_max) << name;
    previous = name;
  }
}

TEST(LastLabels, AreCutAtDots) {
  EXPECT_EQ(last_labels("a.b.c", 1), "c");
  EXPECT_EQ(last_labels("a.b.c", 2), "b.c");
  EXPECT_EQ(last_labels("a.b.c", 3), "a.b.c");
  EXPECT_EQ(last_labels("a.b.c", 9), "a.b.c");
  EXPECT_EQ(last_labels("abc", 1), "abc");
  EXPECT_EQ(last_labels("", 1), "");
  EXPECT_EQ(last_labels("a.b.c", 0), "");
}

TEST(Referrers, HaveRulesOfFewLabels) {
  for (const auto& rule : referrer_rules()) {
    EXPECT_LT(std::count(rule.host.begin(), rule.host.end(), '.'), 7) << rule.host;
  }
}

// CPU seconds of this thread for the cheapest of five runs.
template <class Work>
double cost(Work&& work) {
  const auto now = [] {
    timespec at{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &at);
    return static_cast<double>(at.tv_sec) + static_cast<double>(at.tv_nsec) * 1e-9;
  };
  double least = std::numeric_limits<double>::infinity();
  for (int run = 0; run < 5; ++run) {
    const double start = now();
    for (int i = 0; i < 500; ++i) work();
    least = std::min(least, now() - start);
  }
  return least;
}

// Neither is remembered: both are too long for the cache. When each label was tried as the start of
// a suffix, the first cost ten times as much.
TEST(Hosts, OfAHundredLabelsCostNoMoreThanOthersOfTheirLength) {
  std::string many = "com";
  while (many.size() + 2 <= kHostNameMax) many.insert(0, "a.");
  const std::string few = std::string(60, 'a') + "." + std::string(60, 'b') + "." +
                          std::string(60, 'c') + "." + std::string(kHostNameMax - 187, 'd') +
                          ".com";
  RegistrableDomains domains;
  Referrers referrers;
  const auto work = [&](const std::string& host) {
    return cost([&] {
      (void)domains.find(host);
      (void)referrers.find(host);
    });
  };
  EXPECT_LT(work(many), 3 * work(few));
}

}  // namespace
}  // namespace rs::enrich
