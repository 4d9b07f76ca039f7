// Any bytes as an item, a value, a change record or a packed number: what is found valid can be
// read to the last byte, and is canonical: built again from what was read it is the same bytes.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/check.h"
#include "engine/base/limits.h"
#include "engine/model/change_record.h"
#include "engine/model/item.h"
#include "engine/model/schema.h"
#include "engine/model/value.h"

namespace millrace {
namespace {

Value Rebuilt(ValueView view);

// Recursion is bounded: the bytes were validated, at most kNestingDepthMax deep.
Value RebuiltContainer(ValueView view) {
  if (view.Is(ValueType::kMap)) {
    Value::Map map;
    for (size_t i = 0; i < view.map().size(); ++i) {
      const auto [name, value] = view.map().entry(i);
      MILLRACE_CHECK(*view.map().Find(name) == value);
      map.emplace_back(std::string(name), Rebuilt(value));
    }
    return Value::OfMap(std::move(map));
  }
  Value::List list;
  std::vector<std::string> elements;
  const ListView elements_of = view.list();
  for (size_t i = 0; i < elements_of.size(); ++i) {
    if (view.Is(ValueType::kList)) {
      list.push_back(Rebuilt(elements_of.value(i)));
    } else {
      elements.emplace_back(elements_of.element(i));
    }
  }
  return view.Is(ValueType::kList) ? Value::OfList(std::move(list))
                                   : Value::OfSet(view.type(), std::move(elements));
}

Value Rebuilt(ValueView view) {
  switch (view.type()) {
    case ValueType::kNull:
      return Value::Null();
    case ValueType::kBool:
      return Value::Bool(view.boolean());
    case ValueType::kNumber:
      return Value::OfNumber(Number::Parse(view.number().ToString()).value());
    case ValueType::kString:
      return Value::String(view.text());
    case ValueType::kBinary:
      return Value::Binary(view.text());
    default:
      return RebuiltContainer(view);
  }
}

void CheckValue(ValueView view) {
  MILLRACE_CHECK(Rebuilt(view).Encode() == view.bytes(), "not canonical");
  MILLRACE_CHECK(NestingDepth(view) <= kNestingDepthMax);
}

void CheckItem(ItemView item) {
  CheckValue(item.value());
  MILLRACE_CHECK(EncodeItem(item.value()) == item.bytes());
  (void)CheckItemSize(item);
  const KeySchema schema{{"pk", ValueType::kString}, KeyAttribute{"sk", ValueType::kNumber}};
  const Result<ItemKey> key = KeyOfItem(schema, item);
  if (key.ok()) MILLRACE_CHECK(ValidateItem(KeysItem(schema, *key)).ok());
  (void)KeyOfKeyMap(schema, item.value());
}

void CheckRecord(RecordView record) {
  const ItemView images[] = {record.keys(), record.new_image(), record.old_image()};
  for (const ItemView image : images) {
    if (!image.empty()) CheckItem(image);
  }
  (void)record.header();
  (void)record.event_name();
  (void)VerifyRecordDigest(record);
  (void)(record.principal().size() + record.request_id().size());
  (void)ChainHash(record.header_bytes());
}

void CheckNumber(std::string_view packed) {
  const Number number = Number::FromPacked(packed);
  MILLRACE_CHECK(number.Packed() == packed);
  std::string text;
  AppendPackedNumberText(packed, &text);
  MILLRACE_CHECK(text == number.ToString());
  MILLRACE_CHECK(Number::Parse(text).value() == number);
  (void)AwsSizeOfPackedNumber(packed);
  (void)number.ToDouble();
  (void)Number::Add(number, number);
  MILLRACE_CHECK(Number::Subtract(number, number).value().zero());
}

void Run(std::string_view bytes) {
  if (ValidateItem(bytes).ok()) CheckItem(ItemView(bytes));
  if (ValidateValue(bytes, kNestingDepthMax).ok()) CheckValue(ValueView(bytes));
  if (ValidateRecord(bytes).ok()) CheckRecord(RecordView(bytes));
  if (Number::IsValidPacked(bytes)) CheckNumber(bytes);
  const Result<Number> number = Number::Parse(bytes);
  if (number.ok()) CheckNumber(number->Packed());
}

}  // namespace
}  // namespace millrace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  millrace::Run({reinterpret_cast<const char*>(data), size});
  return 0;
}
