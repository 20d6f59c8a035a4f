#pragma once
// What the rows of a request look like, in the form that AppendRows wants it: a ProtoSchema with
// one self-contained proto2 message (no imports, nested types named relatively), derived from
// row::columns(). Field numbers are those of proto/event.proto, so encoded rows fit as they are.
// Source: google/cloud/bigquery/storage/v1/protobuf.proto and the type map of
// cloud.google.com/bigquery/docs/supported-data-types.

#include <string>

namespace rs::bigquery {

// A serialized google.cloud.bigquery.storage.v1.ProtoSchema. The same at every call.
[[nodiscard]] const std::string& bigquery_writer_schema();

}  // namespace rs::bigquery
