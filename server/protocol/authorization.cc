#include "server/protocol/authorization.h"

#include <algorithm>
#include <optional>
#include <string>

#include "engine/base/hex.h"

namespace millrace {
namespace {

std::string_view Trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

constexpr std::string_view kAlgorithm = "X-Amz-Algorithm";
constexpr std::string_view kCredential = "X-Amz-Credential";
constexpr size_t kKeySizeMax = 128;  // characters. Source: IAM's AccessKeyId

bool IsPrintable(char c) {
  return c > ' ' && c < 0x7f;
}

// A header's bytes need not be text: what is echoed in JSON must be.
std::string Printable(std::string_view text) {
  std::string shown(text);
  for (char& c : shown) {
    if (!IsPrintable(c) && c != ' ') c = '?';
  }
  return shown;
}

struct Parameters {
  std::string_view credential;
  std::string_view signed_headers;
  std::string_view signature;
};

// `AWS4-HMAC-SHA256 Credential=..., SignedHeaders=..., Signature=...`, separated by commas or
// blanks.
Parameters ParseParameters(std::string_view header) {
  Parameters parameters;
  const size_t blank = header.find(' ');
  std::string_view rest = blank == header.npos ? std::string_view() : header.substr(blank);
  while (!rest.empty()) {
    const size_t end = std::min(rest.find_first_of(", "), rest.size());
    const std::string_view pair = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
    const size_t equals = pair.find('=');
    if (equals == pair.npos) continue;
    const std::string_view name = pair.substr(0, equals);
    const std::string_view value = pair.substr(equals + 1);
    if (name == "Credential") parameters.credential = value;
    if (name == "SignedHeaders") parameters.signed_headers = value;
    if (name == "Signature") parameters.signature = value;
  }
  return parameters;
}

Status MissingParts(const Parameters& parameters, bool has_date, std::string_view header) {
  std::string text;
  const auto require = [&text](std::string_view value, std::string_view name) {
    if (!value.empty()) return;
    text += "Authorization header requires '" + std::string(name) + "' parameter. ";
  };
  require(parameters.credential, "Credential");
  require(parameters.signature, "Signature");
  require(parameters.signed_headers, "SignedHeaders");
  if (!has_date) {
    text += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
  }
  if (text.empty()) return Status::Ok();
  return Status(ErrorCode::kIncompleteSignature, text + "Authorization=" + Printable(header));
}

// The id of KEY/DATE/REGION/SERVICE/TERM.
Result<std::string_view> KeyOf(std::string_view credential) {
  std::string_view rest = credential;
  while (!rest.empty() && rest.back() == '/') rest.remove_suffix(1);
  // The key id itself may hold slashes; the four parts after it may not.
  for (int part = 0; part < 4; ++part) {
    const size_t slash = rest.rfind('/');
    if (slash == rest.npos) {
      return Status(ErrorCode::kIncompleteSignature,
                    "Credential must have exactly 5 slash-delimited elements, e.g. "
                    "keyid/date/region/service/term, got '" +
                        Printable(credential) + "'");
    }
    rest = rest.substr(0, slash);
  }
  if (rest.empty() || rest.size() > kKeySizeMax ||
      !std::all_of(rest.begin(), rest.end(), IsPrintable)) {
    return Status(ErrorCode::kIncompleteSignature,
                  "The access key id of Credential must be 1 to 128 printable characters");
  }
  return rest;
}

Result<std::string_view> KeyOfHeader(std::string_view header, bool has_date) {
  header = Trim(header);
  if (header.substr(0, 5) != "AWS4-") {
    return Status(ErrorCode::kMissingAuthenticationToken,
                  "Request is missing Authentication Token");
  }
  const Parameters parameters = ParseParameters(header);
  RETURN_IF_ERROR(MissingParts(parameters, has_date, header));
  return KeyOf(parameters.credential);
}

// The value of a parameter as it was sent, empty without "=VALUE"; nullopt: it isn't there.
std::optional<std::string_view> FindParameter(std::string_view query, std::string_view name) {
  while (!query.empty()) {
    const size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    const size_t equals = std::min(pair.find('='), pair.size());
    if (pair.substr(0, equals) == name) return pair.substr(std::min(equals + 1, pair.size()));
  }
  return std::nullopt;
}

// Percent escapes undone; what is none stays.
void Decode(std::string_view text, std::string* out) {
  out->clear();
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
                        HexDigit(text[i + 2]) >= 0;
    if (!escape) {
      out->push_back(text[i]);
      continue;
    }
    out->push_back(static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2])));
    i += 2;
  }
}

Result<std::string_view> KeyOfQuery(std::string_view query, std::string* decoded) {
  std::string missing;
  for (const std::string_view name :
       {kAlgorithm, kCredential, std::string_view("X-Amz-Signature"),
        std::string_view("X-Amz-SignedHeaders"), std::string_view("X-Amz-Date")}) {
    if (!FindParameter(query, name).value_or("").empty()) continue;
    missing += "AWS query-string parameters must include '" + std::string(name) + "'. ";
  }
  if (!missing.empty()) {
    return Status(ErrorCode::kIncompleteSignature,
                  missing + "Re-examine the query-string parameters.");
  }
  Decode(*FindParameter(query, kCredential), decoded);
  return KeyOf(*decoded);
}

}  // namespace

Result<std::string_view> ClaimedAccessKey(std::string_view target, std::string_view header,
                                          bool has_date, std::string* decoded) {
  const std::string_view query = target.substr(std::min(target.find('?'), target.size()));
  if (query.empty() || !FindParameter(query.substr(1), kAlgorithm)) {
    return KeyOfHeader(header, has_date);
  }
  if (!header.empty()) {
    return Status(ErrorCode::kInvalidSignature,
                  "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as "
                  "HTTP header.");
  }
  return KeyOfQuery(query.substr(1), decoded);
}

}  // namespace millrace
