"""The protocol below any SDK: bytes on a socket, headers, and what must not bring the server down."""
import gzip
import http.client
import json
import socket
import threading
import zlib

import pytest

from millrace_server import AUTHORIZATION

HEAD = ("POST / HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-amz-json-1.0\r\n"
        f"X-Amz-Date: 20261121T000000Z\r\nAuthorization: {AUTHORIZATION}\r\n")


def request(operation, body, length=None):
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    length = len(body) if length is None else length
    return f"{HEAD}X-Amz-Target: DynamoDB_20120810.{operation}\r\nContent-Length: {length}\r\n\r\n".encode() + body


class Connection:
    def __init__(self, server):
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.reader = self.socket.makefile("rb")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reader.close()
        self.socket.close()

    def send(self, data):
        self.socket.sendall(data)

    def reply(self):
        """(status, headers, body), or None when the server has closed."""
        line = self.reader.readline()
        if not line:
            return None
        headers = http.client.parse_headers(self.reader)
        return int(line.split()[1]), headers, self.reader.read(int(headers.get("Content-Length", 0)))


@pytest.fixture
def connection(server):
    with Connection(server) as connection:
        yield connection


def assert_alive(server):
    assert server.running()
    assert server.ok("ListTables", {})


def test_headers_of_a_reply(server, make_table):
    status, headers, _ = server.call("ListTables", {})
    assert status == 200
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
    assert len(headers["x-amzn-RequestId"]) == 52
    assert headers["x-amzn-RequestId"] != server.call("ListTables", {})[1]["x-amzn-RequestId"]


def test_checksums_are_right(connection):
    for operation, body in (("ListTables", {}), ("GetItem", {}), ("Woop", {})):
        connection.send(request(operation, body))
        _, headers, text = connection.reply()
        assert int(headers["x-amz-crc32"]) == zlib.crc32(text)


def test_health(connection):
    connection.send(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    status, headers, body = connection.reply()
    assert (status, body) == (200, b"healthy: dynamodb.us-east-1.amazonaws.com ")
    assert int(headers["x-amz-crc32"]) == zlib.crc32(body)


@pytest.mark.parametrize("start", [b"PUT / HTTP/1.1\r\n", b"OPTIONS / HTTP/1.1\r\n", b"DELETE /x HTTP/1.1\r\n"])
def test_other_methods(connection, start):
    connection.send(start + b"Host: a\r\nContent-Length: 0\r\n\r\n")
    status, _, body = connection.reply()
    assert (status, body) == (404, b"<UnknownOperationException/>\n")


@pytest.mark.parametrize("content_type, status", [
    ("application/x-amz-json-1.0", 200), ("application/json", 200), ("application/json; charset=utf-8", 200),
    ("application/x-amz-json-1.1", 404), ("text/plain", 404), (None, 404),
])
def test_content_types(server, content_type, status):
    assert server.call("ListTables", {}, Content_Type=content_type)[0] == status


@pytest.mark.parametrize("authorization, error, text", [
    (None, "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
    ("Basic eDp5", "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
    ("AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=x", "IncompleteSignatureException",
     "Authorization header requires 'SignedHeaders' parameter. "
     "Authorization=AWS4-HMAC-SHA256 Credential=a/b/c/d/e, Signature=x"),
])
def test_authorization(server, authorization, error, text):
    assert server.error("ListTables", {}, Authorization=authorization) == (error, text)


SIGNED_QUERY = {"X-Amz-Algorithm": "AWS4-HMAC-SHA256", "X-Amz-Credential": "queried%2F20261121%2Fus-east-1%2Fdynamodb%2Faws4_request",
                "X-Amz-Date": "20261121T000000Z", "X-Amz-SignedHeaders": "host", "X-Amz-Signature": "00"}


def query(**changed):
    parts = {**SIGNED_QUERY, **{"X-Amz-" + name: value for name, value in changed.items()}}
    return "/?" + "&".join(f"{name}={value}" for name, value in parts.items() if value is not None)


def ask(connection, target, operation, body, authorization=None):
    data = json.dumps(body).encode()
    header = f"Authorization: {authorization}\r\n" if authorization else ""
    connection.send(f"POST {target} HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-amz-json-1.0\r\n{header}"
                    f"X-Amz-Target: DynamoDB_20120810.{operation}\r\nContent-Length: {len(data)}\r\n\r\n".encode() + data)
    status, _, text = connection.reply()
    return status, json.loads(text)


def test_a_presigned_request_is_its_signers(server, connection, make_table):
    name = make_table()
    assert ask(connection, query(), "PutItem", {"TableName": name, "Item": {"pk": {"S": "a"}}}) == (200, {})
    [version] = server.ok("Millrace_20261121.GetItemHistory", {"TableName": name, "Key": {"pk": {"S": "a"}}})["Records"]
    assert version["principal"] == "queried"


@pytest.mark.parametrize("target, authorization, error, text", [
    (query(SignedHeaders=None), None, "IncompleteSignatureException",
     "AWS query-string parameters must include 'X-Amz-SignedHeaders'. Re-examine the query-string parameters."),
    ("/?X-Amz-Algorithm", None, "IncompleteSignatureException",
     "".join(f"AWS query-string parameters must include 'X-Amz-{name}'. "
             for name in ("Algorithm", "Credential", "Signature", "SignedHeaders", "Date")) + "Re-examine the query-string parameters."),
    (query(), "AWS4-HMAC-SHA256 Credential=a/b/c/d/e, SignedHeaders=h, Signature=x", "InvalidSignatureException",
     "Found both 'X-Amz-Algorithm' as a query-string param and 'Authorization' as HTTP header."),
    ("/?X-Amz-Credential=a/b/c/d/e", None, "MissingAuthenticationTokenException", "Request is missing Authentication Token"),
])
def test_query_authorization(connection, target, authorization, error, text):
    assert ask(connection, target, "ListTables", {}, authorization) == (
        400, {"__type": "com.amazon.coral.service#" + error, "message": text})


def test_the_order_of_the_first_errors(server):
    """What is not JSON, then the operation, then who asks, then the body."""
    assert server.error("Woop", "{", Authorization=None)[0] == "SerializationException"
    assert server.error("Woop", "{}", Authorization=None)[0] == "UnknownOperationException"
    assert server.error("GetItem", '{"TableName":1}', Authorization=None)[0] == "MissingAuthenticationTokenException"
    assert server.error("GetItem", '{"TableName":1}')[0] == "SerializationException"


NOT_JSON = {
    "empty": b"", "cut off": b'{"TableName":"abc"', "text": b"hello", "array": b"[]", "number": b"1", "null": b"null",
    "trailing": b'{"TableName":"abc"} x', "comma": b'{"TableName":"abc",}', "quotes": b"{'TableName':'abc'}",
    "invalid utf-8": b'{"TableName":"\xff\xfe"}', "overlong utf-8": b'{"TableName":"\xc0\x80"}',
    "surrogate utf-8": b'{"TableName":"\xed\xa0\x80"}', "lone surrogate": b'{"TableName":"\\ud800"}',
    "control character": b'{"TableName":"\n"}', "bad escape": b'{"TableName":"\\x"}', "nul": b'{"TableName":"abc"}\0',
    "deep arrays": b"[" * 100000, "deep objects": b'{"a":' * 100000 + b"1" + b"}" * 100000,
    "huge number": b'{"Limit":1' + b"0" * 1000 + b"}", "binary": bytes(range(256)) * 16,
}


@pytest.mark.parametrize("name", NOT_JSON)
@pytest.mark.parametrize("operation", ["GetItem", "ListTables", "PutItem"])
def test_bodies_that_are_no_request(server, operation, name):
    status, _, reply = server.call(operation, NOT_JSON[name])
    assert status == 400
    assert reply["__type"].endswith(("#SerializationException", "#ValidationException")), reply
    assert_alive(server)


def nested(levels):
    value = {"N": "1"}
    for _ in range(levels):
        value = {"L": [value]}
    return value


def test_nesting_of_32_levels_and_not_one_more(server, make_table):
    name = make_table()
    item = {"pk": {"S": "deep"}, "v": nested(31)}
    server.ok("PutItem", {"TableName": name, "Item": item})
    assert server.ok("GetItem", {"TableName": name, "Key": {"pk": {"S": "deep"}}})["Item"] == item
    error, text = server.error("PutItem", {"TableName": name, "Item": {"pk": {"S": "x"}, "v": nested(32)}})
    assert error == "ValidationException" and "Nesting Levels have exceeded supported limits" in text


@pytest.mark.parametrize("expression", ["(" * 1300 + "a = :a" + ")" * 1300, "NOT " * 1000 + "a = :a", "a[" * 2000,
                                        "size(" * 800 + "a" + ")" * 800])
def test_deep_expressions_end_in_an_error(server, make_table, expression):
    name = make_table()
    error, _ = server.error("PutItem", {"TableName": name, "Item": {"pk": {"S": "x"}}, "ConditionExpression": expression,
                                        "ExpressionAttributeValues": {":a": {"S": "a"}}})
    assert error == "ValidationException"
    assert_alive(server)


def test_pipelined_requests_are_answered_in_order(server, connection, make_table):
    """Reads and writes, inline and from the pool, sent ahead of all replies."""
    name = make_table()
    count = 200
    sent = b""
    for i in range(count):
        sent += request("PutItem", {"TableName": name, "Item": {"pk": {"S": "one"}, "v": {"N": str(i)}}})
        sent += request("GetItem", {"TableName": name, "Key": {"pk": {"S": "one"}}})
        sent += request("Scan", {"TableName": name})
    threading.Thread(target=connection.send, args=(sent,)).start()
    for i in range(count):
        assert connection.reply()[2] == b"{}"
        assert json.loads(connection.reply()[2])["Item"]["v"] == {"N": str(i)}
        assert json.loads(connection.reply()[2])["Items"][0]["v"] == {"N": str(i)}


def test_a_request_in_small_pieces(connection):
    data = request("ListTables", {})
    for start in range(0, len(data), 7):
        connection.send(data[start:start + 7])
    assert connection.reply()[0] == 200


def test_half_closed_connections_are_answered(connection):
    connection.send(request("ListTables", {}))
    connection.socket.shutdown(socket.SHUT_WR)
    assert connection.reply()[0] == 200
    assert connection.reply() is None


def test_cut_off_requests(server):
    data = request("ListTables", {"Limit": 1})
    for cut in (1, 10, len(data) // 2, len(data) - 1):
        with Connection(server) as connection:
            connection.send(data[:cut])
            connection.socket.shutdown(socket.SHUT_WR)
            assert connection.reply() is None
    assert_alive(server)


def test_clients_that_go_away(server, make_table):
    name = make_table()
    for i in range(50):
        with Connection(server) as connection:
            connection.send(request("PutItem", {"TableName": name, "Item": {"pk": {"S": str(i)}}}))
            connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")  # reset, not end
    assert_alive(server)


def test_requests_of_16_mb_and_not_one_byte_more(server, connection):
    limit = 16 * 1024 * 1024
    body = b'{"Limit":1' + b" " * (limit - 11) + b"}"
    assert len(body) == limit
    connection.send(request("ListTables", body))
    assert connection.reply()[0] == 200
    connection.send(request("ListTables", b"", length=limit + 1))
    status, _, text = connection.reply()
    assert (status, text) == (413, b"")
    assert_alive(server)


def test_a_large_request_is_told_why_it_was_refused(server, connection):
    sender = threading.Thread(target=lambda: connection.send(request("PutItem", b"x" * 20_000_000)))
    sender.start()
    assert connection.reply()[0] == 413
    sender.join()


def test_heads_that_are_too_large(connection):
    connection.send(b"POST / HTTP/1.1\r\nX: " + b"x" * 40000 + b"\r\n\r\n")
    assert connection.reply()[0] == 431


def test_expect_continue(connection):
    body = b"{}"
    head = request("ListTables", b"", length=len(body))[:-4] + b"\r\nExpect: 100-continue\r\n\r\n"
    connection.send(head)
    assert connection.reply()[0] == 100
    connection.send(body)
    assert connection.reply()[0] == 200


def test_chunked_requests(connection):
    connection.send(f"{HEAD}X-Amz-Target: DynamoDB_20120810.ListTables\r\nTransfer-Encoding: chunked\r\n\r\n"
                    "1\r\n{\r\n1\r\n}\r\n0\r\n\r\n".encode())
    assert connection.reply()[0] == 200


def encoded(operation, data, coding):
    return request(operation, b"", length=len(data))[:-4] + f"\r\nContent-Encoding: {coding}\r\n\r\n".encode() + data


def gzipped(operation, body):
    return encoded(operation, gzip.compress(body), "gzip")


@pytest.mark.parametrize("coding, pack", [
    ("gzip", gzip.compress), ("deflate", zlib.compress), ("GZIP", lambda data: gzip.compress(data[:10]) + gzip.compress(data[10:])),
    ("identity", bytes)])
def test_encoded_requests(server, connection, make_table, coding, pack):
    name = make_table()
    item = {"pk": {"S": "a"}, "v": {"S": "x" * 100_000}}
    connection.send(encoded("PutItem", pack(json.dumps({"TableName": name, "Item": item}).encode()), coding))
    assert connection.reply()[0] == 200
    assert server.ok("GetItem", {"TableName": name, "Key": {"pk": {"S": "a"}}})["Item"] == item


BODY = b'{"Limit":1}'
CORRUPT = "The request's body is not encoded as its Content-Encoding says"
UNKNOWN = "The request's Content-Encoding is not one of gzip, deflate"


# HTTP 500, as DynamoDB has it (seen by public test suites); the texts are own.
@pytest.mark.parametrize("coding, data, text", [
    ("gzip", BODY, CORRUPT), ("gzip", b"", CORRUPT), ("gzip", gzip.compress(BODY)[:-1], CORRUPT), ("gzip", zlib.compress(BODY), CORRUPT),
    ("deflate", BODY, CORRUPT), ("deflate", b"", CORRUPT), ("deflate", zlib.compress(BODY)[:-1], CORRUPT),
    ("deflate", zlib.compress(BODY[:5]) + zlib.compress(BODY[5:]), CORRUPT),
    ("br", BODY, UNKNOWN), ("garbage", gzip.compress(BODY), UNKNOWN), ("deflate, gzip", gzip.compress(zlib.compress(BODY)), UNKNOWN)])
def test_bodies_that_cannot_be_unpacked(server, connection, coding, data, text):
    for operation in ("ListTables", "PutItem"):
        connection.send(encoded(operation, data, coding))
        status, _, reply = connection.reply()
        assert (status, json.loads(reply)) == (500, {"__type": "com.amazonaws.dynamodb.v20120810#InternalServerError",
                                                     "message": text})
    assert_alive(server)


def test_gzip_requests_of_16_mb_and_not_one_byte_more(server, connection):
    limit = 16 * 1024 * 1024
    connection.send(gzipped("ListTables", b'{"Limit":1' + b" " * (limit - 11) + b"}"))
    assert connection.reply()[0] == 200
    for size in (limit + 1, 512 * 1024 * 1024):
        connection.send(gzipped("ListTables", b'{"Limit":1' + b" " * (size - 11) + b"}"))
        status, _, text = connection.reply()
        assert (status, text) == (413, b"")
    assert_alive(server)


@pytest.mark.parametrize("accepts, compressed", [("gzip", True), ("deflate, gzip;q=0.5", True), ("identity", False),
                                                 ("gzip;q=0", False)])
def test_gzip_replies(server, connection, make_table, accepts, compressed):
    name = make_table()
    item = {"pk": {"S": "a"}, "v": {"S": "é" * 50_000}}
    server.ok("PutItem", {"TableName": name, "Item": item})
    accept = f"Accept-Encoding: {accepts}\r\n\r\n".encode()
    for operation, body in (("GetItem", {"TableName": name, "Key": {"pk": {"S": "a"}}}), ("Scan", {"TableName": name})):
        head, data = request(operation, body).split(b"\r\n\r\n")
        connection.send(head + b"\r\n" + accept + data)
        _, headers, text = connection.reply()
        assert int(headers["x-amz-crc32"]) == zlib.crc32(text), "of what is sent"
        assert headers["Content-Encoding"] == ("gzip" if compressed else None)
        reply = json.loads(gzip.decompress(text) if compressed else text)
        assert reply.get("Item", reply.get("Items", [None])[0]) == item
    # Small ones are not worth it.
    head, data = request("GetItem", {"TableName": name, "Key": {"pk": {"S": "b"}}}).split(b"\r\n\r\n")
    connection.send(head + b"\r\n" + accept + data)
    assert connection.reply()[2] == b"{}"


def test_cors(connection):
    """As DynamoDB sends it to pages of other sites: seen by public test suites."""
    connection.send(b"OPTIONS / HTTP/1.1\r\nHost: a\r\nOrigin: https://x.org\r\nAccess-Control-Request-Method: POST\r\n"
                    b"Access-Control-Request-Headers: x-amz-target,content-type\r\n\r\n")
    status, headers, body = connection.reply()
    assert (status, body) == (200, b"")
    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Access-Control-Allow-Headers"] == "x-amz-target,content-type"
    assert headers["Access-Control-Allow-Methods"] == "POST"
    assert headers["Access-Control-Max-Age"] == "172800"
    assert len(headers["x-amzn-RequestId"]) == 52
    head, data = request("ListTables", {}).split(b"\r\n\r\n")
    connection.send(head + b"\r\nOrigin: https://x.org\r\n\r\n" + data)
    status, headers, _ = connection.reply()
    assert (status, headers["Access-Control-Allow-Origin"], headers["Access-Control-Max-Age"]) == (200, "*", None)
    connection.send(request("ListTables", {}))
    assert connection.reply()[1]["Access-Control-Allow-Origin"] is None


def test_unknown_members_are_ignored(server, make_table):
    name = make_table()
    server.ok("PutItem", {"TableName": name, "Item": {"pk": {"S": "a"}}, "Woop": {"x": [1]}, "ReturnValues": None})
    get = {"TableName": name, "Key": {"pk": {"S": "a"}}, "ProjectionExpression": "pk", "X": 1,
           "ExpressionAttributeValues": {":no-such-member-of-reads": {"S": "a"}}}
    assert server.ok("GetItem", get)["Item"] == {"pk": {"S": "a"}}
    assert server.ok("TransactGetItems", {"TransactItems": [{"Get": get}]})["Responses"] == [{"Item": {"pk": {"S": "a"}}}]


def test_many_connections_at_once(server, make_table):
    name = make_table()
    connections = [Connection(server) for _ in range(300)]
    try:
        for i, connection in enumerate(connections):
            connection.send(request("PutItem", {"TableName": name, "Item": {"pk": {"S": str(i)}}}))
        assert all(connection.reply()[0] == 200 for connection in connections)
    finally:
        for connection in connections:
            connection.__exit__()
    assert server.ok("Scan", {"TableName": name, "Select": "COUNT"})["Count"] == 300
