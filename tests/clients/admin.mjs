// dynamodb-admin's web page against a Millrace: `node admin.mjs URL`. What a user's clicks send to it.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer } from "node:net";

async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((listening) => server.once("listening", listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

const port = await freePort();
const admin = spawn(process.execPath, ["node_modules/dynamodb-admin/dist/dynamodb-admin.js", "--host", "127.0.0.1", "--port", port], {
  env: { ...process.env, DYNAMO_ENDPOINT: process.argv[2], AWS_REGION: "us-east-1", AWS_ACCESS_KEY_ID: "admin",
         AWS_SECRET_ACCESS_KEY: "secret" },
  stdio: ["ignore", "pipe", "inherit"],
});
process.on("exit", () => admin.kill());
await new Promise((ready, failed) => {
  admin.stdout.on("data", (text) => /listening/.test(text) && ready());
  admin.once("exit", () => failed(new Error("dynamodb-admin ended")));
});

async function ask(method, path, body) {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method, body: body && JSON.stringify(body), headers: body && { "content-type": "application/json" },
  });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text;
}

await ask("POST", "/create-table", { TableDefinition: {
  TableName: "admin", HashAttributeName: "pk", HashAttributeType: "S", RangeAttributeName: "sk", RangeAttributeType: "N",
  ReadCapacityUnits: 5, WriteCapacityUnits: 5,
} });
assert.match(await ask("GET", "/"), /admin/);
assert.ok(JSON.parse(await ask("GET", "/api/tables")).some((table) => (table.TableName ?? table) === "admin"));
assert.match(await ask("GET", "/tables/admin/meta"), /ACTIVE/);

for (let sk = 1; sk <= 30; ++sk) await ask("PUT", "/tables/admin/add-item", { pk: "a", sk, text: `number ${sk}`, even: sk % 2 === 0 });
assert.match(await ask("GET", "/tables/admin"), /admin/);
const item = `/tables/admin/items/${encodeURIComponent("a,7")}`;
assert.match(await ask("GET", item), /number 7/);
assert.deepEqual(JSON.parse(await ask("PUT", item, { pk: "a", sk: 7, text: "changed" })), { pk: "a", sk: 7, text: "changed" });

const items = async (query) => JSON.parse(await ask("GET", `/tables/admin/items?${new URLSearchParams(query)}`));
const scanned = await items({ operationType: "scan" });
assert.ok(scanned.Items.length === 25 && scanned.nextKey);
const filters = { pk: { type: "S", value: "a", operator: "=" }, sk: { type: "N", value: "28", operator: ">=" } };
const queried = await items({ operationType: "query", queryableSelection: "table", filters: JSON.stringify(filters) });
assert.deepEqual(queried.Items.map((found) => found.sk), [28, 29, 30]);

await ask("DELETE", item);
const gone = await fetch(`http://127.0.0.1:${port}${item}`);
assert.equal(gone.status, 404);
await ask("DELETE", "/tables/admin/all");
assert.equal((await items({ operationType: "scan" })).Items.length, 0);
await ask("DELETE", "/tables/admin");
console.log("all as expected");
process.exit(0);
