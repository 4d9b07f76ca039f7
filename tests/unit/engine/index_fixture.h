#pragma once

#include <chrono>
#include <string>
#include <utility>
#include <vector>

#include "engine_fixture.h"
#include "index_audit.h"
#include "tests/support/eventually.h"

namespace millrace::testing {

inline IndexSpec GlobalIndex(const std::string& name, IndexKeySchema schema,
                             ProjectionType projection = ProjectionType::kAll) {
  IndexSpec spec;
  spec.name = name;
  spec.schema = std::move(schema);
  spec.projection = projection;
  return spec;
}

inline IndexSpec LocalIndex(const std::string& name, KeyAttribute range,
                            ProjectionType projection) {
  IndexSpec spec =
      GlobalIndex(name, {{{"pk", ValueType::kString}}, {std::move(range)}}, projection);
  spec.kind = IndexKind::kLocal;
  return spec;
}

// A table `t` (pk, sk) with indexes.
class IndexTest : public EngineTest {
 protected:
  IndexTest() {
    options_.log_disk_reserve = 0;
    options_.write_buffer_size = 64 * 1024;
  }
  ~IndexTest() override { database_.reset(); }

  TableRef Make(std::vector<IndexSpec> indexes) {
    TableSpec spec = Spec("t");
    spec.indexes = std::move(indexes);
    const Result<TableRef> table = database_->CreateTable(spec);
    EXPECT_TRUE(table.ok()) << table.status().ToString();
    return *table;
  }
  TableRef Table() { return database_->FindTable("t"); }

  CommitResult PutMap(Value::Map map) {
    WriteRequest write;
    write.table = Table();
    write.item = EncodeItem(Value::OfMap(std::move(map)));
    write.key = *KeyOfItem(write.table->spec.schema, ItemView(write.item));
    return Commit(std::move(write));
  }
  void PutItem(const std::string& pk, const std::string& sk, const std::string& g, int64_t n) {
    const CommitResult result = PutMap({{"pk", Value::String(pk)},
                                        {"sk", Value::String(sk)},
                                        {"g", Value::String(g)},
                                        {"n", Value::OfNumber(Number::FromInt(n))},
                                        {"v", Value::String("of " + sk)}});
    ASSERT_TRUE(result.status.ok()) << result.status.ToString();
  }

  static KeyCondition ParseCondition(const std::string& text, const IndexKeySchema& schema,
                                     Value::Map values) {
    Placeholders placeholders;
    for (const auto& [name, value] : values) EXPECT_TRUE(placeholders.AddValue(name, value).ok());
    Result<KeyCondition> condition = KeyCondition::Parse(text, schema, &placeholders);
    EXPECT_TRUE(condition.ok()) << condition.status().ToString();
    return condition.ok() ? *condition : KeyCondition();
  }
  // The sort keys of what a query of the index finds, with a space after each.
  std::string Query(const std::string& index, const std::string& text, Value::Map values,
                    bool forward = true, size_t limit = SIZE_MAX) {
    PageRequest request;
    request.table = Table();
    request.index = request.table->FindIndex(index);
    EXPECT_NE(request.index, nullptr);
    const KeyCondition condition =
        ParseCondition(text, request.index->spec.schema, std::move(values));
    request.key_condition = &condition;
    request.forward = forward;
    std::string found;
    for (const std::string& item : ReadAll(*database_, request, limit)) {
      found += std::string(ItemView(item).Find("sk")->text()) + " ";
    }
    return found;
  }

  void CreateIndex(const IndexSpec& spec) {
    TableUpdate update;
    update.create_index = spec;
    const Result<TableRef> table = database_->UpdateTable("t", update);
    ASSERT_TRUE(table.ok()) << table.status().ToString();
    EXPECT_EQ((*table)->FindIndex(spec.name)->status, IndexStatus::kCreating);
  }
  Status DeleteIndex(const std::string& name) {
    TableUpdate update;
    update.delete_index = name;
    return database_->UpdateTable("t", update).status();
  }
  bool IsActive(const std::string& name) {
    const TableRef table = Table();
    const Index* const index = table->FindIndex(name);
    return index != nullptr && index->status == IndexStatus::kActive;
  }
  void AwaitActive(const std::string& name) {
    ASSERT_TRUE(Eventually(std::chrono::seconds(60), [&] { return IsActive(name); }));
  }
};

inline const IndexKeySchema kByG = {{{"g", ValueType::kString}}, {{"n", ValueType::kNumber}}};

}  // namespace millrace::testing
