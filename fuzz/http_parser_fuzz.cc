// Request heads: every scan kernel and the plain reference parser must agree on any bytes.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "coding/byte_buffer.h"
#include "http/reference_parser.h"
#include "http/request_head.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace rs::http;
  static const auto head = std::make_unique<Head>();
  coding::ByteBuffer bytes;
  bytes.append({reinterpret_cast<const char*>(data), size});
  bytes.reserve(1);
  const ReferenceHead wanted = ReferenceParser::parse(bytes.view(), head->bytes_max);
  for (const NamedKernel& kernel : scan_kernels()) {
    head->scan = kernel.scan;
    const HeadStatus status = parse_head(bytes.data(), bytes.size(), *head);
    const std::string what = difference(status, *head, wanted);
    if (!what.empty()) {
      std::fprintf(stderr, "%s differs from the reference: %s\n", kernel.name, what.c_str());
      std::abort();
    }
  }
  return 0;
}
