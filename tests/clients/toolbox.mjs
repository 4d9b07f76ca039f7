// dynamodb-toolbox against a Millrace: `node toolbox.mjs URL`. Source of the usage: its documentation.
import assert from "node:assert/strict";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import {
  $add, $append, $delete, $get, $remove, BatchGetCommand, BatchGetRequest, BatchPutRequest, BatchDeleteRequest, BatchWriteCommand,
  DeleteItemCommand, Entity, GetItemCommand, PutItemCommand, QueryCommand, ScanCommand, Table, UpdateItemCommand, executeBatchGet,
  executeBatchWrite, item, list, map, number, set, string,
} from "dynamodb-toolbox";

const client = new DynamoDBClient({
  endpoint: process.argv[2], region: "us-east-1", credentials: { accessKeyId: "toolbox", secretAccessKey: "secret" }, maxAttempts: 1,
});
const table = new Table({
  name: "toolbox", documentClient: DynamoDBDocumentClient.from(client),
  partitionKey: { name: "pk", type: "string" }, sortKey: { name: "sk", type: "string" },
  indexes: {
    byName: { type: "global", partitionKey: { name: "sk", type: "string" }, sortKey: { name: "level", type: "number" } },
    byLevel: { type: "local", sortKey: { name: "level", type: "number" } },
  },
});
const Pokemon = new Entity({
  name: "POKEMON", table,
  schema: item({
    trainer: string().key().savedAs("pk"),
    name: string().key().savedAs("sk"),
    level: number(),
    types: set(string()).optional(),
    moves: list(string()).optional(),
    stats: map({ attack: number(), defence: number().optional() }).optional(),
  }),
});

const keyOf = (hash, range) => [{ AttributeName: hash, KeyType: "HASH" }, { AttributeName: range, KeyType: "RANGE" }];
await client.send(new CreateTableCommand({
  TableName: "toolbox", BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: [
    { AttributeName: "pk", AttributeType: "S" }, { AttributeName: "sk", AttributeType: "S" }, { AttributeName: "level", AttributeType: "N" },
  ],
  KeySchema: keyOf("pk", "sk"),
  GlobalSecondaryIndexes: [{ IndexName: "byName", KeySchema: keyOf("sk", "level"), Projection: { ProjectionType: "ALL" } }],
  LocalSecondaryIndexes: [{ IndexName: "byLevel", KeySchema: keyOf("pk", "level"), Projection: { ProjectionType: "ALL" } }],
}));

const pikachu = { trainer: "ash", name: "pikachu", level: 5, types: new Set(["electric"]), moves: ["shock"], stats: { attack: 55 } };
const absent = { attr: "trainer", exists: false };
await Pokemon.build(PutItemCommand).item(pikachu).options({ condition: absent }).send();
await assert.rejects(Pokemon.build(PutItemCommand).item(pikachu).options({ condition: absent }).send(),
                     { name: "ConditionalCheckFailedException" });

const key = { trainer: "ash", name: "pikachu" };
const { Attributes } = await Pokemon.build(UpdateItemCommand).item({
  ...key, level: $add(1), types: $add(new Set(["mouse"])), moves: $append(["tackle"]), stats: { defence: $get("level") },
}).options({ returnValues: "ALL_NEW", condition: { attr: "level", between: [1, 99] } }).send();
assert.equal(Attributes.level, 6);
assert.deepEqual(Attributes.types, new Set(["electric", "mouse"]));
assert.deepEqual(Attributes.moves, ["shock", "tackle"]);
assert.deepEqual(Attributes.stats, { attack: 55, defence: 5 });
await Pokemon.build(UpdateItemCommand).item({ ...key, types: $delete(new Set(["mouse"])), moves: $remove() }).send();

const { Item } = await Pokemon.build(GetItemCommand).key(key)
  .options({ consistent: true, attributes: ["level", "types", "stats.attack"] }).send();
assert.deepEqual(Item, { level: 6, types: new Set(["electric"]), stats: { attack: 55 } });

const names = ["bulbasaur", "charmander", "squirtle"];
await executeBatchWrite(table.build(BatchWriteCommand).requests(
  ...names.map((name, i) => Pokemon.build(BatchPutRequest).item({ trainer: "ash", name, level: i }))));
const { Responses } = await executeBatchGet(table.build(BatchGetCommand).requests(
  ...names.map((name) => Pokemon.build(BatchGetRequest).key({ trainer: "ash", name }))));
assert.deepEqual(Responses[0].map((found) => found.level), [0, 1, 2]);

const query = table.build(QueryCommand).entities(Pokemon).query({ partition: "ash", range: { gte: "c" } });
const page = await query.options({ limit: 2, reverse: true }).send();
assert.deepEqual(page.Items.map((found) => found.name), ["squirtle", "pikachu"]);
const rest = await query.options({ reverse: true, exclusiveStartKey: page.LastEvaluatedKey }).send();
assert.deepEqual(rest.Items.map((found) => found.name), ["charmander"]);
const filtered = await query.options({ filters: { POKEMON: { attr: "level", lt: 3 } } }).send();
assert.deepEqual(filtered.Items.map((found) => found.name), ["charmander", "squirtle"]);

const { Items, Count } = await table.build(ScanCommand).entities(Pokemon)
  .options({ filters: { POKEMON: { or: [{ attr: "name", beginsWith: "b" }, { attr: "types", contains: "electric" }] } } }).send();
assert.equal(Count, 2);
assert.deepEqual(Items.map((found) => found.name), ["bulbasaur", "pikachu"]);

// An index's pages: its key goes with the table's.
const trainers = ["brock", "misty", "tracey"];
await executeBatchWrite(table.build(BatchWriteCommand).requests(
  ...trainers.map((trainer, i) => Pokemon.build(BatchPutRequest).item({ trainer, name: "pikachu", level: 20 - i }))));
const byName = table.build(QueryCommand).entities(Pokemon).query({ index: "byName", partition: "pikachu", range: { gte: 6 } });
const owners = [];
let exclusiveStartKey;
do {
  const owned = await byName.options({ limit: 1, ...(exclusiveStartKey && { exclusiveStartKey }) }).send();
  owners.push(...owned.Items.map((found) => found.trainer));
  exclusiveStartKey = owned.LastEvaluatedKey;
  assert.deepEqual(Object.keys(exclusiveStartKey ?? { pk: 0, sk: 0, level: 0 }).sort(), ["level", "pk", "sk"]);
} while (exclusiveStartKey);
assert.deepEqual(owners, ["ash", "tracey", "misty", "brock"]);
const byLevel = table.build(QueryCommand).entities(Pokemon).query({ index: "byLevel", partition: "ash", range: { between: [1, 6] } });
const low = await byLevel.options({ limit: 2, consistent: true }).send();
assert.deepEqual(low.Items.map((found) => found.name), ["charmander", "squirtle"]);
const high = await byLevel.options({ consistent: true, exclusiveStartKey: low.LastEvaluatedKey }).send();
assert.deepEqual(high.Items.map((found) => found.name), ["pikachu"]);
await executeBatchWrite(table.build(BatchWriteCommand).requests(
  ...trainers.map((trainer) => Pokemon.build(BatchDeleteRequest).key({ trainer, name: "pikachu" }))));

await Pokemon.build(DeleteItemCommand).key(key).options({ condition: { attr: "level", eq: 6 } }).send();
await executeBatchWrite(table.build(BatchWriteCommand).requests(
  ...names.map((name) => Pokemon.build(BatchDeleteRequest).key({ trainer: "ash", name }))));
assert.equal((await table.build(ScanCommand).send()).Count, 0);
await client.send(new DeleteTableCommand({ TableName: "toolbox" }));
console.log("all as expected");
