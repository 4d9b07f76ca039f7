#include "server/protocol/encryption_rules.h"

#include <string>

namespace millrace {

Status CheckEncryption(const Members& specification, std::string_view operation) {
  const auto invalid = [](const std::string& text) {
    return Status::Validation("One or more parameter values were invalid: " + text);
  };
  const auto type = specification.String("SSEType");
  const bool has_key = specification.Has("KMSMasterKeyId");
  if (specification.Has("Enabled") && !specification.Boolean("Enabled")) {
    if (type) return invalid("SSEType can not be specified if Enabled is false");
    if (has_key) return invalid("KMSMasterKeyId can not be specified if Enabled is false");
    return Status::Ok();
  }
  if (has_key && !type) return invalid("SSEType KMS is required if KMSMasterKeyId is specified");
  if (type == "AES256") return invalid("SSEType AES256 is not supported");
  if (!type && !specification.Has("Enabled")) return Status::Ok();
  return Status::Validation("Millrace does not support the parameter SSESpecification of " +
                            std::string(operation) +
                            " with a KMS key yet: data at rest is not encrypted");
}

}  // namespace millrace
