#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/expression/ast.h"
#include "engine/expression/expression.h"
#include "engine/expression/parsed.h"
#include "engine/expression/parser_base.h"
#include "engine/expression/path.h"
#include "engine/expression/path_clash.h"
#include "engine/expression/resolve.h"
#include "engine/expression/select_paths.h"

namespace millrace {
namespace {

constexpr std::string_view kParameter = "ProjectionExpression";

// projection := path {"," path}
class ProjectionParser final : public expr::ParserBase {
 public:
  explicit ProjectionParser(expr::ParsedText* parsed) : ParserBase(kParameter, parsed) {}

  Status Parse() {
    for (;;) {
      uint32_t path = 0;
      if (!ParsePath(&path)) return SyntaxError();
      if (At(expr::TokenKind::kEnd)) return FirstNote();
      if (!At(expr::TokenKind::kComma)) return SyntaxError();
      lexer_.Advance();
    }
  }
};

}  // namespace

Result<Projection> Projection::Parse(std::string_view text, Placeholders* placeholders) {
  RETURN_IF_ERROR(expr::CheckTextSize(kParameter, text));
  const auto parsed = std::make_shared<ParsedProjection>(text);
  RETURN_IF_ERROR(ProjectionParser(parsed.get()).Parse());
  std::vector<expr::Path> paths;
  paths.reserve(parsed->ast.paths.size());
  for (expr::PathRef& path : parsed->ast.paths) {
    RETURN_IF_ERROR(expr::ResolveNames(kParameter, &path, &parsed->ast, placeholders));
    RETURN_IF_ERROR(expr::CheckPathDepth(kParameter, path));
    paths.push_back(expr::PathOf(parsed->ast, path));
  }
  RETURN_IF_ERROR(expr::CheckPathClashes(kParameter, paths, &parsed->paths));
  return ExpressionMaker::Make(parsed);
}

Value Projection::Apply(ItemView item) const {
  if (item.empty()) return Value::OfMap({});
  return Value(ValueView(expr::SelectPaths(item.value(), parsed_->paths)));
}

Status Projection::CheckKeysAreScalars(const KeySchema& schema) const {
  return expr::CheckKeysAreScalars(parsed_->ast, schema);
}

std::vector<std::string> Projection::AttributesWithin() const {
  return expr::NamesGoneInto(parsed_->ast);
}

std::vector<std::string> Projection::TopLevelAttributes() const {
  return expr::TopLevelNames(parsed_->ast);
}

}  // namespace millrace
