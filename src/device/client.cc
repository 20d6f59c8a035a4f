#include "device/client.h"

#include "device/browser.h"
#include "device/match.h"

namespace rs::device {
namespace {

// A list of names and versions and nothing more.
ClientFound find_plain(const Detectors& known, List list, ClientType type, Subject& subject,
                       Arena& arena) {
  const auto index = subject.first(list);
  if (index == kNoMatch) return {};
  // The records of all these lists stand together, as their patterns' lists do in List.
  std::uint32_t before = 0;
  for (const List earlier : {List::kFeedReaders, List::kMobileApps, List::kMediaPlayers,
                             List::kPims, List::kLibraries}) {
    if (earlier == list) break;
    before += known.database.list(earlier).patterns.count;
  }
  const Client& record = known.database.records<Client>(Section::kClients)[before + index];
  ClientFound client;
  client.type = type;
  client.name = build_text(known.database.text(record.name), subject.captures(), arena);
  client.version = record.version.present() ? build_version(known.database.text(record.version),
                                                            subject.captures(), arena)
                                            : "";
  return client;
}

// Apps tell who they are by X-Requested-With too, which no user agent can fake by accident.
ClientFound find_mobile_app(const Detectors& known, const ClientHints& hints, Subject& subject,
                            Arena& arena) {
  auto client = find_plain(known, List::kMobileApps, ClientType::kMobileApp, subject, arena);
  const auto name = known.tables.hint_apps.find(hints.app());
  if (name.data() != nullptr && name != client.name) {
    client.name = name;
    client.version = "";
  }
  client.type = is_empty(client.name) ? ClientType::kNone : ClientType::kMobileApp;
  return client;
}

}  // namespace

ClientFound find_client(const Detectors& known, const ClientHints& hints, Subject& subject,
                        Arena& arena) {
  auto client = find_plain(known, List::kFeedReaders, ClientType::kFeedReader, subject, arena);
  if (client.type != ClientType::kNone) return client;
  client = find_mobile_app(known, hints, subject, arena);
  if (client.type != ClientType::kNone) return client;
  client = find_plain(known, List::kMediaPlayers, ClientType::kMediaPlayer, subject, arena);
  if (client.type != ClientType::kNone) return client;
  client = find_plain(known, List::kPims, ClientType::kPim, subject, arena);
  if (client.type != ClientType::kNone) return client;
  client = find_browser(known, hints, subject, arena);
  if (client.type != ClientType::kNone) return client;
  return find_plain(known, List::kLibraries, ClientType::kLibrary, subject, arena);
}

}  // namespace rs::device
