#include "google/jwt.h"

#include <memory>
#include <vector>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "base/base64.h"

namespace rs::google {
namespace {

void append_base64url(std::string& out, std::string_view bytes) {
  const auto start = out.size();
  append_base64(out, bytes);
  while (out.size() > start && out.back() == '=') out.pop_back();
  for (auto at = start; at < out.size(); ++at) {
    if (out[at] == '+') out[at] = '-';
    if (out[at] == '/') out[at] = '_';
  }
}

}  // namespace

Result<std::string> sign_jwt(std::string_view header, std::string_view claims,
                             std::string_view private_key) {
  const std::unique_ptr<BIO, int (*)(BIO*)> bio(
      BIO_new_mem_buf(private_key.data(), static_cast<int>(private_key.size())), BIO_free);
  const std::unique_ptr<EVP_PKEY, void (*)(EVP_PKEY*)> key(
      PEM_read_bio_PrivateKey(bio.get(), nullptr, nullptr, nullptr), EVP_PKEY_free);
  if (!key) return fail(ErrorCode::kInvalidInput, "its private_key is not a PEM private key");

  std::string token;
  append_base64url(token, header);
  token += '.';
  append_base64url(token, claims);
  const std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)> context(EVP_MD_CTX_new(),
                                                                   EVP_MD_CTX_free);
  const auto* bytes = reinterpret_cast<const unsigned char*>(token.data());
  std::size_t size = 0;
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(context.get(), nullptr, &size, bytes, token.size()) != 1) {
    return fail(ErrorCode::kInvalidInput, "its private_key cannot sign");
  }
  std::string signature(size, '\0');
  if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size,
                     bytes, token.size()) != 1) {
    return fail(ErrorCode::kInvalidInput, "its private_key cannot sign");
  }
  signature.resize(size);
  token += '.';
  append_base64url(token, signature);
  return token;
}

}  // namespace rs::google
