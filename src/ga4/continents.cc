#include "ga4/continents.h"

namespace rs::ga4 {
namespace {

struct Place {
  std::string_view code, name;
};
constexpr Place kContinents[] = {
    {"002", "Africa"}, {"009", "Oceania"}, {"019", "Americas"}, {"142", "Asia"}, {"150", "Europe"}};
constexpr Place kSubContinents[] = {
    {"005", "South America"},   {"011", "Western Africa"},     {"013", "Central America"},
    {"014", "Eastern Africa"},  {"015", "Northern Africa"},    {"017", "Middle Africa"},
    {"018", "Southern Africa"}, {"021", "Northern America"},   {"029", "Caribbean"},
    {"030", "Eastern Asia"},    {"034", "Southern Asia"},      {"035", "Southeast Asia"},
    {"039", "Southern Europe"}, {"053", "Australasia"},        {"054", "Melanesia"},
    {"057", "Micronesia"},      {"061", "Polynesia"},          {"143", "Central Asia"},
    {"145", "Western Asia"},    {"151", "Eastern Europe"},     {"154", "Northern Europe"},
    {"155", "Western Europe"},  {"202", "Sub-Saharan Africa"}, {"419", "Latin America"}};

template <class List>
std::string_view find(const List& places, std::string_view code) {
  for (const auto& place : places) {
    if (place.code == code) return place.name;
  }
  return {};
}

}  // namespace

std::string_view continent_name(std::string_view code) {
  return find(kContinents, code);
}

std::string_view sub_continent_name(std::string_view code) {
  return find(kSubContinents, code);
}

}  // namespace rs::ga4
