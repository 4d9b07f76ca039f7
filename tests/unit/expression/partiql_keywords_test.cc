#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "engine/expression/partiql.h"

// Keywords as names. Recorded from DynamoDB: SIZE after a dot, KEY in a list of columns, INNER as a
// step; the other texts are those of PartiQL's reference parser for a keyword in the same place.
namespace millrace {
namespace {

constexpr std::string_view kWords[] = {
#include "engine/expression/partiql_keywords.inc"
};

constexpr const char* kNotWellFormed = "Statement wasn't well formed, can't be processed: ";

// `form` with the word in place of each @.
std::string With(std::string_view word, std::string_view form) {
  std::string out;
  for (const char c : form) {
    if (c == '@') {
      out += word;
    } else {
      out += c;
    }
  }
  return out;
}

std::string ErrorOf(const std::string& statement) {
  const Status status = Statement::Parse(statement, {}).status();
  return status.ok() ? "" : status.message();
}

std::string Lowered(std::string_view word) {
  std::string out(word);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

TEST(PartiqlKeywords, NoneIsAStepOfAPathInAnyCase) {
  for (const std::string_view word : kWords) {
    for (const std::string& written : {std::string(word), Lowered(word)}) {
      for (const char* form :
           {"SELECT a.@ FROM t", "SELECT * FROM t WHERE a.@ = 1", "SELECT * FROM t.@",
            "UPDATE t SET a.@ = 1 WHERE pk = 1", "UPDATE t REMOVE a[0].@ WHERE pk = 1"}) {
        EXPECT_EQ(ErrorOf(With(written, form)),
                  std::string(kNotWellFormed) + "Invalid path dot component")
            << With(written, form);
      }
    }
  }
}

TEST(PartiqlKeywords, NoneIsATableOrWhatIsWrittenTo) {
  for (const std::string_view word : kWords) {
    for (const char* form :
         {"INSERT INTO @ VALUE {'pk': 1}", "UPDATE @ SET a = 1 WHERE pk = 1",
          "DELETE FROM @ WHERE pk = 1", "UPDATE t SET @ = 1 WHERE pk = 1",
          "UPDATE t REMOVE @ WHERE pk = 1", "UPDATE t SET a = 1, @ = 1 WHERE pk = 1"}) {
      EXPECT_EQ(ErrorOf(With(word, form)),
                std::string(kNotWellFormed) + "Expected identifier for simple path")
          << With(word, form);
    }
  }
}

TEST(PartiqlKeywords, NoneIsAnAlias) {
  for (const std::string_view word : kWords) {
    for (const char* form : {"SELECT a AS @ FROM t", "SELECT a FROM t AS @ WHERE pk = 1",
                             "UPDATE t AS @ SET a = 1 WHERE pk = 1"}) {
      EXPECT_EQ(ErrorOf(With(word, form)),
                std::string(kNotWellFormed) + "Expected identifier for AS-alias")
          << With(word, form);
    }
  }
}

TEST(PartiqlKeywords, AllAreNamesInQuotes) {
  for (const std::string_view word : kWords) {
    for (const char* form :
         {"SELECT \"@\", a.\"@\" FROM \"@\".\"@\" WHERE \"@\" = 1 AND a[0].\"@\" IS MISSING",
          "INSERT INTO \"@\" VALUE {'@': 1}", "SELECT a['@'] FROM t",
          "UPDATE \"@\" SET \"@\" = \"@\" + 1 REMOVE a.\"@\" WHERE pk = 1",
          "DELETE FROM \"@\" WHERE \"@\" = 1"}) {
      const bool twice = std::string_view(form).find("a.\"@\" FROM") != std::string_view::npos;
      EXPECT_EQ(ErrorOf(With(word, form)),
                twice ? "Duplicate identifiers in select clause: " + std::string(word) : "")
          << With(word, form);
    }
    EXPECT_EQ(ErrorOf(With(word, "SELECT a FROM t AS \"@\"")), "Aliasing is not supported");
  }
}

TEST(PartiqlKeywords, WhereATermStands) {
  for (const std::string_view word :
       {"LIST", "INDEX", "NEW", "OLD", "STRING", "BOOL", "DO", "KEY", "USER", "SIZE", "COUNT",
        "DEC", "CURRENT_USER", "int8", "Authorization", "nothing"}) {
    for (const char* form :
         {"SELECT @ FROM t", "SELECT a, @ FROM t", "SELECT * FROM @", "SELECT * FROM t WHERE @ = 1",
          "SELECT * FROM t WHERE a = @", "SELECT * FROM t WHERE a = 1 AND @ IS MISSING",
          "SELECT * FROM t WHERE a IN (1, @)", "SELECT * FROM t WHERE contains(@, 1)",
          "SELECT * FROM t WHERE a BETWEEN 1 AND @", "SELECT * FROM t ORDER BY @",
          "INSERT INTO t VALUE {@: 1}", "INSERT INTO t VALUE {'a': @}",
          "UPDATE t SET a = @ WHERE pk = 1", "UPDATE t SET a = @ + 1 WHERE pk = 1"}) {
      EXPECT_EQ(ErrorOf(With(word, form)), std::string(kNotWellFormed) + "Unexpected keyword")
          << With(word, form);
    }
    // Without AS it is not even read as an alias.
    EXPECT_EQ(ErrorOf(With(word, "SELECT a @ FROM t")),
              std::string(kNotWellFormed) + "Expected FROM after SELECT list");
    EXPECT_EQ(ErrorOf(With(word, "DELETE FROM t @ WHERE pk = 1")),
              std::string(kNotWellFormed) + "Unexpected token after expression");
  }
}

TEST(PartiqlKeywords, BeforeAParenthesis) {
  const std::string where = "SELECT * FROM t WHERE ";
  for (const char* word : {"key", "new", "string", "order", "coalesce"}) {
    EXPECT_EQ(ErrorOf(where + word + "(a) = 1"),
              std::string(kNotWellFormed) + "Unexpected keyword");
  }
  // Recorded of EXISTS: what the parser knows as a function is one that DynamoDB does not.
  for (const char* word : {"exists", "count", "list", "upper"}) {
    EXPECT_EQ(ErrorOf(where + word + "(a) = 1"),
              "Unrecognized function: " + std::string(word) +
                  " at 1:23:" + std::to_string(std::string_view(word).size()));
  }
}

TEST(PartiqlKeywords, OtherReservedWordsOfExpressionsAreNames) {
  // The developer guide's own statements name the first three.
  for (const char* word : {"Year", "Price", "Genre", "name", "status", "data", "date_", "months",
                           "ttl", "counter", "region", "partition", "replace", "both", "day"}) {
    EXPECT_EQ(ErrorOf(With(word, "SELECT @, a.@ FROM t.@ WHERE @ = 1")),
              With(word, "Duplicate identifiers in select clause: @"));
    EXPECT_EQ(ErrorOf(With(word, "UPDATE @ SET @ = a.@ WHERE pk = 1")), "");
  }
}

}  // namespace
}  // namespace millrace
