// dynamodb-onetable against a Millrace: `node onetable.mjs URL`. Source of the usage: its documentation.
import assert from "node:assert/strict";
import { DynamoDBClient } from "@aws-sdk/client-dynamodb";
import { Table } from "dynamodb-onetable";

const client = new DynamoDBClient({
  endpoint: process.argv[2], region: "us-east-1", credentials: { accessKeyId: "onetable", secretAccessKey: "secret" }, maxAttempts: 1,
});
const table = new Table({
  client, name: "onetable", partial: true, isoDates: true, logger: false,
  schema: {
    format: "onetable:1.1.0", version: "0.0.1",
    indexes: {
      primary: { hash: "pk", sort: "sk" },
      gs1: { hash: "gs1pk", sort: "gs1sk", project: "all" },
      ls1: { type: "local", sort: "email", project: ["age"] },
    },
    models: {
      Account: {
        pk: { type: String, value: "account:${id}" }, sk: { type: String, value: "account:" },
        id: { type: String, generate: "ulid" }, name: { type: String, required: true }, plan: { type: String, default: "free" },
      },
      User: {
        pk: { type: String, value: "account:${accountId}" }, sk: { type: String, value: "user:${email}" },
        accountId: { type: String, required: true }, email: { type: String, required: true },
        age: { type: Number }, roles: { type: Set }, address: { type: Object, schema: { city: { type: String }, zip: { type: String } } },
        log: { type: Array },
        city: { type: String }, gs1pk: { type: String, value: "city:${city}" }, gs1sk: { type: String, value: "user:${email}" },
      },
    },
    params: { isoDates: true, timestamps: true },
  },
});

await table.createTable();
assert.ok(await table.exists());
const { Table: description } = await table.describeTable();
assert.equal(description.TableStatus, "ACTIVE");
const Account = table.getModel("Account");
const User = table.getModel("User");

const { id: accountId, plan } = await Account.create({ name: "acme" });
assert.equal(plan, "free");
const emails = ["ann@x.org", "bob@x.org", "cyd@x.org", "dan@x.org", "eve@x.org"];
for (const [i, email] of emails.entries()) {
  await User.create({ accountId, email, age: 20 + i, roles: new Set(["member"]), address: { city: "Ulm", zip: "1" }, log: [],
                      city: i === 2 ? "Bonn" : "Ulm" });
}
await assert.rejects(User.create({ accountId, email: emails[0] }), { code: "ConditionalCheckFailedException" });

const ann = await User.get({ accountId, email: emails[0] }, { consistent: true });
assert.equal(ann.age, 20);
assert.deepEqual(ann.roles, new Set(["member"]));
assert.ok(ann.created instanceof Date);
const older = await User.update({ accountId, email: emails[0] }, { add: { age: 5 }, push: { log: ["birthday"] }, set: { "address.city": "{Bonn}" } });
assert.equal(older.age, 25);
assert.deepEqual(older.log, ["birthday"]);
await User.update({ accountId, email: emails[0], age: undefined }, { remove: ["age"], delete: { roles: new Set(["member"]) } });
assert.equal((await User.get({ accountId, email: emails[0] })).age, undefined);
await assert.rejects(User.update({ accountId, email: "no@x.org", age: 1 }));
await assert.rejects(User.update({ accountId, email: emails[1], age: 1 }, { where: "${age} > {99}" }));

const page = await User.find({ accountId }, { limit: 2 });
assert.deepEqual(page.map((user) => user.email), emails.slice(0, 2));
const rest = await User.find({ accountId }, { next: page.next });
assert.deepEqual(rest.map((user) => user.email), emails.slice(2));
assert.deepEqual((await User.find({ accountId, sk: { begins: "user:d" } })).map((user) => user.email), ["dan@x.org"]);
assert.deepEqual((await User.find({ accountId }, { where: "${age} >= {23}", reverse: true })).map((user) => user.email),
                 ["eve@x.org", "dan@x.org"]);
assert.equal((await User.find({ accountId }, { count: true })).count, 5);
assert.equal((await User.scan()).length, 5);
const locals = [];
let next;
do {
  const users = await User.find({ city: "Ulm" }, { index: "gs1", limit: 3, next });
  locals.push(...users.map((user) => user.email));
  next = users.next;
} while (next);
assert.deepEqual(locals, [emails[0], emails[1], emails[3], emails[4]]);
const byEmail = await User.find({ accountId, email: { ">=": "b" } }, { index: "ls1", reverse: true, limit: 2 });
assert.deepEqual(byEmail.map((user) => user.email), [emails[4], emails[3]]);
const others = await User.find({ accountId, email: { ">=": "b" } }, { index: "ls1", reverse: true, next: byEmail.next });
assert.deepEqual(others.map((user) => user.email), [emails[2], emails[1]]);
const everything = await table.fetch(["Account", "User"], { pk: `account:${accountId}` });
assert.equal(everything.Account.length, 1);
assert.equal(everything.User.length, 5);

const writes = {};
for (const email of emails) await User.remove({ accountId, email }, { batch: writes });
assert.ok(await table.batchWrite(writes));
const reads = {};
await Account.get({ id: accountId }, { batch: reads });
assert.equal((await table.batchGet(reads, { parse: true, hidden: false }))[0].name, "acme");
await Account.remove({ id: accountId });
assert.equal((await User.scan()).length, 0);
await table.deleteTable("DeleteTableForever");
console.log("all as expected");
