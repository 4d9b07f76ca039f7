// electrodb against a Millrace: `node electrodb.mjs URL`. Source of the usage: its documentation.
import assert from "node:assert/strict";
import { CreateTableCommand, DeleteTableCommand, DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Entity, Service } from "electrodb";

const client = new DynamoDBClient({
  endpoint: process.argv[2], region: "us-east-1", credentials: { accessKeyId: "electrodb", secretAccessKey: "secret" }, maxAttempts: 1,
});
const key = { pk: { field: "pk", composite: ["org"] } };
const Task = new Entity({
  model: { entity: "task", version: "1", service: "board" },
  attributes: {
    org: { type: "string", required: true },
    project: { type: "string", required: true },
    task: { type: "string", required: true },
    points: { type: "number", default: 1 },
    status: { type: ["open", "done"], default: "open" },
    labels: { type: "set", items: "string" },
    comments: { type: "list", items: { type: "map", properties: { by: { type: "string" }, text: { type: "string" } } } },
    updated: { type: "number", watch: "*", set: () => 7 },
  },
  indexes: {
    tasks: { collection: "work", ...key, sk: { field: "sk", composite: ["project", "task"] } },
    byStatus: {
      index: "gsi1", collection: "state", pk: { field: "gsi1pk", composite: ["status"] }, sk: { field: "gsi1sk", composite: ["points", "task"] },
    },
    byTask: { index: "lsi1", ...key, sk: { field: "lsi1sk", composite: ["task"] } },
  },
}, { client, table: "electrodb" });
const Person = new Entity({
  model: { entity: "person", version: "1", service: "board" },
  attributes: {
    org: { type: "string", required: true }, name: { type: "string", required: true }, status: { type: ["open", "done"] },
  },
  indexes: {
    people: { collection: "work", ...key, sk: { field: "sk", composite: ["name"] } },
    byStatus: { index: "gsi1", collection: "state", pk: { field: "gsi1pk", composite: ["status"] }, sk: { field: "gsi1sk", composite: ["name"] } },
  },
}, { client, table: "electrodb" });
const board = new Service({ Task, Person });

const keyOf = (hash, range) => [{ AttributeName: hash, KeyType: "HASH" }, { AttributeName: range, KeyType: "RANGE" }];
await client.send(new CreateTableCommand({
  TableName: "electrodb", BillingMode: "PAY_PER_REQUEST",
  AttributeDefinitions: ["pk", "sk", "gsi1pk", "gsi1sk", "lsi1sk"].map((AttributeName) => ({ AttributeName, AttributeType: "S" })),
  KeySchema: keyOf("pk", "sk"),
  GlobalSecondaryIndexes: [{ IndexName: "gsi1", KeySchema: keyOf("gsi1pk", "gsi1sk"), Projection: { ProjectionType: "ALL" } }],
  LocalSecondaryIndexes: [{ IndexName: "lsi1", KeySchema: keyOf("pk", "lsi1sk"), Projection: { ProjectionType: "ALL" } }],
}));

const one = { org: "acme", project: "site", task: "t1" };
const { data: created } = await Task.create({ ...one, labels: ["web"], comments: [{ by: "ann", text: "first" }] }).go();
assert.equal(created.points, 1);
await assert.rejects(Task.create(one).go(), (error) => /conditional request failed/.test(error.message));

const { data: patched } = await Task.patch(one)
  .set({ status: "done" }).add({ points: 2, labels: ["urgent"] }).append({ comments: [{ by: "bob", text: "second" }] })
  .where(({ status }, { eq }) => eq(status, "open")).go({ response: "all_new" });
assert.equal(patched.points, 3);
assert.deepEqual([...patched.labels].sort(), ["urgent", "web"]);
assert.equal(patched.comments[1].by, "bob");
await assert.rejects(Task.patch({ ...one, task: "none" }).set({ points: 1 }).go());
await Task.update(one).delete({ labels: ["web"] }).data((at, op) => op.set(at.comments[0].text, "edited")).go();
const { data: got } = await Task.get(one).go({ attributes: ["labels", "comments"] });
assert.deepEqual(got, { labels: ["urgent"], comments: [{ by: "ann", text: "edited" }, { by: "bob", text: "second" }] });

const many = Array.from({ length: 30 }, (_, i) => ({ org: "acme", project: "app", task: `t${100 + i}`, points: i }));
const { unprocessed } = await Task.put(many).go();
assert.deepEqual(unprocessed, []);
assert.equal((await Task.get(many).go()).data.length, 30);
await Person.create({ org: "acme", name: "ann" }).go();

const { data: app } = await Task.query.tasks({ org: "acme", project: "app" }).go({ pages: "all", limit: 7 });
assert.equal(app.length, 30);
const { data: some, cursor } = await Task.query.tasks({ org: "acme" }).between(
  { project: "app", task: "t110" }, { project: "app", task: "t119" }).go({ count: 4 });
assert.deepEqual(some.map((task) => task.task), ["t110", "t111", "t112", "t113"]);
const { data: rest } = await Task.query.tasks({ org: "acme" }).between(
  { project: "app", task: "t110" }, { project: "app", task: "t119" }).go({ cursor, pages: "all" });
assert.equal(rest.length, 6);
const { data: heavy } = await Task.query.tasks({ org: "acme", project: "app" })
  .where(({ points, labels }, { gt, notExists }) => `${gt(points, 26)} AND ${notExists(labels)}`).go();
assert.deepEqual(heavy.map((task) => task.points), [27, 28, 29]);
const { data: work } = await board.collections.work({ org: "acme" }).go({ pages: "all" });
assert.equal(work.Task.length, 31);
assert.deepEqual(work.Person, [{ org: "acme", name: "ann" }]);
assert.equal((await Task.scan.where(({ status }, { eq }) => eq(status, "done")).go({ pages: "all" })).data.length, 1);

// Its pages: the cursor of an index names both keys.
const open = [];
let state = null;
do {
  const page = await Task.query.byStatus({ status: "open" }).go({ cursor: state, limit: 7 });
  open.push(...page.data.map((task) => task.task));
  state = page.cursor;
} while (state);
assert.deepEqual([...open].sort(), many.map(({ task }) => task));
assert.deepEqual((await Task.query.byStatus({ status: "done" }).go()).data.map((task) => task.task), ["t1"]);
await Person.patch({ org: "acme", name: "ann" }).set({ status: "done" }).go();
const { data: done } = await board.collections.state({ status: "done" }).go();
assert.deepEqual([done.Task.length, done.Person.length], [1, 1]);
const { data: last, cursor: before } = await Task.query.byTask({ org: "acme" }).begins({ task: "t12" }).go({ order: "desc", limit: 6 });
assert.deepEqual(last.map((task) => task.task), ["t129", "t128", "t127", "t126", "t125", "t124"]);
const { data: others } = await Task.query.byTask({ org: "acme" }).begins({ task: "t12" }).go({ order: "desc", cursor: before, pages: "all" });
assert.deepEqual(others.map((task) => task.task), ["t123", "t122", "t121", "t120"]);

await Task.delete(many).go();
await Task.remove(one).go();
await assert.rejects(Task.remove(one).go());
assert.equal((await board.collections.work({ org: "acme" }).go()).data.Task.length, 0);
await client.send(new DeleteTableCommand({ TableName: "electrodb" }));
console.log("all as expected");
