"""Calls of PartiQL statements."""


def create_table(client, name):
    """Of pk, a string."""
    client.create_table(TableName=name, BillingMode="PAY_PER_REQUEST",
                        AttributeDefinitions=[{"AttributeName": "pk", "AttributeType": "S"}],
                        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}])


def run(client, statement, *parameters, **more):
    if parameters:
        more["Parameters"] = list(parameters)
    return client.execute_statement(Statement=statement, **more)


def items(client, statement, *parameters, **more):
    return run(client, statement, *parameters, **more)["Items"]
