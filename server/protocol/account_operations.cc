#include <string>

#include "server/protocol/call.h"
#include "server/protocol/capacity_settings.h"
#include "server/protocol/member_json.h"
#include "server/protocol/resource_operations.h"

// DescribeLimits, DescribeEndpoints. Source: the API reference.
namespace millrace {
namespace {

constexpr int64_t kEndpointCacheMinutes = 1440;  // as AWS says it

}  // namespace

const Shape kDescribeLimitsInput = EmptyStructure("DescribeLimitsInput");
const Shape kDescribeEndpointsInput = EmptyStructure("DescribeEndpointsRequest");

Status DescribeLimits(Call* call) {
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  WriteNumber("AccountMaxReadCapacityUnits", kAccountUnitsMax, &reply);
  WriteNumber("AccountMaxWriteCapacityUnits", kAccountUnitsMax, &reply);
  WriteNumber("TableMaxReadCapacityUnits", kTableUnitsMax, &reply);
  WriteNumber("TableMaxWriteCapacityUnits", kTableUnitsMax, &reply);
  reply.EndObject();
  return Status::Ok();
}

// This server, by the name that the client knows it by: AWS's own endpoint would lead away.
Status DescribeEndpoints(Call* call) {
  JsonWriter reply = call->Reply();
  reply.BeginObject();
  reply.Key("Endpoints");
  reply.BeginArray();
  reply.BeginObject();
  WriteText("Address", call->exchange->request().host, &reply);
  WriteNumber("CachePeriodInMinutes", kEndpointCacheMinutes, &reply);
  reply.EndObject();
  reply.EndArray();
  reply.EndObject();
  return Status::Ok();
}

}  // namespace millrace
