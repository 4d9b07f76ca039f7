// The unmodified AWS SDK for JavaScript v3 against a Millrace: `node scenario.mjs URL`.
// Exit status 0 when everything was as expected; otherwise the assertion is printed.
import assert from "node:assert/strict";
import {
  BatchGetItemCommand, ConditionalCheckFailedException, CreateTableCommand, DeleteTableCommand, DescribeTableCommand,
  DynamoDBClient, IdempotentParameterMismatchException, PutItemCommand, QueryCommand as RawQueryCommand,
  ResourceNotFoundException, TransactionCanceledException, UpdateTableCommand,
  paginateScan, waitUntilTableExists, waitUntilTableNotExists,
} from "@aws-sdk/client-dynamodb";
import {
  DescribeStreamCommand, DynamoDBStreamsClient, GetRecordsCommand, GetShardIteratorCommand, ListStreamsCommand,
} from "@aws-sdk/client-dynamodb-streams";
import {
  BatchExecuteStatementCommand, BatchWriteCommand, DeleteCommand, DynamoDBDocumentClient, ExecuteStatementCommand, GetCommand,
  PutCommand, QueryCommand, TransactGetCommand, TransactWriteCommand, UpdateCommand, paginateQuery,
} from "@aws-sdk/lib-dynamodb";

const settings = {
  endpoint: process.argv[2],
  region: "us-east-1",
  credentials: { accessKeyId: "javascript", secretAccessKey: "secret" },
  maxAttempts: 1,
};
const client = new DynamoDBClient(settings);
const streams = new DynamoDBStreamsClient(settings);
const documents = DynamoDBDocumentClient.from(client);
const TableName = "javascript";
const soon = { client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 };

const keyOf = (hash, range) => [{ AttributeName: hash, KeyType: "HASH" }, { AttributeName: range, KeyType: "RANGE" }];

async function createsATable() {
  await client.send(new CreateTableCommand({
    TableName,
    BillingMode: "PAY_PER_REQUEST",
    AttributeDefinitions: [
      { AttributeName: "pk", AttributeType: "S" }, { AttributeName: "sk", AttributeType: "N" }, { AttributeName: "rank", AttributeType: "N" },
    ],
    KeySchema: keyOf("pk", "sk"),
    LocalSecondaryIndexes: [{ IndexName: "byRank", KeySchema: keyOf("pk", "rank"), Projection: { ProjectionType: "KEYS_ONLY" } }],
    StreamSpecification: { StreamEnabled: true, StreamViewType: "NEW_AND_OLD_IMAGES" },
  }));
  await waitUntilTableExists(soon, { TableName });
  const { Table } = await client.send(new DescribeTableCommand({ TableName }));
  assert.equal(Table.TableStatus, "ACTIVE");
  assert.equal(Table.DeletionProtectionEnabled, false);
  assert.ok(Table.CreationDateTime instanceof Date);
  return Table.LatestStreamArn;
}

async function writesAndReadsDocuments() {
  const item = { pk: "a", sk: 1, text: "é😀", list: [1, "two", { three: true }], none: null, set: new Set(["x", "y"]) };
  await documents.send(new PutCommand({ TableName, Item: item }));
  const { Item } = await documents.send(new GetCommand({ TableName, Key: { pk: "a", sk: 1 }, ConsistentRead: true }));
  assert.deepEqual(Item, item);
  const { Attributes } = await documents.send(new UpdateCommand({
    TableName, Key: { pk: "a", sk: 1 }, UpdateExpression: "SET #n = if_not_exists(#n, :zero) + :one REMOVE #list[0]",
    ExpressionAttributeNames: { "#n": "count", "#list": "list" }, ExpressionAttributeValues: { ":zero": 0, ":one": 1 },
    ReturnValues: "UPDATED_NEW",
  }));
  assert.equal(Attributes.count, 1);
  const binary = { pk: { S: "binary" }, sk: { N: "1" }, bytes: { B: new Uint8Array([0, 255]) } };
  await client.send(new PutItemCommand({ TableName, Item: binary }));
  const found = await client.send(new BatchGetItemCommand({
    RequestItems: { [TableName]: { Keys: [{ pk: { S: "binary" }, sk: { N: "1" } }] } },
  }));
  assert.deepEqual([...found.Responses[TableName][0].bytes.B], [0, 255]);
}

async function seesTheItemOfAFailedCondition() {
  await assert.rejects(
    documents.send(new PutCommand({
      TableName, Item: { pk: "a", sk: 1 }, ConditionExpression: "attribute_not_exists(pk)",
      ReturnValuesOnConditionCheckFailure: "ALL_OLD",
    })),
    (error) => {
      assert.ok(error instanceof ConditionalCheckFailedException);
      assert.equal(error.message, "The conditional request failed");
      assert.equal(error.$metadata.httpStatusCode, 400);
      assert.equal(error.$metadata.requestId.length, 52);
      return Boolean(error.Item);
    });
}

async function queriesInPages() {
  for (let start = 0; start < 50; start += 25) {
    const puts = Array.from({ length: 25 }, (_, i) => ({ PutRequest: { Item: { pk: "many", sk: start + i } } }));
    const { UnprocessedItems } = await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: puts } }));
    assert.deepEqual(UnprocessedItems, {});
  }
  const seen = [];
  let ExclusiveStartKey;
  do {
    const page = await documents.send(new QueryCommand({
      TableName, KeyConditionExpression: "pk = :p", ExpressionAttributeValues: { ":p": "many" }, Limit: 7,
      ScanIndexForward: false, ExclusiveStartKey,
    }));
    seen.push(...page.Items.map((item) => item.sk));
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey);
  assert.deepEqual(seen, Array.from({ length: 50 }, (_, i) => 49 - i));
  let scanned = 0;
  for await (const page of paginateScan({ client, pageSize: 11 }, { TableName })) scanned += page.Items.length;
  assert.equal(scanned, 52);
}

async function queriesIndexes() {
  const items = Array.from({ length: 20 }, (_, i) => ({ pk: "ranked", sk: i, rank: 19 - i, team: i % 2 ? "odd" : "even", word: "w", more: "m" }));
  await documents.send(new BatchWriteCommand({ RequestItems: { [TableName]: items.map((Item) => ({ PutRequest: { Item } })) } }));
  // Made after the items: it is filled with them.
  const { TableDescription } = await client.send(new UpdateTableCommand({
    TableName,
    AttributeDefinitions: [{ AttributeName: "team", AttributeType: "S" }, { AttributeName: "rank", AttributeType: "N" }],
    GlobalSecondaryIndexUpdates: [{ Create: {
      IndexName: "byTeam", KeySchema: keyOf("team", "rank"), Projection: { ProjectionType: "INCLUDE", NonKeyAttributes: ["word"] },
    } }],
  }));
  assert.equal(TableDescription.GlobalSecondaryIndexes[0].IndexName, "byTeam");
  await waitForIndex("byTeam");
  const paged = async (IndexName, KeyConditionExpression, value) => {
    const found = [];
    const query = { TableName, IndexName, KeyConditionExpression, ExpressionAttributeValues: { ":v": value } };
    for await (const page of paginateQuery({ client: documents, pageSize: 3 }, query)) found.push(...page.Items);
    return found;
  };
  assert.deepEqual(await paged("byRank", "pk = :v", "ranked"), items.map(({ pk, sk, rank }) => ({ pk, sk, rank })).reverse());
  assert.deepEqual(await paged("byTeam", "team = :v", "odd"),
    items.filter(({ team }) => team === "odd").map(({ more, ...item }) => item).reverse());
  await client.send(new UpdateTableCommand({ TableName, GlobalSecondaryIndexUpdates: [{ Delete: { IndexName: "byTeam" } }] }));
  await documents.send(new BatchWriteCommand({
    RequestItems: { [TableName]: items.map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } } })) },
  }));
}

async function waitForIndex(name) {
  for (const until = Date.now() + 30_000; ;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if (Table.GlobalSecondaryIndexes.find(({ IndexName }) => IndexName === name).IndexStatus === "ACTIVE") return;
    assert.ok(Date.now() < until, "the index is not made");
  }
}

async function runsStatements() {
  const run = (Statement, ...Parameters) => documents.send(new ExecuteStatementCommand({
    Statement, Parameters: Parameters.length ? Parameters : undefined, ReturnValuesOnConditionCheckFailure: "ALL_OLD",
  }));
  const value = { list: [1, "two"], set: new Set(["x"]) };
  await run(`INSERT INTO ${TableName} VALUE {'pk': ?, 'sk': ?, 'v': ?}`, "sql", 1, value);
  assert.deepEqual((await run(`SELECT v FROM ${TableName} WHERE pk = ? AND sk = 1`, "sql")).Items, [{ v: value }]);
  const { Items } = await run(`UPDATE ${TableName} SET n = 1 WHERE pk = 'sql' AND sk = 1 RETURNING MODIFIED NEW *`);
  assert.deepEqual(Items, [{ n: 1 }]);
  await assert.rejects(run(`DELETE FROM ${TableName} WHERE pk = 'sql' AND sk = 1 AND n = 2`),
    (error) => error instanceof ConditionalCheckFailedException && error.Item.n.N === "1");
  const first = await documents.send(new ExecuteStatementCommand({
    Statement: `SELECT sk FROM ${TableName} WHERE pk = 'many' ORDER BY sk DESC`, Limit: 2,
  }));
  assert.deepEqual(first.Items, [{ sk: 49 }, { sk: 48 }]);
  const { Responses } = await documents.send(new BatchExecuteStatementCommand({ Statements: [
    { Statement: `DELETE FROM ${TableName} WHERE pk = 'sql' AND sk = 1 RETURNING ALL OLD *` },
    { Statement: `INSERT INTO ${TableName} VALUE {'pk': 'many', 'sk': 0}` },
  ] }));
  assert.deepEqual(Responses[0].Item, { pk: "sql", sk: 1, v: value, n: 1 });
  assert.equal(Responses[1].Error.Code, "DuplicateItem");
}

async function transacts() {
  const Key = { pk: "transaction", sk: 1 };
  const count = (amount) => ({
    TableName, Key, UpdateExpression: "ADD #n :x", ExpressionAttributeNames: { "#n": "count" },
    ExpressionAttributeValues: { ":x": amount },
  });
  const request = {
    ClientRequestToken: "javascript-1",
    TransactItems: [
      { Put: { TableName, Item: { pk: "transaction", sk: 2, by: "put" } } },
      { Update: count(1) },
      { Delete: { TableName, Key: { pk: "transaction", sk: 3 } } },
      { ConditionCheck: { TableName, Key: { pk: "transaction", sk: 4 }, ConditionExpression: "attribute_not_exists(pk)" } },
    ],
  };
  for (let i = 0; i < 2; ++i) await documents.send(new TransactWriteCommand(request));
  await assert.rejects(
    documents.send(new TransactWriteCommand({ ...request, TransactItems: [{ Update: count(2) }] })),
    (error) => error instanceof IdempotentParameterMismatchException);
  const { Responses } = await documents.send(new TransactGetCommand({
    TransactItems: [1, 2, 3].map((sk) => ({ Get: { TableName, Key: { pk: "transaction", sk } } })),
  }));
  assert.deepEqual(Responses, [{ Item: { ...Key, count: 1 } }, { Item: { pk: "transaction", sk: 2, by: "put" } }, {}]);
  await assert.rejects(
    documents.send(new TransactWriteCommand({
      TransactItems: [
        { Delete: { TableName, Key: { pk: "transaction", sk: 2 } } },
        { Update: { ...count(1), ConditionExpression: "attribute_not_exists(pk)",
                    ReturnValuesOnConditionCheckFailure: "ALL_OLD" } },
      ],
    })),
    (error) => {
      assert.ok(error instanceof TransactionCanceledException);
      assert.equal(error.message, "Transaction cancelled, please refer cancellation reasons for specific reasons " +
        "[None, ConditionalCheckFailed]");
      assert.equal(error.CancellationReasons[1].Message, "The conditional request failed");
      assert.ok(error.CancellationReasons[1].Item);
      return true;
    });
}

async function readsTheStream(StreamArn) {
  await documents.send(new DeleteCommand({ TableName, Key: { pk: "a", sk: 1 } }));
  const { Streams } = await streams.send(new ListStreamsCommand({ TableName }));
  assert.deepEqual(Streams.map((stream) => stream.StreamArn), [StreamArn]);
  const { StreamDescription } = await streams.send(new DescribeStreamCommand({ StreamArn }));
  const events = [];
  for (const { ShardId } of StreamDescription.Shards) {
    const { ShardIterator } = await streams.send(
      new GetShardIteratorCommand({ StreamArn, ShardId, ShardIteratorType: "TRIM_HORIZON" }));
    const { Records } = await streams.send(new GetRecordsCommand({ ShardIterator }));
    for (const record of Records) {
      assert.ok(record.dynamodb.ApproximateCreationDateTime instanceof Date);
      if (record.dynamodb.Keys.pk.S === "a") events.push(record.eventName);
    }
  }
  assert.deepEqual(events, ["INSERT", "MODIFY", "REMOVE"]);
  await client.send(new UpdateTableCommand({ TableName, StreamSpecification: { StreamEnabled: false } }));
}

async function reportsErrors() {
  await assert.rejects(
    client.send(new DescribeTableCommand({ TableName: "no-such-table" })),
    (error) => error instanceof ResourceNotFoundException &&
      error.message === "Requested resource not found: Table: no-such-table not found");
  await assert.rejects(
    client.send(new RawQueryCommand({ TableName, IndexName: "idx", KeyConditionExpression: "pk = :p",
                                      ExpressionAttributeValues: { ":p": { S: "a" } } })),
    { name: "ValidationException", message: "The table does not have the specified index: idx" });
}

async function deletesTheTable() {
  await client.send(new DeleteTableCommand({ TableName }));
  await waitUntilTableNotExists(soon, { TableName });
}

const arn = await createsATable();
await writesAndReadsDocuments();
await seesTheItemOfAFailedCondition();
await queriesInPages();
await queriesIndexes();
await runsStatements();
await transacts();
await readsTheStream(arn);
await reportsErrors();
await deletesTheTable();
console.log("all as expected");
