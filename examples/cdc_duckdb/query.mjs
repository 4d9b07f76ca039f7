// What a table holds, computed by DuckDB from the files of a CDC pipeline alone.
//   usage: node query.mjs DIRECTORY
// Prints one JSON object: {"orders": N, "cents": N, "byCustomer": {"ada": {"orders": N, "cents": N}, ...}}
//
// Only files that the manifest names count: whatever else lies in the directory is not there yet.
import fs from "node:fs";
import path from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";

const directory = process.argv[2];
if (directory === undefined) {
  console.error("usage: node query.mjs DIRECTORY");
  process.exit(2);
}

// A last line without an end is still being written.
const manifest = fs.readFileSync(path.join(directory, "manifest.jsonl"), "utf8");
const lines = manifest.slice(0, manifest.lastIndexOf("\n") + 1).split("\n").filter((line) => line !== "");
const files = lines.map((line) => JSON.parse(line)).filter((line) => line.type === "file");
if (files.length === 0) {
  console.log(JSON.stringify({ orders: 0, cents: 0, byCustomer: {} }));
  process.exit(0);
}

const quoted = files.map((file) => `'${path.join(directory, file.name).replaceAll("'", "''")}'`);

// The latest record of a key says what the table has under it: an image, or nothing after a REMOVE.
// Sequence numbers have one length, so they are compared as text.
const QUERY = `
  WITH changes AS (
    SELECT eventName AS event,
           dynamodb.Keys.customer.S AS customer,
           dynamodb.Keys.placed.N AS placed,
           CAST(dynamodb.NewImage.cents.N AS BIGINT) AS cents,
           dynamodb.SequenceNumber AS sequence
    FROM read_json([${quoted.join(", ")}], format = 'newline_delimited', compression = 'gzip', columns = {
      eventName: 'VARCHAR',
      dynamodb: 'STRUCT(Keys STRUCT(customer STRUCT(S VARCHAR), placed STRUCT(N VARCHAR)),
                        NewImage STRUCT(cents STRUCT(N VARCHAR)), SequenceNumber VARCHAR)'
    })
  ), latest AS (
    SELECT * FROM changes
    QUALIFY row_number() OVER (PARTITION BY customer, placed ORDER BY sequence DESC) = 1
  )
  SELECT customer, count(*) AS orders, CAST(sum(cents) AS BIGINT) AS cents
  FROM latest WHERE event <> 'REMOVE'
  GROUP BY customer ORDER BY customer`;

const instance = await DuckDBInstance.create(":memory:");
const connection = await instance.connect();
const rows = (await connection.runAndReadAll(QUERY)).getRowObjects();
const byCustomer = {};
let orders = 0;
let cents = 0;
for (const row of rows) {
  byCustomer[row.customer] = { orders: Number(row.orders), cents: Number(row.cents) };
  orders += Number(row.orders);
  cents += Number(row.cents);
}
console.log(JSON.stringify({ orders, cents, byCustomer }));
connection.closeSync();
