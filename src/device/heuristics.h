#pragma once
// Regexes that are part of Matomo's program, not of its lists: the gates and rules of
// DeviceDetector.php and the parsers under Parser/ (matomo-org/device-detector, commit 3856a2869),
// facts of the algorithm. The database's compiler gives them pattern ids like any list; the enums
// are places in that list.

#include <array>
#include <cstdint>
#include <string_view>

#include "device/format.h"

namespace rs::device {

struct BuiltIn {
  std::string_view regex;
  Wrap wrap;
};

enum class Heuristic : std::uint8_t {
  kReducedAndroid,  // Client hints tell more than this user agent.
  kDesktop,
  kNotDesktop,
  kHbbTv,
  kShellTv,
  kNotebook,
  kVirtualReality,
  kChrome,
  kMobile,
  kPadApad,
  kAndroidTablet,
  kOperaTablet,
  kAndroidMobile,
  kTouch,
  kPuffinDesktop,
  kPuffinSmartphone,
  kPuffinTablet,
  kOperaTvStore,
  kAndroidTv,
  kTizenTv,
  kTvParenthesis,
  kDesktopFragment,
  kBlinkFrame,
  kCount  // Not a heuristic.
};

inline constexpr std::array<BuiltIn, static_cast<std::size_t>(Heuristic::kCount)> kHeuristics = {{
    {R"(Android (?:1[0-7][.\d]*; K(?: Build/|[;)])|1[0-7]\)) AppleWebKit)", Wrap::kNone},
    {R"((?:Windows (?:NT|IoT)|X11; Linux x86_64))", Wrap::kParser},
    {R"(CE-HTML| Mozilla/|Andr[o0]id|Tablet|Mobile|iPhone|Windows Phone|ricoh|OculusBrowser|)"
     R"(PicoBrowser|Lenovo|compatible; MSIE|Trident/|Tesla/|XBOX|FBMD/|ARM; ?([^)]+))",
     Wrap::kParser},
    {R"((?:HbbTV|SmartTvA)/([1-9]{1}(?:\.[0-9]{1}){1,2}))", Wrap::kParser},
    {R"([a-z]+[ _]Shell[ _]\w{6}|tclwebkit(\d+[.\d]*))", Wrap::kParser},
    {R"(FBMD/)", Wrap::kParser},
    {R"(Android( [.0-9]+)?; Mobile VR;| VR )", Wrap::kHeuristic},
    {R"(Chrome/[.0-9]*)", Wrap::kHeuristic},
    {R"((?:Mobile|eliboM))", Wrap::kHeuristic},
    {R"(Pad/APad)", Wrap::kHeuristic},
    {R"(Android( [.0-9]+)?; Tablet;|Tablet(?! PC)|.*\-tablet$)", Wrap::kHeuristic},
    {R"(Opera Tablet)", Wrap::kHeuristic},
    {R"(Android( [.0-9]+)?; Mobile;|.*\-mobile$)", Wrap::kHeuristic},
    {R"(Touch)", Wrap::kHeuristic},
    {R"(Puffin/(?:\d+[.\d]+)[LMW]D)", Wrap::kHeuristic},
    {R"(Puffin/(?:\d+[.\d]+)[AIFLW]P)", Wrap::kHeuristic},
    {R"(Puffin/(?:\d+[.\d]+)[AILW]T)", Wrap::kHeuristic},
    {R"(Opera TV Store| OMI/)", Wrap::kHeuristic},
    {R"(Andr0id|(?:Android(?: UHD)?|Google) TV|\(lite\) TV|BRAVIA|Firebolt| TV$)",
     Wrap::kHeuristic},
    {R"(SmartTV|Tizen.+ TV .+$)", Wrap::kHeuristic},
    {R"(\(TV;)", Wrap::kHeuristic},
    {R"((?:Desktop|PC)(?: (x(?:32|64)|WOW64))?;)", Wrap::kHeuristic},
    {R"(Chrome/.+ Safari/537.36)", Wrap::kNone},
}};

// Of the processor, in the order in which they are tried.
enum class Platform : std::uint8_t {
  kArm,
  kLoongArch64,
  kMips,
  kSuperH,
  kSparc64,
  kX64,
  kX86,
  kCount  // Not a platform.
};
inline constexpr std::array<BuiltIn, static_cast<std::size_t>(Platform::kCount)> kPlatforms = {{
    {R"(arm[ _;)ev]|.*arm$|.*arm64|aarch64|Apple ?TV|Watch ?OS|Watch1,[12])", Wrap::kParser},
    {R"(loongarch64)", Wrap::kParser},
    {R"(mips)", Wrap::kParser},
    {R"(sh4)", Wrap::kParser},
    {R"(sparc64)", Wrap::kParser},
    {R"(64-?bit|WOW64|(?:Intel)?x64|WINDOWS_64|win64|IRIX;?64|.*amd64|.*x86_?64)", Wrap::kParser},
    {R"(.*32bit|.*win32|(?:i[0-9]|x)86|i86pc)", Wrap::kParser},
}};
inline constexpr std::array<std::string_view, kPlatforms.size()> kPlatformNames = {
    "ARM", "LoongArch64", "MIPS", "SuperH", "SPARC64", "x64", "x86"};

// The engines that Matomo knows, each with the words before its version; the last row tells Gecko's
// version in a way of its own, tried first.
struct EngineWords {
  std::string_view engine, words;
};
inline constexpr std::array<EngineWords, 21> kEngineWords = {{
    {"WebKit", "WebKit"},
    {"Blink", "Chr[o0]me|Chromium|Cronet"},
    {"Trident", "Trident"},
    {"Text-based", "Text-based"},
    {"Dillo", "Dillo"},
    {"iCab", "iCab"},
    {"Elektra", "Elektra"},
    {"Presto", "Presto"},
    {"Clecko", "Clecko"},
    {"Gecko", "Gecko"},
    {"KHTML", "KHTML"},
    {"NetFront", "NetFront"},
    {"Edge", "Edge"},
    {"NetSurf", "NetSurf"},
    {"Servo", "Servo"},
    {"Goanna", "Goanna"},
    {"EkiohFlow", "EkiohFlow"},
    {"Arachne", R"(Arachne\/5\.)"},
    {"LibWeb", R"(LibWeb\+LibJs)"},
    {"Maple", "Maple"},
    {"ArkWeb", "ArkWeb"},
}};

}  // namespace rs::device
