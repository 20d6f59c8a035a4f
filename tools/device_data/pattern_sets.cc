// Vectorscan databases: which patterns are scanned for together, and how each regex is given to a
// library that knows no look-around and no anchors inside.

#include <array>
#include <atomic>
#include <cstring>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <thread>

#include <fmt/core.h>
#include <hs/hs.h>

#include "builder.h"
#include "literals.h"

namespace rs::device {
namespace {

// Brands with fewer models are faster to try one by one.
constexpr std::uint32_t kModelsForSet = 24;
constexpr std::size_t kImageAlignment = 64;

// First list of each set; a set ends where the next begins.
constexpr std::array<List, 4> kSetStarts = {List::kBots, List::kSystems, List::kFeedReaders,
                                            List::kMobiles};
constexpr List kSetsEnd = List::kEngineVersions;

// How short a word may be by which a pattern of the set is found.
// Where the regexes are long, a false candidate costs more than
// a scan.
constexpr std::array<std::size_t, kSetStarts.size()> kShortestWord = {3, 3, 3, 6};

struct Expression {
  std::string regex;
  unsigned flags;
};

std::string without_anchors(std::string regex) {
  for (std::size_t i = 0; i < regex.size(); ++i) {
    const bool is_escaped = i > 0 && regex[i - 1] == '\\';
    const bool is_class = i > 0 && regex[i - 1] == '[';
    if (regex[i] == '^' && !is_escaped && !is_class) regex.replace(i, 1, "(?:)");
  }
  return regex;
}

bool is_accepted(const Expression& expression) {
  hs_expr_info_t* info = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto code = hs_expression_info(expression.regex.c_str(), expression.flags, &info, &error);
  const bool needs_empty = code == HS_SUCCESS && info->min_width == 0;
  std::free(info);
  hs_free_compile_error(error);
  return code == HS_SUCCESS && (!needs_empty || (expression.flags & HS_FLAG_ALLOWEMPTY) != 0);
}

// The strictest form that Vectorscan accepts and that matches whatever `regex` matches; nothing
// when there is none. The words around a pattern are left out: what lies in a longer word is a
// candidate too.
std::optional<Expression> expression_of(const std::string& regex) {
  constexpr unsigned kPlain = HS_FLAG_CASELESS | HS_FLAG_SINGLEMATCH;
  const auto loose = without_anchors(regex);
  for (const auto& expression :
       {Expression{regex, kPlain}, Expression{regex, kPlain | HS_FLAG_PREFILTER},
        Expression{loose, kPlain | HS_FLAG_PREFILTER},
        Expression{loose, kPlain | HS_FLAG_PREFILTER | HS_FLAG_ALLOWEMPTY}}) {
    if (is_accepted(expression)) return expression;
  }
  return std::nullopt;
}

struct FreeDatabase {
  void operator()(hs_database_t* database) const { hs_free_database(database); }
};
using DatabasePointer = std::unique_ptr<hs_database_t, FreeDatabase>;

// As it lies in memory, at an address that is a multiple of kImageAlignment.
std::string image_of(const hs_database_t* database) {
  char* bytes = nullptr;
  std::size_t size = 0, needed = 0;
  if (hs_serialize_database(database, &bytes, &size) != HS_SUCCESS ||
      hs_serialized_database_size(bytes, size, &needed) != HS_SUCCESS) {
    throw std::runtime_error("Vectorscan cannot serialise a database");
  }
  const std::size_t room = (needed + kImageAlignment - 1) / kImageAlignment * kImageAlignment;
  std::unique_ptr<void, decltype(&std::free)> memory(std::aligned_alloc(kImageAlignment, room),
                                                     std::free);
  std::memset(memory.get(), 0, room);
  if (hs_deserialize_database_at(bytes, size, static_cast<hs_database_t*>(memory.get())) !=
      HS_SUCCESS) {
    throw std::runtime_error("Vectorscan cannot read what it has written");
  }
  std::free(bytes);
  return {static_cast<const char*>(memory.get()), room};
}

struct Compiled {
  std::string image;  // Empty when words tell of all patterns.
  std::vector<PatternId> always;
};

// `left_out` patterns are found by words.
Compiled compile(const Builder& builder, const PatternSet& set, const std::vector<bool>& left_out) {
  Compiled out;
  std::vector<Expression> expressions;
  std::vector<unsigned> ids;
  for (std::uint32_t i = 0; i < set.patterns.count; ++i) {
    const PatternId id = set.patterns.first + i;
    if (left_out[id]) continue;
    auto expression = expression_of(std::string(builder.view(builder.patterns[id].regex)));
    if (!expression) {
      out.always.push_back(id);
      continue;
    }
    expressions.push_back(std::move(*expression));
    ids.push_back(i);
  }
  if (expressions.empty()) return out;
  std::vector<const char*> regexes;
  std::vector<unsigned> flags;
  for (const auto& expression : expressions) {
    regexes.push_back(expression.regex.c_str());
    flags.push_back(expression.flags);
  }
  // No features: what is built on this processor must run on any.
  const hs_platform_info_t platform{HS_TUNE_FAMILY_GENERIC, 0, 0, 0};
  hs_database_t* database = nullptr;
  hs_compile_error_t* error = nullptr;
  const auto code = hs_compile_multi(regexes.data(), flags.data(), ids.data(),
                                     static_cast<unsigned>(regexes.size()), HS_MODE_BLOCK,
                                     &platform, &database, &error);
  if (code != HS_SUCCESS) {
    throw std::runtime_error(fmt::format(
        "Vectorscan: {}: {}", error->message,
        error->expression < 0 ? "" : regexes[static_cast<std::size_t>(error->expression)]));
  }
  out.image = image_of(DatabasePointer(database).get());
  return out;
}

// Scratch memory serves all sets when it has been grown by each that needs more than those before.
void mark_growing_sets(Builder& builder) {
  hs_scratch_t* scratch = nullptr;
  std::size_t size = 0;
  for (PatternSet& set : builder.sets) {
    if (set.image_size == 0) continue;
    const std::string image = builder.images.substr(set.image_offset, set.image_size);
    std::unique_ptr<void, decltype(&std::free)> memory(
        std::aligned_alloc(kImageAlignment, image.size()), std::free);
    std::memcpy(memory.get(), image.data(), image.size());
    std::size_t grown = 0;
    if (hs_alloc_scratch(static_cast<hs_database_t*>(memory.get()), &scratch) != HS_SUCCESS ||
        hs_scratch_size(scratch, &grown) != HS_SUCCESS) {
      throw std::runtime_error("Vectorscan gives no scratch memory for an image");
    }
    set.grows_scratch = grown != size;
    size = grown;
  }
  hs_free_scratch(scratch);
}

void divide(Builder& builder) {
  for (std::size_t i = 0; i < kSetStarts.size(); ++i) {
    const auto from = static_cast<std::size_t>(kSetStarts[i]);
    const auto to =
        static_cast<std::size_t>(i + 1 < kSetStarts.size() ? kSetStarts[i + 1] : kSetsEnd);
    PatternSet set;
    set.patterns.first = builder.lists[from].patterns.first;
    for (std::size_t list = from; list < to; ++list) {
      builder.lists[list].set = static_cast<std::uint32_t>(i);
      set.patterns.count += builder.lists[list].patterns.count;
    }
    builder.sets.push_back(set);
  }
  const auto models = builder.lists[static_cast<std::size_t>(List::kModels)].patterns.first;
  for (Brand& brand : builder.brands) {
    if (brand.models.count < kModelsForSet) continue;
    brand.set = static_cast<std::uint32_t>(builder.sets.size());
    PatternSet set;
    set.patterns = {models + brand.models.first, brand.models.count};
    builder.sets.push_back(set);
  }
}

// Patterns of lists that are found by words. (Models are asked for one brand at a time, whose few
// dozen Vectorscan finds as fast.)
std::vector<bool> take_words(Builder& builder) {
  std::vector<bool> taken(builder.patterns.size());
  for (std::uint32_t set = 0; set < kSetStarts.size(); ++set) {
    const Range& patterns = builder.sets[set].patterns;
    for (std::uint32_t i = 0; i < patterns.count; ++i) {
      const auto words = needed_words(builder.view(builder.patterns[patterns.first + i].regex),
                                      kShortestWord[set]);
      taken[patterns.first + i] = !words.empty();
      add_words(builder, set, i, words);
    }
  }
  index_words(builder);
  return taken;
}

}  // namespace

void compile_sets(Builder& builder) {
  divide(builder);
  const std::vector<bool> by_words = take_words(builder);
  std::vector<Compiled> compiled(builder.sets.size());
  std::atomic<std::size_t> next = 0;
  std::mutex mutex;
  std::exception_ptr failure;
  std::vector<std::thread> threads;
  // The largest set is the last of the lists: it is begun first.
  const auto order = [&](std::size_t i) {
    return i < kSetStarts.size() ? kSetStarts.size() - 1 - i : i;
  };
  for (unsigned i = 0; i < std::max(1U, std::thread::hardware_concurrency()); ++i) {
    threads.emplace_back([&] {
      for (std::size_t at = next++; at < builder.sets.size(); at = next++) {
        try {
          compiled[order(at)] = compile(builder, builder.sets[order(at)], by_words);
        } catch (...) {
          const std::lock_guard lock(mutex);
          failure = std::current_exception();
        }
      }
    });
  }
  for (auto& thread : threads) thread.join();
  if (failure) std::rethrow_exception(failure);
  for (std::size_t i = 0; i < compiled.size(); ++i) {
    PatternSet& set = builder.sets[i];
    set.always = {static_cast<std::uint32_t>(builder.always.size()),
                  static_cast<std::uint32_t>(compiled[i].always.size())};
    builder.always.insert(builder.always.end(), compiled[i].always.begin(),
                          compiled[i].always.end());
    set.image_offset = builder.images.size();
    set.image_size = compiled[i].image.size();
    builder.images += compiled[i].image;
  }
  mark_growing_sets(builder);
}

}  // namespace rs::device
