// dynamoose against a Millrace: `node dynamoose.mjs URL`. Source of the usage: its documentation.
import assert from "node:assert/strict";
import dynamoose from "dynamoose";

dynamoose.aws.ddb.set(new dynamoose.aws.ddb.DynamoDB({
  endpoint: process.argv[2], region: "us-east-1", credentials: { accessKeyId: "dynamoose", secretAccessKey: "secret" },
  maxAttempts: 1,
}));

// It makes the table itself, waits for it, and keeps its throughput and tags as said here.
const schema = new dynamoose.Schema({
  owner: { type: String, hashKey: true },
  name: { type: String, rangeKey: true, index: { name: "byName", type: "global", rangeKey: "age" } },
  age: { type: Number, default: 0, index: { name: "byAge", type: "local", project: ["toys"] } },
  born: Date,
  tags: { type: Set, schema: [String] },
  toys: { type: Array, schema: [String] },
  home: { type: Object, schema: { city: String } },
}, { timestamps: true });
const Dog = dynamoose.model("Dog", schema);
const options = {
  initialize: false, create: true, throughput: { read: 5, write: 5 }, update: ["throughput", "tags"],
  waitForActive: { enabled: true, check: { timeout: 30_000, frequency: 50 } },
};
const Puppy = dynamoose.model("Puppy", schema);  // a model belongs to one table
await new dynamoose.Table("dynamoose", [Puppy], { ...options, tags: { team: "dogs", stage: "test" } }).initialize();
await new dynamoose.Table("dynamoose", [Dog], { ...options, tags: { team: "pets", cost: "7" } }).initialize();
const { Table: made } = await dynamoose.aws.ddb().describeTable({ TableName: "dynamoose" });
const { Tags } = await dynamoose.aws.ddb().listTagsOfResource({ ResourceArn: made.TableArn });
assert.deepEqual(Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])), { team: "pets", cost: "7" });

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

// Two of a name, of which only the index by name knows that they belong together; and an owner's by their age.
await Dog.batchPut(["ben", "cat", "deb"].map((owner, i) => ({ owner, name: "rex", age: 10 + i })));
const namesakes = [];
let lastKey;
do {
  const query = Dog.query("name").eq("rex").where("age").ge(7).using("byName").limit(2);
  const page = await (lastKey ? query.startAt(lastKey) : query).exec();
  namesakes.push(...page.map((dog) => dog.owner));
  lastKey = page.lastKey;
} while (lastKey);
assert.deepEqual(namesakes, ["ann", "ben", "cat", "deb"]);
const oldest = await Dog.query("owner").eq("ann").using("byAge").sort("descending").limit(2).exec();
assert.deepEqual(oldest.map((dog) => dog.name), ["rex", "elf"]);
const younger = await Dog.query("owner").eq("ann").using("byAge").sort("descending").startAt(oldest.lastKey).all().exec();
assert.deepEqual(younger.map((dog) => dog.age), [3, 2, 1, 0]);
await Dog.batchDelete(["ben", "cat", "deb"].map((owner) => ({ owner, name: "rex" })));

const scanned = await Dog.scan("age").in([0, 2]).or().where("name").eq("rex").all().exec();
assert.deepEqual(scanned.map((dog) => dog.name).sort(), ["ace", "cid", "rex"]);
const segments = await Dog.scan().parallel(3).exec();
assert.equal(segments.length, 6);

await Dog.batchDelete(names.map((name) => ({ owner: "ann", name })));
await Dog.delete({ owner: "ann", name: "rex" });
assert.equal((await Dog.scan().exec()).count, 0);
await dynamoose.aws.ddb().deleteTable({ TableName: "dynamoose" });
console.log("all as expected");
