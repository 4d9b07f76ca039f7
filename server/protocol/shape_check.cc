#include "server/protocol/shape_check.h"

#include <string>
#include <vector>

#include "engine/json/attribute_value.h"
#include "engine/json/expect.h"
#include "server/protocol/arn.h"
#include "server/protocol/common_shapes.h"

namespace millrace {
namespace {

// Recursion below is bounded by the depth of the descriptions, which don't refer to themselves.

constexpr size_t kErrorsMax = 10;

std::string ClassOf(const Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::kString:
      return "java.lang.String";
    case ShapeKind::kList:
      return "java.util.List<" + ClassOf(*shape.element) + ">";
    default:
      return "com.amazonaws.dynamodb.v20120810." + std::string(shape.name);
  }
}

Status CheckElementTypes(JsonValue json, const Shape& shape);

Status CheckMemberTypes(JsonValue object, const Shape& shape) {
  return object.ForEachMember([&shape](std::string_view name, JsonValue value) {
    if (value.Is(JsonKind::kNull)) return Status::Ok();
    for (const Member& member : shape.members) {
      if (member.name == name) return CheckTypes(value, *member.shape);
    }
    return Status::Ok();  // outside AWS's model: ignored
  });
}

Status CheckListTypes(JsonValue list, const Shape& element) {
  return list.ForEachElement(
      [&element](JsonValue value) { return CheckElementTypes(value, element); });
}

Status CheckMapTypes(JsonValue map, const Shape& element) {
  return map.ForEachMember(
      [&element](std::string_view, JsonValue value) { return CheckElementTypes(value, element); });
}

Status CheckElementTypes(JsonValue json, const Shape& shape) {
  if (json.Is(JsonKind::kNull)) return Status::Ok();
  if (shape.kind == ShapeKind::kStructure) {
    RETURN_IF_ERROR(ExpectStructureElement(json, shape.name));
    return CheckMemberTypes(json, shape);
  }
  if (shape.kind == ShapeKind::kAttributeValue) return Status::Ok();
  if (shape.kind == ShapeKind::kList) RETURN_IF_ERROR(ExpectListElement(json));
  if (shape.kind == ShapeKind::kAttributeMap) {
    RETURN_IF_ERROR(ExpectMapElement(json, kAttributeValueClass));
  }
  return CheckTypes(json, shape);
}

// Where a value is, from the root: named only when something is wrong with it.
struct Path {
  const Path* parent = nullptr;
  std::string_view name;
  size_t index = 0;     // of a list's element, from 1; 0: not one
  bool in_map = false;  // `name` is a map's key

  static Path Of(const Path& parent, std::string_view member) {
    Path path;
    path.parent = &parent;
    path.name = member;
    return path;
  }
};

std::string LowerFirst(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] + 32);
  return text;
}

// keySchema.1.member.attributeName
// As the request spells it: KeySchema.1.member.AttributeName
std::string TextOf(const Path& path, bool as_sent = false) {
  std::string own;
  if (path.index > 0) {
    own = std::to_string(path.index) + ".member";
  } else if (path.in_map) {
    own = std::string(path.name) + ".member";
  } else {
    own = as_sent ? std::string(path.name) : LowerFirst(path.name);
  }
  if (path.parent->parent == nullptr) return own;  // below the root
  return TextOf(*path.parent, as_sent) + "." + own;
}

class ConstraintChecker {
 public:
  void CheckMembers(JsonValue object, const Shape& shape, const Path& path);
  Status Finish() const;

 private:
  void Check(JsonValue value, const Shape& shape, const Path& path);
  void CheckPresent(JsonValue value, const Shape& shape, const Path& path);
  void CheckText(std::string_view text, JsonValue value, const Shape& shape, const Path& path);
  void CheckSize(size_t size, JsonValue value, const Shape& shape, const Path& path);
  void CheckNumber(JsonValue value, const Shape& shape, const Path& path);
  void CheckElements(JsonValue list, const Shape& shape, const Path& path);
  void CheckEntries(JsonValue map, const Shape& shape, const Path& path);
  void CheckKey(std::string_view key, JsonValue map, const Shape& shape, const Path& path);
  void Add(std::string_view value, const Path& path, std::string_view constraint) {
    AddTo(&errors_, std::string(value) + " at '" + TextOf(path), constraint);
  }
  void AddFor(JsonValue value, const Shape& shape, const Path& path, std::string_view constraint);
  static void AddTo(std::vector<std::string>* errors, std::string_view what,
                    std::string_view constraint);

  std::vector<std::string> errors_;
  std::vector<std::string> last_;  // reported when there are no others
};

void ConstraintChecker::CheckMembers(JsonValue object, const Shape& shape, const Path& path) {
  for (const Member& member : shape.members) {
    const Path here = Path::Of(path, member.name);
    const std::optional<JsonValue> value = FindMember(object, member.name);
    if (value) {
      Check(*value, *member.shape, here);
    } else if (member.presence == Presence::kRequired) {
      Add("null", here, "Member must not be null");
    }
  }
}

void ConstraintChecker::Check(JsonValue value, const Shape& shape, const Path& path) {
  switch (shape.kind) {
    case ShapeKind::kString:
      return CheckText(value.string(), value, shape, path);
    case ShapeKind::kInteger:
    case ShapeKind::kLong:
      return CheckNumber(value, shape, path);
    case ShapeKind::kList:
      CheckSize(value.size(), value, shape, path);
      return CheckElements(value, shape, path);
    case ShapeKind::kMap:
      CheckSize(value.size(), value, shape, path);
      return CheckEntries(value, shape, path);
    case ShapeKind::kStructure:
      return CheckMembers(value, shape, path);
    default:
      return;
  }
}

void ConstraintChecker::CheckText(std::string_view text, JsonValue value, const Shape& shape,
                                  const Path& path) {
  if (shape.values.size > 0) {
    std::string shown;
    for (const std::string_view allowed : shape.values) {
      if (allowed == text) return;
      shown.append(shown.empty() ? "" : ", ").append(allowed);
    }
    return AddFor(value, shape, path, "Member must satisfy enum value set: [" + shown + "]");
  }
  if (shape.takes_arn && IsArn(text)) return Check(value, kTableArn, path);
  if (shape.length_first) CheckSize(text.size(), value, shape, path);
  if (shape.matches != nullptr && !shape.matches(text)) {
    AddFor(value, shape, path,
           "Member must satisfy regular expression pattern: " + std::string(shape.pattern));
  }
  if (!shape.length_first) CheckSize(text.size(), value, shape, path);
}

void ConstraintChecker::CheckSize(size_t size, JsonValue value, const Shape& shape,
                                  const Path& path) {
  if (static_cast<int64_t>(size) < shape.min) {
    AddFor(value, shape, path,
           "Member must have length greater than or equal to " + std::to_string(shape.min));
  }
  if (static_cast<int64_t>(size) > shape.max) {
    AddFor(value, shape, path,
           "Member must have length less than or equal to " + std::to_string(shape.max));
  }
}

void ConstraintChecker::CheckNumber(JsonValue value, const Shape& shape, const Path& path) {
  const int64_t number = ExpectInteger(value, "Long").value();
  if (number < shape.min) {
    AddFor(value, shape, path,
           "Member must have value greater than or equal to " + std::to_string(shape.min));
  }
  if (number > shape.max) {
    AddFor(value, shape, path,
           "Member must have value less than or equal to " + std::to_string(shape.max));
  }
}

void ConstraintChecker::CheckElements(JsonValue list, const Shape& shape, const Path& path) {
  size_t index = 0;
  const Status done = list.ForEachElement([&](JsonValue element) {
    Path here = Path::Of(path, {});
    here.index = ++index;
    CheckPresent(element, *shape.element, here);
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
}

void ConstraintChecker::CheckEntries(JsonValue map, const Shape& shape, const Path& path) {
  const Status done = map.ForEachMember([&](std::string_view key, JsonValue value) {
    Path here = Path::Of(path, key);
    here.in_map = true;
    if (shape.key != nullptr) CheckKey(key, map, shape, path);
    if (!value.Is(JsonKind::kNull) && shape.element->kind == ShapeKind::kList &&
        (static_cast<int64_t>(value.size()) < shape.element->min ||
         static_cast<int64_t>(value.size()) > shape.element->max)) {
      AddFor(map, shape, path,
             "Map value must satisfy constraint: [Member must have length less than or equal to " +
                 std::to_string(shape.element->max) +
                 ", Member must have length greater than or equal to " +
                 std::to_string(shape.element->min) + "]");
      return Status::Ok();
    }
    CheckPresent(value, *shape.element, here);
    return Status::Ok();
  });
  MILLRACE_CHECK(done.ok());
}

void ConstraintChecker::CheckKey(std::string_view key, JsonValue map, const Shape& shape,
                                 const Path& path) {
  const Shape& rule = *shape.key;
  const auto size = static_cast<int64_t>(key.size());
  const bool fits = size >= rule.min && size <= rule.max && rule.matches(key);
  if (fits || IsArn(key)) return;
  AddTo(shape.keys_last ? &last_ : &errors_,
        "'" + RenderValue(map, shape) + "' at '" + TextOf(path),
        "Map keys must satisfy constraint: [Member must have length less than or equal to " +
            std::to_string(rule.max) + ", Member must have length greater than or equal to " +
            std::to_string(rule.min) +
            ", Member must satisfy regular expression pattern: " + std::string(rule.pattern) + "]");
}

// A null among the elements: no element may be missing.
void ConstraintChecker::CheckPresent(JsonValue value, const Shape& shape, const Path& path) {
  if (value.Is(JsonKind::kNull)) {
    Add("null", path, "Member must not be null");
  } else {
    Check(value, shape, path);
  }
}

void ConstraintChecker::AddFor(JsonValue value, const Shape& shape, const Path& path,
                               std::string_view constraint) {
  if (shape.unechoed) return AddTo(&errors_, "at '" + TextOf(path, true), constraint);
  Add("'" + RenderValue(value, shape) + "'", path, constraint);
}

void ConstraintChecker::AddTo(std::vector<std::string>* errors, std::string_view what,
                              std::string_view constraint) {
  if (errors->size() >= kErrorsMax) return;
  errors->push_back("Value " + std::string(what) +
                    "' failed to satisfy constraint: " + std::string(constraint));
}

Status ConstraintChecker::Finish() const {
  const std::vector<std::string>& errors = errors_.empty() ? last_ : errors_;
  if (errors.empty()) return Status::Ok();
  std::string text = std::to_string(errors.size()) +
                     (errors.size() == 1 ? " validation error" : " validation errors") +
                     " detected: ";
  for (size_t i = 0; i < errors.size(); ++i) text.append(i == 0 ? "" : "; ").append(errors[i]);
  return Status::Validation(std::move(text));
}

}  // namespace

std::optional<JsonValue> FindMember(JsonValue object, std::string_view name) {
  std::optional<JsonValue> value = object.Find(name);
  if (value && value->Is(JsonKind::kNull)) return std::nullopt;
  return value;
}

Status CheckTypes(JsonValue json, const Shape& shape) {
  switch (shape.kind) {
    case ShapeKind::kString:
      return json.Is(JsonKind::kString) ? Status::Ok() : ExpectString(json).status();
    case ShapeKind::kInteger:
      return ExpectInteger(json, "Integer").status();
    case ShapeKind::kLong:
      return ExpectInteger(json, "Long").status();
    case ShapeKind::kBoolean:
      return ExpectBoolean(json).status();
    case ShapeKind::kDouble:
    case ShapeKind::kTimestamp:
      return ExpectDouble(json).status();
    case ShapeKind::kList:
      RETURN_IF_ERROR(ExpectList(json));
      return CheckListTypes(json, *shape.element);
    case ShapeKind::kMap:
      if (!json.Is(JsonKind::kObject)) return ExpectMap(json, ClassOf(*shape.element));
      return CheckMapTypes(json, *shape.element);
    case ShapeKind::kStructure:
      RETURN_IF_ERROR(ExpectStructure(json, shape.name));
      return CheckMemberTypes(json, shape);
    case ShapeKind::kAttributeValue:
      return ExpectStructure(json, kAttributeValueClass);
    case ShapeKind::kAttributeMap:
      return ExpectMap(json, kAttributeValueClass);
  }
  return Status::Ok();
}

Status CheckAttributeShapes(JsonValue json, const Shape& shape) {
  if (json.Is(JsonKind::kNull)) return Status::Ok();
  switch (shape.kind) {
    case ShapeKind::kAttributeValue:
      return CheckAttributeValueShape(json);
    case ShapeKind::kAttributeMap:
      return CheckAttributeMapShape(json);
    case ShapeKind::kList:
      return json.ForEachElement(
          [&shape](JsonValue value) { return CheckAttributeShapes(value, *shape.element); });
    case ShapeKind::kMap:
      return json.ForEachMember([&shape](std::string_view, JsonValue value) {
        return CheckAttributeShapes(value, *shape.element);
      });
    case ShapeKind::kStructure:
      return json.ForEachMember([&shape](std::string_view name, JsonValue value) {
        for (const Member& member : shape.members) {
          if (member.name == name) return CheckAttributeShapes(value, *member.shape);
        }
        return Status::Ok();
      });
    default:
      return Status::Ok();
  }
}

Status CheckConstraints(JsonValue json, const Shape& input) {
  for (const Member& member : input.members) {
    if (member.first_rule != nullptr) {
      RETURN_IF_ERROR(member.first_rule(FindMember(json, member.name)));
    }
  }
  ConstraintChecker checker;
  checker.CheckMembers(json, input, Path{});
  return checker.Finish();
}

Status CheckBuilt(JsonValue json, const Shape& input, std::string_view operation) {
  for (const Member& member : input.members) {
    const std::optional<JsonValue> value = FindMember(json, member.name);
    if (value && member.shape->kind == ShapeKind::kStructure) {
      RETURN_IF_ERROR(CheckBuilt(*value, *member.shape, operation));
    }
    if (value && member.shape->kind == ShapeKind::kList &&
        member.shape->element->kind == ShapeKind::kStructure) {
      RETURN_IF_ERROR(value->ForEachElement([&](JsonValue element) {
        return CheckBuilt(element, *member.shape->element, operation);
      }));
    }
    if (value && member.presence == Presence::kNotBuilt) {
      return Status::Validation("Millrace does not support the parameter " +
                                std::string(member.name) + " of " + std::string(operation) +
                                " yet");
    }
  }
  return Status::Ok();
}

}  // namespace millrace
