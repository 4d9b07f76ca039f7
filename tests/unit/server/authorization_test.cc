#include "server/protocol/authorization.h"

#include <gtest/gtest.h>

#include <string>

namespace millrace {
namespace {

struct Row {
  std::string_view header;
  bool has_date;
  std::string_view key;    // expected; empty: an error
  std::string_view error;  // its text
};

constexpr Row kRows[] = {
    {"AWS4-HMAC-SHA256 Credential=AKID/20261121/us-east-1/dynamodb/aws4_request, "
     "SignedHeaders=host;x-amz-date, Signature=00ff",
     true, "AKID", ""},
    // No blanks after the commas, parameters in another order, a slash at the end.
    {"AWS4-HMAC-SHA256 Signature=00ff,SignedHeaders=host,"
     "Credential=a/20261121/r/dynamodb/aws4_request/",
     true, "a", ""},
    {"  AWS4-HMAC-SHA256 Credential=with/slash/d/r/s/t, SignedHeaders=h, Signature=s", true,
     "with/slash", ""},
    {"", true, "", "Request is missing Authentication Token"},
    {"Basic dXNlcjpwYXNz", true, "", "Request is missing Authentication Token"},
    {"AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=h, Signature=s", false, "",
     "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. "
     "Authorization=AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=h, Signature=s"},
    {"AWS4-HMAC-SHA256", true, "",
     "Authorization header requires 'Credential' parameter. Authorization header requires "
     "'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. "
     "Authorization=AWS4-HMAC-SHA256"},
    {"AWS4-HMAC-SHA256 Credential=a/b/c/d, SignedHeaders=h, Signature=s", true, "",
     "Credential must have exactly 5 slash-delimited elements, e.g. "
     "keyid/date/region/service/term, got 'a/b/c/d'"},
};

Result<std::string> Claimed(std::string_view header, std::string_view target = "/") {
  std::string decoded;
  ASSIGN_OR_RETURN(const std::string_view key, ClaimedAccessKey(target, header, true, &decoded));
  return std::string(key);
}

TEST(AuthorizationTest, ReadsTheClaimedKeyOrSaysWhatIsMissing) {
  for (const Row& row : kRows) {
    std::string ignored;
    const auto key = ClaimedAccessKey("/", row.header, row.has_date, &ignored);
    if (row.error.empty()) {
      ASSERT_TRUE(key.ok()) << row.header << ": " << key.status().ToString();
      EXPECT_EQ(*key, row.key) << row.header;
    } else {
      ASSERT_FALSE(key.ok()) << row.header;
      EXPECT_EQ(key.status().message(), row.error) << row.header;
    }
  }
}

TEST(AuthorizationTest, KeepsKeysShortAndPrintable) {
  const auto claimed = [](const std::string& key) {
    const std::string header =
        "AWS4-HMAC-SHA256 Credential=" + key + "/d/r/s/t, SignedHeaders=h, Signature=s";
    return Claimed(header).ok();
  };
  EXPECT_TRUE(claimed(std::string(128, 'k')));
  EXPECT_FALSE(claimed(std::string(129, 'k')));
  EXPECT_FALSE(claimed(""));
  EXPECT_FALSE(claimed("\xff"));
  // What is echoed is text, whatever was sent.
  EXPECT_EQ(Claimed("AWS4-X Credential=\xff").status().message().find('\xff'), std::string::npos);
}

struct QueryRow {
  std::string_view target;
  std::string_view key;    // expected; empty: an error
  std::string_view error;  // its text
};

// Source of the texts: what AWS sent to public test suites.
constexpr QueryRow kQueryRows[] = {
    {"/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKID%2F20261121%2fus-east-1%2Fdynamodb%2F"
     "aws4_request&X-Amz-Date=20261121T000000Z&X-Amz-SignedHeaders=host&X-Amz-Signature=00",
     "AKID", ""},
    {"/?a&X-Amz-Signature=s&X-Amz-Credential=k/d/r/s/t&X-Amz-Algorithm=a&X-Amz-Date=d&X-Amz-"
     "SignedHeaders=h",
     "k", ""},
    {"/?X-Amz-Algorithm", "",
     "AWS query-string parameters must include 'X-Amz-Algorithm'. AWS query-string parameters must "
     "include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-Signature'. AWS "
     "query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must "
     "include 'X-Amz-Date'. Re-examine the query-string parameters."},
    {"/?X-Amz-Algorithm=a&X-Amz-Credential=b&X-Amz-Signature=c&X-Amz-Date=d", "",
     "AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string "
     "parameters."},
    {"/?X-Amz-Algorithm=a&X-Amz-Credential=%zz%2&X-Amz-Signature=c&X-Amz-Date=d&X-Amz-"
     "SignedHeaders=h",
     "",
     "Credential must have exactly 5 slash-delimited elements, e.g. "
     "keyid/date/region/service/term, got '%zz%2'"},
    {"/?X-Amz-Credential=k/d/r/s/t", "", "Request is missing Authentication Token"},
    {"/?", "", "Request is missing Authentication Token"},
};

TEST(AuthorizationTest, ReadsTheKeyOfAPresignedUrl) {
  for (const QueryRow& row : kQueryRows) {
    const auto key = Claimed("", row.target);
    EXPECT_EQ(key.ok() ? *key : key.status().message(), row.error.empty() ? row.key : row.error)
        << row.target;
    EXPECT_EQ(key.ok(), row.error.empty());
  }
}

TEST(AuthorizationTest, BothAreOneTooMany) {
  const Status both = Claimed("AWS4-HMAC-SHA256 a", kQueryRows[0].target).status();
  EXPECT_TRUE(both.Is(ErrorCode::kInvalidSignature));
  EXPECT_EQ(both.message(),
            "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP "
            "header.");
}

TEST(AuthorizationTest, NamesTheErrors) {
  EXPECT_TRUE(Claimed("").status().Is(ErrorCode::kMissingAuthenticationToken));
  EXPECT_TRUE(Claimed("AWS4-X a").status().Is(ErrorCode::kIncompleteSignature));
}

}  // namespace
}  // namespace millrace
