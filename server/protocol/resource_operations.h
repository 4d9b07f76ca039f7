#pragma once

#include "engine/base/status.h"
#include "server/protocol/shape.h"

// Operations on tags and policies of resources named by their ARN, and on the account.
namespace millrace {

class Call;

extern const Shape kTagResourceInput;
Status TagResource(Call* call);

extern const Shape kUntagResourceInput;
Status UntagResource(Call* call);

extern const Shape kListTagsOfResourceInput;
Status ListTagsOfResource(Call* call);

extern const Shape kPutResourcePolicyInput;
Status PutResourcePolicy(Call* call);

extern const Shape kGetResourcePolicyInput;
Status GetResourcePolicy(Call* call);

extern const Shape kDeleteResourcePolicyInput;
Status DeleteResourcePolicy(Call* call);

extern const Shape kDescribeLimitsInput;
Status DescribeLimits(Call* call);

extern const Shape kDescribeEndpointsInput;
Status DescribeEndpoints(Call* call);

}  // namespace millrace
