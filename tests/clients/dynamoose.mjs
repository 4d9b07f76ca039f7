// dynamoose against a Millrace: `node dynamoose.mjs URL`. Source of the usage: its documentation.
import assert from "node:assert/strict";
import dynamoose from "dynamoose";

dynamoose.aws.ddb.set(new dynamoose.aws.ddb.DynamoDB({
  endpoint: process.argv[2], region: "us-east-1", credentials: { accessKeyId: "dynamoose", secretAccessKey: "secret" },
  maxAttempts: 1,
}));

// It makes the table itself, waits for it, and keeps its throughput as said here.
const schema = new dynamoose.Schema({
  owner: { type: String, hashKey: true },
  name: { type: String, rangeKey: true },
  age: { type: Number, default: 0 },
  born: Date,
  tags: { type: Set, schema: [String] },
  toys: { type: Array, schema: [String] },
  home: { type: Object, schema: { city: String } },
}, { timestamps: true });
const Dog = dynamoose.model("Dog", schema);
const table = new dynamoose.Table("dynamoose", [Dog], {
  initialize: false, create: true, throughput: { read: 5, write: 5 }, update: ["throughput"],
  waitForActive: { enabled: true, check: { timeout: 30_000, frequency: 50 } },
});
await table.initialize();

const born = new Date("2020-02-03T04:05:06Z");
const rex = await Dog.create({ owner: "ann", name: "rex", age: 3, born, tags: new Set(["good"]), toys: ["ball"], home: { city: "Ulm" } });
assert.equal(rex.age, 3);
await assert.rejects(Dog.create({ owner: "ann", name: "rex" }), { name: "ConditionalCheckFailedException" });

const found = await Dog.get({ owner: "ann", name: "rex" }, { consistent: true });
assert.equal(found.born.getTime(), born.getTime());
assert.deepEqual(found.tags, new Set(["good"]));
assert.equal(found.home.city, "Ulm");

const updated = await Dog.update({ owner: "ann", name: "rex" }, {
  $ADD: { age: 1, tags: ["brave"] }, $SET: { home: { city: "Bonn" } }, $REMOVE: ["toys"],
});
assert.equal(updated.age, 4);
assert.deepEqual(updated.tags, new Set(["brave", "good"]));
assert.equal(updated.toys, undefined);
await assert.rejects(
  Dog.update({ owner: "ann", name: "rex" }, { age: 9 }, { condition: new dynamoose.Condition().where("age").lt(4) }),
  { name: "ConditionalCheckFailedException" });

found.age = 7;
await found.save();
const names = ["ace", "bo", "cid", "dot", "elf"];
const put = await Dog.batchPut(names.map((name, age) => ({ owner: "ann", name, age })));
assert.deepEqual(put.unprocessedItems, []);
const some = await Dog.batchGet(names.slice(0, 2).map((name) => ({ owner: "ann", name })));
assert.deepEqual(some.map((dog) => dog.name).sort(), ["ace", "bo"]);

const first = await Dog.query("owner").eq("ann").sort("descending").limit(2).exec();
assert.deepEqual(first.map((dog) => dog.name), ["rex", "elf"]);
const next = await Dog.query("owner").eq("ann").sort("descending").startAt(first.lastKey).exec();
assert.deepEqual(next.map((dog) => dog.name), ["dot", "cid", "bo", "ace"]);
const old = await Dog.query("owner").eq("ann").filter("age").ge(3).exec();
assert.deepEqual(old.map((dog) => dog.name), ["dot", "elf", "rex"]);
assert.equal((await Dog.query("owner").eq("ann").where("name").between("b", "d").count().exec()).count, 2);

const scanned = await Dog.scan("age").in([0, 2]).or().where("name").eq("rex").all().exec();
assert.deepEqual(scanned.map((dog) => dog.name).sort(), ["ace", "cid", "rex"]);
const segments = await Dog.scan().parallel(3).exec();
assert.equal(segments.length, 6);

await Dog.batchDelete(names.map((name) => ({ owner: "ann", name })));
await Dog.delete({ owner: "ann", name: "rex" });
assert.equal((await Dog.scan().exec()).count, 0);
await dynamoose.aws.ddb().deleteTable({ TableName: "dynamoose" });
console.log("all as expected");
