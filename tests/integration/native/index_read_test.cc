// Reads of indexes, scans, and what reads cost, through the client.
#include <map>
#include <set>

#include "server/protocol/throughput.h"
#include "tests/integration/native/native_fixture.h"

namespace millrace {
namespace {

constexpr int kItems = 12;

// The table `trips` (pk S, sk N), its global index `by_city` (city S, sk N; the keys and `fare`)
// and its local index `by_fare` (pk S, fare N; the keys).
class NativeIndexTest : public NativeTest {
 protected:
  void SetUp() override {
    NativeTest::SetUp();
    TableSpec spec;
    spec.name = "trips";
    spec.schema.hash = {"pk", ValueType::kString};
    spec.schema.range = KeyAttribute{"sk", ValueType::kNumber};
    IndexSpec global;
    global.name = "by_city";
    global.schema.hash = {{"city", ValueType::kString}};
    global.schema.range = {{"sk", ValueType::kNumber}};
    global.projection = ProjectionType::kInclude;
    global.included = {"fare"};
    IndexSpec local;
    local.kind = IndexKind::kLocal;
    local.name = "by_fare";
    local.schema.hash = {spec.schema.hash};
    local.schema.range = {{"fare", ValueType::kNumber}};
    local.projection = ProjectionType::kKeysOnly;
    spec.indexes = {global, local};
    ASSERT_TRUE(database_->CreateTable(spec).ok());
    client_ = Connect();
    for (int i = 0; i < kItems; ++i) {
      ItemBuilder item;
      item.Set("pk", "p" + std::to_string(i % 3)).Set("sk", i).Set("fare", 100 - i);
      item.Set("note", std::string(5000, 'n'));
      if (i % 2 == 0) item.Set("city", "Oslo");  // the index is sparse
      ASSERT_TRUE(client_->Put({.table = "trips", .item = item}).ok());
    }
  }
  static QueryItems OfOslo() {
    QueryItems query{.table = "trips", .index = "by_city"};
    query.key_condition = Expression("city = :c").Value(":c", "Oslo");
    return query;
  }
  static QueryItems OfFares() {
    QueryItems query{.table = "trips", .index = "by_fare"};
    query.key_condition = Expression("pk = :p AND fare > :f").Value(":p", "p0").Value(":f", 0);
    return query;
  }
  template <typename Request>
  std::string Error(const Request& request) {
    if constexpr (std::is_same_v<Request, QueryItems>) {
      return client_->Query(request).status().ToString();
    } else {
      return client_->Scan(request).status().ToString();
    }
  }

  std::unique_ptr<Client> client_;
};

TEST_F(NativeIndexTest, QueriesAGlobalIndexInPages) {
  QueryItems query = OfOslo();
  query.limit = 4;
  query.forward = false;
  std::string found;
  int pages = 0;
  do {
    const auto page = client_->Query(query);
    ASSERT_TRUE(page.ok()) << page.status().ToString();
    for (const Item& item : page->items) {
      found += std::to_string(*item.GetInt("sk")) + " ";
      EXPECT_TRUE(item.Has("fare") && item.Has("pk") && !item.Has("note")) << "as projected";
    }
    query.start_key = page->last_key;
    if (!query.start_key.empty()) {
      EXPECT_TRUE(query.start_key.Has("city")) << "the index's key and the table's";
      EXPECT_TRUE(query.start_key.Has("pk") && query.start_key.Has("sk"));
    }
    ++pages;
  } while (!query.start_key.empty());
  EXPECT_EQ(found, "10 8 6 4 2 0 ");
  EXPECT_EQ(pages, 2);
}

TEST_F(NativeIndexTest, ALocalIndexFetchesWhatItDoesNotHold) {
  QueryItems query = OfFares();
  const auto keys = client_->Query(query);
  ASSERT_EQ(keys->items.size(), 4u);
  EXPECT_EQ(keys->items[0].GetInt("sk"), 9);
  EXPECT_FALSE(keys->items[0].Has("note"));
  query.consistent = true;
  query.all_attributes = true;
  EXPECT_EQ(client_->Query(query)->items[0].GetString("note")->size(), 5000u);
  query.all_attributes = false;
  query.projection = "note";
  EXPECT_EQ(client_->Query(query)->items[0].GetString("note")->size(), 5000u);
}

TEST_F(NativeIndexTest, ScansTablesAndIndexes) {
  ScanItems scan{.table = "trips"};
  scan.filter = Expression("fare > :f").Value(":f", 95);
  scan.limit = 5;
  std::set<int64_t> found;
  size_t scanned = 0;
  do {
    const auto page = client_->Scan(scan);
    ASSERT_TRUE(page.ok()) << page.status().ToString();
    for (const Item& item : page->items) found.insert(*item.GetInt("fare"));
    scanned += page->scanned_count;
    scan.start_key = page->last_key;
  } while (!scan.start_key.empty());
  EXPECT_EQ(found, (std::set<int64_t>{96, 97, 98, 99, 100}));
  EXPECT_EQ(scanned, static_cast<size_t>(kItems));

  ScanItems counted{.table = "trips", .index = "by_city"};
  counted.count_only = true;
  EXPECT_EQ(client_->Scan(counted)->count, 6u);
  EXPECT_TRUE(client_->Scan(counted)->items.empty());

  // Segments cover an index once.
  std::multiset<int64_t> covered;
  for (uint32_t segment = 0; segment < 3; ++segment) {
    ScanItems part{.table = "trips", .index = "by_fare"};
    part.segment = segment;
    part.total_segments = 3;
    part.limit = 1;
    do {
      const auto page = client_->ScanAsync(part).get();
      ASSERT_TRUE(page.ok()) << page.status().ToString();
      for (const Item& item : page->items) covered.insert(*item.GetInt("sk"));
      part.start_key = page->last_key;
    } while (!part.start_key.empty());
  }
  EXPECT_EQ(covered.size(), static_cast<size_t>(kItems));
  EXPECT_EQ(std::set<int64_t>(covered.begin(), covered.end()).size(), covered.size());
}

// As the HTTP API counts: 4 KB begun a unit, half of it when eventually consistent; what a local
// index fetches, item by item.
TEST_F(NativeIndexTest, SaysWhatAReadCost) {
  EXPECT_FALSE(client_->Query(OfOslo())->capacity.has_value()) << "not asked for";
  QueryItems query = OfOslo();
  query.return_capacity = true;
  auto capacity = client_->Query(query)->capacity;
  ASSERT_TRUE(capacity.has_value());
  EXPECT_EQ(capacity->index, 0.5);
  EXPECT_EQ(capacity->table, 0);
  query = OfFares();
  query.return_capacity = query.all_attributes = query.consistent = true;
  capacity = client_->Query(query)->capacity;
  EXPECT_EQ(capacity->index, 1);
  EXPECT_EQ(capacity->table, 8) << "four items of two blocks each";
  EXPECT_EQ(capacity->total(), 9);
  ScanItems scan{.table = "trips"};
  scan.return_capacity = true;
  capacity = client_->Scan(scan)->capacity;
  EXPECT_EQ(capacity->index, 0);
  EXPECT_EQ(capacity->table, 7.5) << "12 items of some 5,030 bytes";
}

TEST_F(NativeIndexTest, SaysWhatGetsCost) {
  QueryItems all = OfOslo();
  const Item trip = client_->Query(all)->items.at(0);
  const ItemBuilder key =
      ItemBuilder().Set("pk", *trip.GetString("pk")).Set("sk", *trip.GetInt("sk"));
  const ItemBuilder nobody = ItemBuilder().Set("pk", "nobody").Set("sk", int64_t{1});
  GetItem get{.table = "trips", .key = key};
  const auto got = client_->GetWithCapacity(get);
  ASSERT_TRUE(got.ok()) << got.status().ToString();
  EXPECT_FALSE(got->item.empty());
  EXPECT_EQ(got->capacity.table, 1) << "two blocks of 4 KB, eventually consistent";
  EXPECT_EQ(got->capacity.index, 0);
  get.consistent = true;
  EXPECT_EQ(client_->GetWithCapacityAsync(get).get()->capacity.total(), 2);
  EXPECT_EQ(client_->GetWithCapacity({.table = "trips", .key = nobody})->capacity.table, 0.5);
  get.table = "none";
  EXPECT_TRUE(client_->GetWithCapacity(get).status().Is(ErrorCode::kResourceNotFound));

  BatchGetItems batch{.keys = {{"trips", key}, {"trips", nobody}}};
  EXPECT_FALSE(client_->BatchGet(batch)->capacity.has_value()) << "not asked for";
  batch.return_capacity = true;
  EXPECT_EQ(client_->BatchGet(batch)->capacity->table, 1.5);
  batch.consistent = true;
  EXPECT_EQ(client_->BatchGetAsync(batch).get()->capacity->table, 3);
}

TEST_F(NativeIndexTest, ABatchWithABadKeyOfAnIndexWritesNothing) {
  const ItemBuilder key = ItemBuilder().Set("pk", "new").Set("sk", 1);
  const BatchWriteItems writes = BatchWriteItems()
                                     .Put("trips", key)
                                     .Put("trips", ItemBuilder(key).Set("sk", 2).Set("city", 3));
  const Status refused = client_->BatchWrite(writes).status();
  EXPECT_TRUE(refused.Is(ErrorCode::kValidation)) << refused.ToString();
  EXPECT_NE(refused.message().find("by_city"), std::string::npos) << refused.ToString();
  EXPECT_TRUE(client_->Get({.table = "trips", .key = key})->empty());
}

TEST_F(NativeIndexTest, ErrorsAreThoseOfTheApi) {
  const std::string validation = "ValidationException: ";
  QueryItems query = OfOslo();
  query.consistent = true;
  EXPECT_EQ(Error(query),
            validation + "Consistent reads are not supported on global secondary indexes");
  query = OfOslo();
  query.index = "by_nothing";
  EXPECT_EQ(Error(query), validation + "The table does not have the specified index: by_nothing");
  query = OfOslo();
  query.projection = "note";
  EXPECT_EQ(Error(query), validation +
                              "One or more parameter values were invalid: Global secondary index "
                              "by_city does not project [note]");
  query = OfOslo();
  query.all_attributes = true;
  EXPECT_NE(Error(query).find("Select type ALL_ATTRIBUTES is not supported"), std::string::npos);
  query = OfOslo();
  query.start_key = Item(EncodeItem(ItemBuilder().Set("pk", "p0").Set("sk", 1).value()));
  EXPECT_EQ(Error(query), validation + "The provided starting key is invalid");
  query = OfFares();
  query.all_attributes = query.count_only = true;
  EXPECT_EQ(Error(query), validation + "count_only and all_attributes exclude each other");

  ScanItems scan{.table = "nowhere"};
  EXPECT_EQ(Error(scan), "ResourceNotFoundException: Requested resource not found");
  scan.table = "trips";
  scan.segment = 3;
  scan.total_segments = 3;
  EXPECT_NE(Error(scan).find("Segment: 3 is not less than TotalSegments: 3"), std::string::npos);
  scan.total_segments = 0;
  EXPECT_NE(Error(scan).find("The TotalSegments parameter is required"), std::string::npos);
  scan.total_segments = 1'000'001;
  EXPECT_NE(Error(scan).find("less than or equal to 1000000"), std::string::npos);
  scan.total_segments = 1'000'000;
  EXPECT_TRUE(client_->Scan(scan).ok());
  scan = {.table = "trips"};
  scan.filter = Expression("a = :v").Value(":v", 1).Value(":w", 1);
  EXPECT_NE(Error(scan).find("unused in expressions: keys: {:w}"), std::string::npos);
}

}  // namespace
}  // namespace millrace
