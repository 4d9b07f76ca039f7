#include "server/protocol/authorization.h"

#include <gtest/gtest.h>

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

TEST(AuthorizationTest, ReadsTheClaimedKeyOrSaysWhatIsMissing) {
  for (const Row& row : kRows) {
    const auto key = ClaimedAccessKey(row.header, row.has_date);
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
    return ClaimedAccessKey(header, true).ok();
  };
  EXPECT_TRUE(claimed(std::string(128, 'k')));
  EXPECT_FALSE(claimed(std::string(129, 'k')));
  EXPECT_FALSE(claimed(""));
  EXPECT_FALSE(claimed("\xff"));
  // What is echoed is text, whatever was sent.
  EXPECT_EQ(ClaimedAccessKey("AWS4-X Credential=\xff", true).status().message().find('\xff'),
            std::string::npos);
}

TEST(AuthorizationTest, NamesTheErrors) {
  EXPECT_TRUE(ClaimedAccessKey("", true).status().Is(ErrorCode::kMissingAuthenticationToken));
  EXPECT_TRUE(ClaimedAccessKey("AWS4-X a", true).status().Is(ErrorCode::kIncompleteSignature));
}

}  // namespace
}  // namespace millrace
