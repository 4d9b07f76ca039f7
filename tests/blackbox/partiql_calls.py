"""Calls of PartiQL statements."""


def run(client, statement, *parameters, **more):
    if parameters:
        more["Parameters"] = list(parameters)
    return client.execute_statement(Statement=statement, **more)


def items(client, statement, *parameters, **more):
    return run(client, statement, *parameters, **more)["Items"]
