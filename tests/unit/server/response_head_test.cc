#include "server/http/response_head.h"

#include <gtest/gtest.h>

#include <set>

#include "server/http/request_id.h"

namespace millrace {
namespace {

TEST(ResponseHeadTest, WritesEveryField) {
  ResponseHead head;
  head.content_length = 2;
  head.crc32 = Crc32("{}");
  head.request_id = "ID";
  head.date = "Sat, 21 Nov 2026 03:30:00 GMT";
  std::string text = "what was there before";
  WriteResponseHead(head, &text);
  EXPECT_EQ(text,
            "HTTP/1.1 200 OK\r\n"
            "Server: Millrace\r\n"
            "Date: Sat, 21 Nov 2026 03:30:00 GMT\r\n"
            "Content-Type: application/x-amz-json-1.0\r\n"
            "Content-Length: 2\r\n"
            "Connection: keep-alive\r\n"
            "x-amzn-RequestId: ID\r\n"
            "x-amz-crc32: 2745614147\r\n"
            "\r\n");
}

TEST(ResponseHeadTest, LeavesOutWhatThereIsNot) {
  ResponseHead head;
  head.status = 413;
  head.content_type = ContentType::kNone;
  head.keep_alive = false;
  std::string text;
  WriteResponseHead(head, &text);
  EXPECT_EQ(text,
            "HTTP/1.1 413 Payload Too Large\r\nServer: Millrace\r\nDate: \r\n"
            "Content-Length: 0\r\nConnection: close\r\n\r\n");
}

TEST(ResponseHeadTest, ChecksumIsTheOneOfTheStandard) {
  EXPECT_EQ(Crc32("123456789"), 0xcbf43926u);  // the check value of CRC-32/ISO-HDLC
  EXPECT_EQ(Crc32(""), 0u);
  EXPECT_EQ(Crc32("healthy: dynamodb.us-east-1.amazonaws.com "), 3128867991u);  // as AWS sends it
}

TEST(ResponseHeadTest, DatesAreHttps) {
  EXPECT_EQ(HttpDate(784111777), "Sun, 06 Nov 1994 08:49:37 GMT");  // RFC 9110's example
}

TEST(RequestIdTest, IdsAre52CharactersAndDiffer) {
  RequestIdGenerator generator(1);
  std::set<RequestId> seen;
  for (int i = 0; i < 1000; ++i) {
    RequestId id;
    generator.Next(&id);
    EXPECT_TRUE(seen.insert(id).second);
    for (const char c : id) EXPECT_TRUE((c >= '0' && c <= '9') || (c >= 'A' && c <= 'V')) << c;
  }
}

}  // namespace
}  // namespace millrace
