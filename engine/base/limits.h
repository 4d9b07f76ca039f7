#pragma once

#include <cstddef>
#include <cstdint>

namespace millrace {

// Limits of the DynamoDB API. Source: "Service, account, and table quotas in Amazon DynamoDB"
// unless another is named.
constexpr size_t kItemSizeMax = 400 * 1024;              // bytes, names included
constexpr int kNestingDepthMax = 32;                     // levels of a document
constexpr size_t kPartitionKeySizeMax = 2048;            // bytes
constexpr size_t kSortKeySizeMax = 1024;                 // bytes
constexpr size_t kAttributeNameSizeMax = 64 * 1024 - 1;  // bytes
constexpr size_t kKeyNameSizeMax = 255;                  // bytes, of an attribute in a key schema
constexpr int kNumberDigitsMax = 38;
constexpr size_t kPageSizeMax = 1024 * 1024;  // bytes of evaluated data of one Query or Scan page
constexpr size_t kBatchWriteActionsMax = 25;
constexpr size_t kBatchGetKeysMax = 100;
constexpr size_t kTransactionActionsMax = 100;
constexpr size_t kTransactionSizeMax = 4 * 1024 * 1024;  // bytes of all its items
constexpr size_t kBatchResponseSizeMax = 16 * 1024 * 1024;
constexpr size_t kRequestBodySizeMax = 16 * 1024 * 1024;
constexpr size_t kExpressionSizeMax = 4096;  // bytes
constexpr int kExpressionOperatorsMax = 300;
constexpr int kInOperandsMax = 100;
constexpr size_t kGetRecordsMax = 1000;  // records of one GetRecords page
constexpr size_t kGetRecordsSizeMax = 1024 * 1024;
constexpr int64_t kStreamRetentionMicros = int64_t{24} * 3600 * 1'000'000;
constexpr int64_t kIteratorLifetimeMicros = int64_t{15} * 60 * 1'000'000;

}  // namespace millrace
