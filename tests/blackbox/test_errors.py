"""Every row of error_rows.py and read_rows.py."""
import json

import pytest

import read_rows
from error_rows import ROWS as OTHER_ROWS

ROWS = OTHER_ROWS + read_rows.ROWS


@pytest.fixture(scope="module")
def tables(shared_server):
    """The tables that rows call @ and @s."""
    for name, keys in (("rows-hash", ["pk"]), ("rows-range", ["pk", "sk"])):
        shared_server.ok("CreateTable", {
            "TableName": name, "BillingMode": "PAY_PER_REQUEST",
            "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
            "KeySchema": [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"))]})
    return {'"@"': '"rows-hash"', '"@s"': '"rows-range"'}


@pytest.mark.parametrize("operation, body, error, text", ROWS, ids=[f"{n:03}-{row[0]}" for n, row in enumerate(ROWS)])
def test_row(server, tables, operation, body, error, text):
    request = json.dumps(body)
    for placeholder, name in tables.items():
        request = request.replace(placeholder, name)
    assert server.error(operation, request) == (error, text)


PREFIXES = {"ValidationException": "com.amazon.coral.validate#", "SerializationException": "com.amazon.coral.service#",
            "UnknownOperationException": "com.amazon.coral.service#",
            "ResourceNotFoundException": "com.amazonaws.dynamodb.v20120810#"}


@pytest.mark.parametrize("error, prefix", PREFIXES.items())
def test_types_have_their_prefix(server, tables, error, prefix):
    operation, body, _, text = next(row for row in ROWS if row[2] == error)
    status, headers, reply = server.call(operation, body)
    assert status == 400
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert reply.pop("__type") == prefix + error
    # AWS's layer for SerializationExceptions spells it with a capital letter.
    assert reply == ({} if not text else {"Message": text} if error == "SerializationException" else {"message": text})
