#include "settings/table.h"

#include <algorithm>
#include <string>
#include <utility>

#include "settings/cores.h"
#include "settings/memory.h"
#include "settings/value_text.h"

namespace rs::settings {
namespace {

// A function that puts its argument into one field of Settings.
#define TO(field) \
  [](Settings& s, auto value) { s.field = static_cast<decltype(s.field)>(std::move(value)); }

constexpr std::string_view kStrategies[] = {"local", "direct", "pubsub", "discard"};
constexpr std::string_view kAcks[] = {"received", "spooled", "delivered"};
constexpr std::string_view kLogTargets[] = {"stdout", "cloud"};
constexpr std::string_view kSpoolSyncs[] = {"disk", "process"};
constexpr std::string_view kSameSites[] = {"none", "lax", "strict"};
constexpr std::string_view kDeliveries[] = {"at_least_once", "exactly_once"};
constexpr std::string_view kOrderings[] = {"none", "user"};

constexpr double kDay = 86'400;
constexpr std::uint64_t kMegabyte = 1024 * 1024, kGigabyte = 1024 * kMegabyte;
constexpr std::uint64_t kLocalBatch = 20'480, kDirectBatch = 500, kPubsubBatch = 500,
                        kHeldMessages = 20'000, kRequestEvents = 1000;
// With less DuckDB cannot commit rows of all columns.
constexpr std::uint64_t kStoreMemoryMin = 128 * kMegabyte;

template <std::uint64_t kUsual>
std::string at_most_the_queue(const Situation& situation) {
  return std::to_string(std::min<std::uint64_t>(kUsual, situation.given.writers.bq.max_queue_size));
}

std::string store_memory(const Situation&) {
  return std::to_string(std::clamp(available_memory() / 4, kStoreMemoryMin, 4 * kStoreMemoryMin));
}

SettingGroup general() {
  return {
      "General",
      "",
      {{"ENVIRONMENT", "QA", Text{"any word", environment_name, TO(environment)},
        "QA: log lines for people, from DEBUG up. Anything else (production, staging): one JSON "
        "object a line in the format of Google Cloud Logging, from INFO up."},
       {"LOGGING__TARGET", "stdout", Choice{kLogTargets, TO(logging.target)},
        "stdout: lines on standard output, which Cloud Run, GKE, systemd and Google's Ops Agent "
        "collect. "
        "cloud: also to the Cloud Logging API, for machines where nobody collects them; standard "
        "output then has warnings and errors only. Needs WRITERS__PROJECT_ID and the role "
        "roles/logging.logWriter."}}};
}

// Room for many bodies of the largest size at once.
constexpr std::uint64_t kUnfinished = 64 * kMegabyte;

SettingGroup server() {
  return {
      "Server",
      "",
      {{"RUN__HOST", "0.0.0.0",
        Text{"an IP address, or localhost", listening_address, TO(run.host)},
        "Address to listen on. :: is every address, IPv4 and IPv6."},
       {"RUN__PORT", "8000", WholeNumber{0, 65535, TO(run.port)},
        "Port to listen on; 0 takes a free one. When it is not set, PORT is used, which is how "
        "Cloud Run and Heroku name the port."},
       {"RUN__THREADS", "the number of cores", WholeNumber{1, 256, TO(run.threads)},
        "Request threads. The cores are those this process may use: the affinity mask and the "
        "container's CPU limit count.",
        [](const Situation&) { return std::to_string(available_cores()); }},
       {"RUN__MAX_BODY_BYTES", "1048576",
        WholeNumber{1024, 100 * kMegabyte, TO(run.max_body_bytes)},
        "Largest request body in bytes, as sent and after decompression. Larger: 413."},
       {"RUN__MAX_EVENTS", "1000, or WRITERS__BQ__MAX_QUEUE_SIZE if that is less",
        WholeNumber{1, 100'000, TO(run.max_events)},
        "Events in one request: a JSON array of them is stored as a whole or not at all. More: "
        "413.",
        at_most_the_queue<kRequestEvents>},
       {"RUN__MAX_HEAD_BYTES", "65536", WholeNumber{4096, 256 * 1024, TO(run.max_head_bytes)},
        "Largest head of a request in bytes: its first line and all fields, cookies too. Larger: "
        "431."},
       {"RUN__MAX_UNFINISHED_BYTES", "67108864, or four times RUN__MAX_BODY_BYTES if that is more",
        WholeNumber{kMegabyte, 1024 * kGigabyte, TO(run.max_unfinished_bytes)},
        "Memory for requests that are not whole yet, bodies while they are decoded, and answers "
        "that clients have not read, of all connections together. When it is used up, the request "
        "that has waited longest gets 503, or its connection is closed.",
        [](const Situation& situation) {
          return std::to_string(
              std::max<std::uint64_t>(kUnfinished, 4 * situation.given.run.max_body_bytes));
        }},
       {"RUN__MAX_CONNECTIONS", "20000", WholeNumber{1, 1'000'000, TO(run.max_connections)},
        "Connections open at once."},
       {"RUN__HEADER_TIMEOUT", "10", Seconds{0.001, kDay, TO(run.header_timeout)},
        "Seconds a client may take to send a request's header. Longer: 408."},
       {"RUN__BODY_TIMEOUT", "30", Seconds{0.001, kDay, TO(run.body_timeout)},
        "Seconds a client may take to send a request's body. Longer: 408."},
       {"RUN__IDLE_TIMEOUT", "620", Seconds{0.001, kDay, TO(run.idle_timeout)},
        "Seconds after which a connection without a request is closed. Keep it above the time that "
        "a load balancer in front keeps a connection, which is 600 for Google's: a request sent at "
        "the moment of the close fails."},
       {"RUN__ACK_TIMEOUT", "30", Seconds{0.001, kDay, TO(run.ack_timeout)},
        "Seconds a request waits for the promise of WRITERS__ACK. Longer: 503. The event may still "
        "arrive, and a client that sends it again under the same event_id can be told apart."},
       {"RUN__SHUTDOWN_SECONDS", "8", Seconds{0, 3600, TO(run.shutdown)},
        "Seconds from SIGTERM to the exit: requests in progress are finished and rows are written. "
        "Cloud Run kills after 10."},
       {"RUN__TRUSTED_PROXIES", "private on Cloud Run (K_SERVICE is set), else empty",
        List{"IP addresses, networks such as 10.0.0.0/8, or the words loopback, private", network,
             TO(run.trusted_proxies)},
        "Whose X-Forwarded-For is believed, or Forwarded in its absence, and whose "
        "X-Forwarded-Host "
        "(COOKIE__DOMAIN) and X-Client-Geo-*; the latter from anyone under ENVIRONMENT=QA. The "
        "client's address is the connection's own; for as "
        "long as the address at hand is listed here, it is the next one from the end of "
        "X-Forwarded-For. private is every private and link-local network, loopback is this "
        "machine. Empty: the header is ignored. On Cloud Run the connection comes from a "
        "link-local "
        "address and the front end writes the client into X-Forwarded-For, so private is right. "
        "With Google's external load balancer in front, add the address of its forwarding rule, "
        "which it appends: private,203.0.113.7. With a CDN in front, add the CDN's networks.",
        [](const Situation& situation) {
          return std::string(situation.on_cloud_run ? "private" : "");
        }}}};
}

SettingGroup paths() {
  constexpr std::string_view kPath = "a path that begins with /, or / for none";
  return {
      "Paths",
      "Events are posted to {API__PREFIX}{API__V1__PREFIX}{API__V1__STREAMING}/{stream_id}, by "
      "default /api/v1/streaming/1. The tracker is at "
      "{API__PREFIX}{API__V1__PREFIX}{API__V1__FETCH}/v6.js.",
      {{"API__PREFIX", "/api", Text{kPath, url_path, TO(api.prefix)}, "First part of the path."},
       {"API__V1__PREFIX", "/v1", Text{kPath, url_path, TO(api.v1.prefix)},
        "Second part of the path."},
       {"API__V1__STREAMING", "/streaming",
        Text{"a path that begins with /", url_path_not_empty, TO(api.v1.streaming)},
        "Where events are posted to."},
       {"API__V1__FETCH", "/fetch",
        Text{"a path that begins with /", url_path_not_empty, TO(api.v1.fetch)},
        "Where v6.js, the tracker, is found."},
       {"API__STATIC_DIR", "", Text{"a folder that exists", existing_folder, TO(api.static_dir)},
        "Folder that v6.js is served from. Empty: the tracker that is part of the program."}}};
}

SettingGroup ga4() {
  return {
      "GA4's senders",
      "gtag, Google Tag Manager, the Google tag gateway and the Measurement Protocol send here "
      "when "
      "their host is this one: docs/web.md.",
      {{"GA4__PATHS", "/g/collect,/mp/collect,/ag/g/c",
        List{"paths that begin with /", url_path_not_empty, TO(ga4.paths)},
        "Where GA4's senders are heard, also behind any prefix (/shop/g/collect). A path that ends "
        "in /mp/collect takes the Measurement Protocol, one that ends in /g/collect or /g/c takes "
        "hits of gtag, and any other takes both: an alias such as /x7 is what ad blockers do not "
        "know. Empty: nowhere."}}};
}

SettingGroup writers() {
  return {
      "Where events go",
      "",
      {{"WRITERS__STRATEGY", "local when WRITERS__PROJECT_ID is not set, else direct",
        Choice{kStrategies, TO(writers.strategy)},
        "local: a DuckDB file in WRITERS__DATA_DIR. direct: BigQuery's Storage Write API. pubsub: "
        "Google Cloud Pub/Sub. discard: counts rows and drops them, for measuring only.",
        [](const Situation& situation) {
          return std::string(situation.given.writers.project_id.empty() ? "local" : "direct");
        }},
       {"WRITERS__ACK", "spooled, or delivered on Cloud Run (K_SERVICE is set)",
        Choice{kAcks, TO(writers.ack)},
        "What a 200 promises. received: the event is in memory, and lost if the process is killed. "
        "spooled: it is in the spool on this machine's disk, and a restart delivers it. delivered: "
        "the destination has acknowledged it, which is right where the disk is memory or goes with "
        "the machine.",
        [](const Situation& situation) {
          return std::string(situation.on_cloud_run ? "delivered" : "spooled");
        }},
       {"WRITERS__DATA_DIR", "./data", Text{"a folder", file_path, TO(writers.data_dir)},
        "Folder of the DuckDB file, the spool and the dead letters. Created when missing."},
       {"WRITERS__PROJECT_ID", "",
        Text{"a Google Cloud project id such as my-project-1", project_id, TO(writers.project_id)},
        "Google Cloud project. Needed by direct and pubsub; request logs name it so that Cloud "
        "Logging shows their traces."},
       {"WRITERS__MAX_QUEUE_BYTES", "268435456",
        WholeNumber{kMegabyte, 1024 * kGigabyte, TO(writers.max_queue_bytes)},
        "Bytes of rows held in memory before clients are refused with 503, beside the limit in "
        "rows, WRITERS__BQ__MAX_QUEUE_SIZE."}}};
}

SettingGroup spool() {
  return {
      "Spool",
      "Used by WRITERS__ACK=spooled: rows wait in WRITERS__DATA_DIR/spool until the destination "
      "has "
      "them.",
      {{"SPOOL__SYNC", "disk", Choice{kSpoolSyncs, TO(spool.sync)},
        "disk: a 200 comes after fdatasync, so that it survives a power failure. process: after "
        "the write, which survives the end of the process (kill -9) only."},
       {"SPOOL__MAX_BYTES", "8589934592",
        WholeNumber{8 * kMegabyte, 1024 * 1024 * kGigabyte, TO(spool.max_bytes)},
        "Most that the spool takes on the disk. Beyond, clients are refused with 503. The last 5 % "
        "of the disk stay free in any case."}}};
}

SettingGroup dead_letters() {
  return {"Dead letters",
          "Rows that the destination will never take, kept with the reason in "
          "WRITERS__DATA_DIR/dead-letters.",
          {{"DEAD_LETTERS__MAX_BYTES", "1073741824",
            WholeNumber{kMegabyte, 1024 * 1024 * kGigabyte, TO(dead_letters.max_bytes)},
            "Most that they take on the disk, beside those that a replay has set aside. Beyond, "
            "rejected rows wait in memory or in the spool and the server is not ready, until some "
            "are replayed or dropped."}}};
}

SettingGroup local_writer() {
  return {
      "Local store",
      "Used by WRITERS__STRATEGY=local.",
      {{"WRITERS__LOCAL__MAX_BATCH_SIZE", "20480, or WRITERS__BQ__MAX_QUEUE_SIZE if that is less",
        WholeNumber{1, 1'000'000, TO(writers.local.max_batch_size)}, "Rows in one commit at most.",
        at_most_the_queue<kLocalBatch>},
       {"WRITERS__LOCAL__FLUSH_INTERVAL", "0.5",
        Seconds{0.001, 3600, TO(writers.local.flush_interval)},
        "Seconds before rows are committed though the batch is not full."},
       {"LOCAL__MEMORY_LIMIT", "a quarter of the memory, from 134217728 to 536870912",
        WholeNumber{kStoreMemoryMin, 1024 * kGigabyte, TO(local.memory_limit)},
        "Bytes of memory that DuckDB may use, for writing and for all queries together; a query "
        "that "
        "needs more spills to the disk. The memory is the machine's or the container's.",
        store_memory}}};
}

SettingGroup bigquery_writer() {
  return {
      "BigQuery",
      "Used by WRITERS__STRATEGY=direct; WRITERS__BQ__MAX_QUEUE_SIZE by every strategy.",
      {{"WRITERS__BQ__DATASET_ID", "",
        Text{"a dataset id: letters, digits and _", dataset_id, TO(writers.bq.dataset_id)},
        "Dataset of the destination table."},
       {"WRITERS__BQ__TABLE_ID", "", Text{"a table id", table_id, TO(writers.bq.table_id)},
        "Destination table. Created when missing."},
       {"WRITERS__BQ__FLUSH_INTERVAL", "0.5", Seconds{0.001, 3600, TO(writers.bq.flush_interval)},
        "Seconds before a batch is sent though it is not full."},
       {"WRITERS__BQ__MAX_BATCH_SIZE", "500, or WRITERS__BQ__MAX_QUEUE_SIZE if that is less",
        WholeNumber{1, 50'000, TO(writers.bq.max_batch_size)}, "Rows in one request at most.",
        at_most_the_queue<kDirectBatch>},
       {"WRITERS__BQ__DELIVERY", "at_least_once", Choice{kDeliveries, TO(writers.bq.delivery)},
        "at_least_once: the table's default stream, over as many connections as the load needs; a "
        "fault may store a row twice, and event_id tells them apart. exactly_once: one stream of "
        "this process's own with offsets, over one connection; no row is stored twice, with "
        "WRITERS__ACK=spooled not even when the server is killed and started again."},
       {"WRITERS__BQ__MAX_CONNECTIONS", "10", WholeNumber{1, 100, TO(writers.bq.max_connections)},
        "Connections that at_least_once may open under load. One carries 1 to 10 MB a second."},
       {"WRITERS__BQ__MAX_REQUEST_BYTES", "9000000",
        WholeNumber{100'000, 19'000'000, TO(writers.bq.max_request_bytes)},
        "Bytes in one request at most; a larger batch becomes several, a larger row a dead letter. "
        "BigQuery takes 20 MB, and 10 MB by its older documents."},
       {"WRITERS__BQ__ANSWER_TIMEOUT", "300", Seconds{0.1, 3600, TO(writers.bq.answer_timeout)},
        "Seconds without an answer after which a connection is given up and its rows are sent "
        "again."},
       {"WRITERS__BQ__KEEPALIVE", "60", Seconds{1, 3600, TO(writers.bq.keepalive)},
        "Seconds of silence after which a connection is tested. Google's front ends want 30 at "
        "least."},
       {"WRITERS__BQ__MAX_QUEUE_SIZE", "100000",
        WholeNumber{1, 100'000'000, TO(writers.bq.max_queue_size)},
        "Rows held in memory before clients are refused with 503."}}};
}

SettingGroup pubsub_writer() {
  constexpr std::string_view kId = "an id alone: 3 to 255 letters, digits and - _ . ~ + %";
  return {
      "Pub/Sub",
      "Used by WRITERS__STRATEGY=pubsub and by the command `load`. With WRITERS__BQ__DATASET_ID "
      "and WRITERS__BQ__TABLE_ID "
      "set, "
      "that table, which a BigQuery subscription fills, is created or checked at the start.",
      {{"WRITERS__PUBSUB__TOPIC_ID", "", Text{kId, pubsub_id, TO(writers.pubsub.topic_id)},
        "Topic that events are published to. `real-streaming print-setup pubsub` prints the "
        "commands "
        "for it and for a BigQuery subscription."},
       {"WRITERS__PUBSUB__CREATE_TOPIC", "false", Flag{TO(writers.pubsub.create_topic)},
        "Whether a topic that is missing at the start is created; else it stops the start. What is "
        "published before the topic has a subscription reaches nobody."},
       {"WRITERS__PUBSUB__ORDERING", "none", Choice{kOrderings, TO(writers.pubsub.ordering)},
        "user: the events of one user_pseudo_id arrive in their order, at subscriptions with "
        "message "
        "ordering. Each user's events are then a request of their own and one batch is sent at a "
        "time, so that far fewer events a second go through."},
       {"WRITERS__PUBSUB__SUBSCRIPTION_ID", "",
        Text{kId, pubsub_id, TO(writers.pubsub.subscription_id)},
        "Subscription that the command `load` reads. The server does not need it."},
       {"WRITERS__PUBSUB__MAX_HELD_MESSAGES",
        "20000, or WRITERS__BQ__MAX_QUEUE_SIZE if that is less",
        WholeNumber{1, 1'000'000, TO(writers.pubsub.max_held_messages)},
        "Messages that `load` has received and not acknowledged at most; beyond, it reads no more.",
        at_most_the_queue<kHeldMessages>},
       {"WRITERS__PUBSUB__MAX_HELD_BYTES", "67108864",
        WholeNumber{kMegabyte, 64 * kGigabyte, TO(writers.pubsub.max_held_bytes)},
        "Bytes of these messages at most."},
       {"WRITERS__PUBSUB__ACK_DEADLINE", "60",
        WholeNumber{10, 600, TO(writers.pubsub.ack_deadline)},
        "Seconds after which the service delivers a message of `load` again when it has heard "
        "nothing "
        "of it, as after a crash. While `load` runs it says in time that it still has the "
        "message."},
       {"WRITERS__PUBSUB__MAX_BYTES", "1048576",
        WholeNumber{1024, 9'000'000, TO(writers.pubsub.max_bytes)},
        "Bytes in one publish request at most; an event that is larger is one alone. The service "
        "takes 10 MB."},
       {"WRITERS__PUBSUB__PUBLISH_TIMEOUT", "10",
        Seconds{0.1, 600, TO(writers.pubsub.publish_timeout)},
        "Seconds a publish request may take before it is tried again."},
       {"WRITERS__PUBSUB__MAX_BATCH_SIZE", "500, or WRITERS__BQ__MAX_QUEUE_SIZE if that is less",
        WholeNumber{1, 1000, TO(writers.pubsub.max_batch_size)},
        "Messages in one publish request at most. The service takes up to 1,000.",
        at_most_the_queue<kPubsubBatch>},
       {"WRITERS__PUBSUB__FLUSH_INTERVAL", "0.5",
        Seconds{0.001, 3600, TO(writers.pubsub.flush_interval)},
        "Seconds before a batch is published though it is not full."}}};
}

SettingGroup limits() {
  return {
      "Limits of one request",
      "They bound what one request can make the server do, and no shop meets them: GA4 keeps 200 "
      "items of an event. The elements of a list that a repeated key replaces count too.",
      {{"LIMITS__ITEMS", "1000", WholeNumber{1, 10'000, TO(limits.items)},
        "Items of one event at most. More: 422."},
       {"LIMITS__PARAMS", "500", WholeNumber{1, 10'000, TO(limits.params)},
        "Parameters of one event at most, and as many user properties. More: 422."},
       {"LIMITS__ITEM_PARAMS", "100", WholeNumber{1, 10'000, TO(limits.item_params)},
        "Parameters of one item at most. More: 422."},
       {"LIMITS__DECODE_RATIO", "100", WholeNumber{2, 1'000'000, TO(limits.decode_ratio)},
        "Bytes that each byte of a compressed body may decode to; a body may always decode to "
        "32 KiB. More: 413. Real batches of events reach 10, one visitor's equal events 100."}}};
}

SettingGroup cors() {
  return {
      "Cross-origin requests (CORS)",
      "Which web pages may send events from a browser.",
      {{"CORS__ALLOWED_ORIGINS", "",
        List{"origins such as https://example.com or https://*.example.com, without a path, or *",
             allowed_origin, TO(cors.allowed_origins)},
        "Pages on these origins may send events. https://*.example.com is every subdomain of "
        "example.com, at any depth, and not example.com itself. * is every origin, and needs "
        "CORS__ALLOW_CREDENTIALS=false."},
       {"CORS__ALLOW_CREDENTIALS", "true", Flag{TO(cors.allow_credentials)},
        "Whether browsers may send and keep the visitor's cookie from another origin."},
       {"CORS__ALLOW_METHODS", "GET,POST,OPTIONS",
        List{"HTTP methods", http_method, TO(cors.allow_methods)},
        "Methods that a preflight allows."},
       {"CORS__ALLOW_HEADERS",
        "Content-Type,Set-Cookie,Access-Control-Allow-Headers,Access-Control-Allow-Origin,"
        "Authorization,Accept,Origin,X-Requested-With,X-Client-Geo-Country,"
        "X-Client-Geo-State,X-Client-Geo-City",
        List{"header names", header_name, TO(cors.allow_headers)},
        "Request headers that a preflight allows."}}};
}

SettingGroup device() {
  return {
      "Device detection",
      "Category, brand, model, system and browser, from the User-Agent and client hints.",
      {{"DEVICE__DATABASE", "device.db beside the program",
        Text{"a file, or none", file_path, TO(device.database)},
        "The device database: Matomo's lists, compiled. none: events are stored without what it "
        "would tell.",
        [](const Situation&) { return std::string(); }},
       {"DEVICE__CACHE_ENTRIES", "8192", WholeNumber{0, 1'000'000, TO(device.cache_entries)},
        "Answers each request thread remembers, about 0.5 KB each once used."},
       {"DEVICE__ACCEPT_HINTS", "true", Flag{TO(device.accept_hints)},
        "Whether answers ask browsers for the client hints that tell model, system and full "
        "versions (Accept-CH)."},
       {"DEVICE__CRITICAL_HINTS", "false", Flag{TO(device.critical_hints)},
        "Whether answers also say that these hints are needed from the first request on "
        "(Critical-CH). A browser that has not sent them repeats its request."}}};
}

SettingGroup cookie() {
  return {
      "Visitor cookie",
      "The cookie that tells a visitor apart.",
      {{"COOKIE__NAME", "__uid__", Text{"a cookie's name", cookie_name, TO(cookie.name)},
        "Name of the cookie. Firebase Hosting passes on __session only. __Host- in front keeps the "
        "cookie to the host alone; browsers take that and __Secure- with COOKIE__SECURE only."},
       {"COOKIE__DOMAIN", "",
        Text{"a domain such as example.com, and not a public suffix such as co.uk", cookie_domain,
             TO(cookie.domain)},
        "Domain of the cookie: it and all hosts below it get the cookie. Empty: the registrable "
        "domain, by the Public Suffix List, of the host that the browser asked. That is "
        "X-Forwarded-Host, or host= of Forwarded, from RUN__TRUSTED_PROXIES, otherwise Host. A "
        "trusted proxy that sends neither may have changed Host: the cookie then has a domain only "
        "for pages of that domain (Origin), and otherwise belongs to the host alone."},
       {"COOKIE__MAX_AGE", "63072000", WholeNumber{1, 2'147'483'647, TO(cookie.max_age)},
        "Seconds the cookie lives after the last event (two years). Chrome keeps none longer "
        "than 400 days."},
       {"COOKIE__SECURE", "true", Flag{TO(cookie.secure)}, "Sent over HTTPS only."},
       {"COOKIE__HTTPONLY", "true", Flag{TO(cookie.http_only)}, "Hidden from scripts in the page."},
       {"COOKIE__SAMESITE", "none", Choice{kSameSites, TO(cookie.same_site)},
        "none: sent from pages on other sites too, which needs COOKIE__SECURE. lax and strict: "
        "from the same site only."}}};
}

#undef TO

}  // namespace

std::span<const SettingGroup> settings_table() {
  static const std::vector<SettingGroup> table = {
      general(),      server(),       paths(),           ga4(),           writers(), spool(),
      dead_letters(), local_writer(), bigquery_writer(), pubsub_writer(), limits(),  cors(),
      cookie(),       device()};
  return table;
}

}  // namespace rs::settings
