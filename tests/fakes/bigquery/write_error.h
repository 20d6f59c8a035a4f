#pragma once
// What the write side says no with: a google.rpc.Code, the service's StorageError code (0 for none)
// and its text. The real service's texts, where they are known, are in bigquery.md 1.4.

#include <string>
#include <utility>

#include <tl/expected.hpp>

namespace rs::fakes {

// google/rpc/code.proto.
inline constexpr int kCodeOk = 0, kCodeCancelled = 1, kCodeUnknown = 2, kCodeInvalidArgument = 3,
                     kCodeNotFound = 5, kCodeAlreadyExists = 6, kCodePermissionDenied = 7,
                     kCodeResourceExhausted = 8, kCodeFailedPrecondition = 9, kCodeAborted = 10,
                     kCodeOutOfRange = 11, kCodeInternal = 13, kCodeUnavailable = 14,
                     kCodeUnauthenticated = 16;

// StorageError.StorageErrorCode of storage.proto.
inline constexpr int kTableNotFound = 1, kStreamAlreadyCommitted = 2, kStreamNotFound = 3,
                     kInvalidStreamType = 4, kInvalidStreamState = 5, kStreamFinalized = 6,
                     kExtraFields = 7, kOffsetAlreadyExists = 8, kOffsetOutOfRange = 9;

struct WriteError {
  int code = kCodeInvalidArgument;
  int storage_error = 0;
  std::string message;
  std::string entity;     // Of the StorageError.
  bool ends_rpc = false;  // Of AppendRows; else the connection goes on.
};

template <class T>
using WriteResult = tl::expected<T, WriteError>;

inline tl::unexpected<WriteError> deny(WriteError error) {
  return tl::unexpected(std::move(error));
}

}  // namespace rs::fakes
