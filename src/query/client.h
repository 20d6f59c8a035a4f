#pragma once
// What `real-streaming query` does: asks the running server, and reads the file itself when none
// runs. Blocking; for one thread.

#include <cstdio>
#include <string>

#include "base/result.h"
#include "query/format.h"

namespace rs::query {

// Writes the answer to `out`. With format table and a terminal behind `out`, `width` is taken from
// it. An Error after part of the text means that the text is not complete.
// kNotFound: neither a server nor a file in `data_dir`; the message says where it looked.
Result<void> query_local_store(const std::string& data_dir, QueryRequest request, std::FILE* out);

}  // namespace rs::query
