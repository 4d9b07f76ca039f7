"""Members of the wrong JSON type: every member of every operation that the service model of the SDK has, with every kind of value
that it isn't. Texts are AWS's, as it sent them to a public test suite (dynalite's); what could not be confirmed says `own`."""
import json

import botocore.session
import pytest

MODEL = botocore.session.get_session().get_service_model("dynamodb")
PACKAGE = "com.amazonaws.dynamodb.v20120810."
SCALARS = {"TRUE": True, "FALSE": False, "NUMBER": 23, "DECIMAL": 34.56, "STRING": "23"}
NO_CLASS = ("class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class "
            "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of loader "
            "'bootstrap')")
STRUCTURE = "Start of structure or map found where not expected"
BASE64 = "Invalid last non-pad Base64 character dectected"

# What has no rows: what Millrace refuses by name as a whole, so that it doesn't know what is in there.
UNBUILT = {"UpdateTable.ReplicaUpdates", "UpdateTableReplicaAutoScaling", "UpdateGlobalTableSettings", "DescribeGlobalTableSettings",
           "DescribeTableReplicaAutoScaling"}
RECURSIVE = "AttributeValue"


def scalar(java, *fitting):
    """Of a scalar of this Java class: each wrong value and AWS's text."""
    rows = [(value, f"{token}_VALUE cannot be converted to {java}") for token, value in SCALARS.items() if token not in fitting]
    return rows + [([], f"Unrecognized collection type class java.lang.{java}"), ({}, STRUCTURE)]


def container(text, other, other_text):
    return [(value, text) for value in SCALARS.values()] + [(other, other_text)]


def class_of(shape):
    if shape.type_name == "string":
        return "java.lang.String"
    return f"java.util.List<{class_of(shape.member)}>" if shape.type_name == "list" else PACKAGE + shape.name


def wrong_values(shape, element):
    """`element`: of a list or a map, not a member of a structure."""
    kind = shape.type_name
    if kind == "boolean":
        return scalar("Boolean", "TRUE", "FALSE", "STRING") + [("23", "Unexpected token received from parser")]
    if kind in ("integer", "long"):
        return scalar(kind.title(), "NUMBER", "DECIMAL")
    if kind in ("double", "timestamp"):
        return scalar("Double", "NUMBER", "DECIMAL")  # own
    if kind == "blob":
        return ([(value, "only base-64-encoded strings are convertible to bytes") for value in SCALARS.values() if value != "23"]
                + [([], "Unrecognized collection type class java.nio.ByteBuffer"), ({}, STRUCTURE),
                   ("23456", "Base64 encoded length is expected a multiple of 4 bytes but found: 5"), ("=+/=", BASE64), ("+/+=", BASE64)])
    if kind == "list":
        return container(NO_CLASS if element else "Unexpected field type", {}, STRUCTURE)
    if kind == "map":
        return container(NO_CLASS if element else "Unexpected field type", [],
                         f"Unrecognized collection type java.util.Map<java.lang.String, {class_of(shape.value)}>")
    if kind == "structure":
        return container("Unexpected value type in payload" if element else "Unexpected field type", [],
                         f"Unrecognized collection type class {PACKAGE}{shape.name}")
    assert kind == "string", kind
    return scalar("String", "STRING")


def members(shape, path, wrap, element=False, levels=1):
    """(path, wrap(value): the whole input, shape, element) of what is in there; of an attribute value one level of its kind."""
    if path:
        yield ".".join(path), wrap, shape, element
    if shape.name == RECURSIVE:
        if levels == 0:
            return
        levels -= 1
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            yield from members(member, path + [name], lambda value, name=name: wrap({name: value}), False, levels)
    elif shape.type_name == "list":
        yield from members(shape.member, path + ["0"], lambda value: wrap([value]), True, levels)
    elif shape.type_name == "map":
        yield from members(shape.value, path + ["abc"], lambda value: wrap({"abc": value}), True, levels)


def rows():
    for operation in MODEL.operation_names:
        shape = MODEL.operation_model(operation).input_shape
        if operation in UNBUILT or shape is None:
            continue
        for path, wrap, member, element in members(shape, [], lambda value: value):
            if not any(f"{operation}.{path}".startswith(whole) for whole in UNBUILT):
                yield operation, path, wrap, member, element


ROWS = list(rows())


def test_there_are_many():
    assert len(ROWS) > 1000 and len({operation for operation, *_ in ROWS}) >= 45


@pytest.mark.parametrize("operation", sorted({row[0] for row in ROWS}))
def test_each_member_of(server, operation):
    wrong = []
    for _, path, wrap, shape, element in (row for row in ROWS if row[0] == operation):
        for value, text in wrong_values(shape, element):
            status, _, reply = server.call(operation, wrap(value))
            if (status, reply) != (400, {"__type": "com.amazon.coral.service#SerializationException", "Message": text}):
                wrong.append((path, json.dumps(value), text, status, reply))
    assert not wrong, wrong[:5]


def test_the_first_in_the_document_is_told(server):
    for body, text in (('{"TableName":1,"Key":1}', "NUMBER_VALUE cannot be converted to String"),
                       ('{"Key":1,"TableName":1}', "Unexpected field type")):
        assert server.error("GetItem", body) == ("SerializationException", text)


@pytest.mark.parametrize("value", [None, {"L": [None]}, {"M": {"a": None}}, {"Woop": 1}])
def test_null_is_absent_and_strangers_are_ignored(server, value):
    assert server.error("PutItem", {"TableName": "abc", "Item": {"a": value}})[0] == "ValidationException"
