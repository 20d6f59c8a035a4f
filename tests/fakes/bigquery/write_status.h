#pragma once
// Errors and schemas as the wire has them. Pure functions.

#include <google/cloud/bigquery/storage/v1/storage.pb.h>
#include <google/cloud/bigquery/storage/v1/table.pb.h>
#include <google/rpc/status.pb.h>

#include "fakes/bigquery/schema.h"
#include "fakes/bigquery/write_error.h"

namespace rs::fakes {

// With the StorageError, if there is one, among the details.
[[nodiscard]] google::rpc::Status status_message(const WriteError& error);
[[nodiscard]] google::cloud::bigquery::storage::v1::StorageError storage_error(
    const WriteError& error);

void fill_schema(const Schema& columns, google::cloud::bigquery::storage::v1::TableSchema& schema);

}  // namespace rs::fakes
