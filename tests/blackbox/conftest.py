"""A real `millrace serve` for every test, and clients to it."""
import itertools
import os
import pathlib
import subprocess
import sys

import boto3
import botocore.config
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "support"))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from millrace_server import Server  # noqa: E402

BINARY = pathlib.Path(os.environ.get("MILLRACE_BINARY", ROOT / "build" / "dev" / "millrace"))


def boto_client(server, service="dynamodb"):
    return boto3.client(
        service, endpoint_url=server.url, region_name="us-east-1",
        aws_access_key_id="tester", aws_secret_access_key="secret",
        config=botocore.config.Config(retries={"max_attempts": 0}, read_timeout=60,
                                      max_pool_connections=64))


@pytest.fixture(scope="session")
def binary():
    assert BINARY.exists(), f"{BINARY} is not there: build it, or name it in MILLRACE_BINARY"
    return BINARY


@pytest.fixture(scope="session")
def handler(binary):
    """The example handler, as an executable."""
    path = pathlib.Path(os.environ.get("MILLRACE_BUILD_DIR", binary.parent)) / "airport_delays"
    assert path.exists(), f"{path} is not there: build the target airport_delays"
    return str(path)


@pytest.fixture(scope="session")
def shared_server(binary, tmp_path_factory):
    """For tests that only need some server: each uses tables of its own."""
    server = Server(binary, tmp_path_factory.mktemp("shared") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(shared_server):
    assert shared_server.running(), "the shared server died in an earlier test"
    return shared_server


@pytest.fixture
def own_server(binary, tmp_path):
    """For tests that stop, kill or configure it: not started yet."""
    server = Server(binary, tmp_path / "data")
    yield server
    server.kill()


@pytest.fixture
def millrace(binary, request):
    """millrace("status", status=0): what the command line prints; also its errors, if it is to fail. Against the shared server, or
    that whose fixture the module names as SERVER."""
    server = request.getfixturevalue(getattr(request.module, "SERVER", "server"))

    def run(*arguments, status=0, endpoint=True, environment=None):
        command = [str(binary), *arguments] + (["--endpoint", server.url] if endpoint else [])
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, env=environment)
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout + (done.stderr if status else "")
    return run


@pytest.fixture
def client(server):
    return boto_client(server)


@pytest.fixture
def streams(server):
    return boto_client(server, "dynamodbstreams")


@pytest.fixture
def new_client():
    return boto_client


@pytest.fixture
def small_disk(tmp_path):
    """A directory on a file system of 300 KB."""
    path = tmp_path / "small"
    path.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300k", "tmpfs", str(path)], capture_output=True, check=False)
    if mounted.returncode != 0:
        pytest.skip("no file system can be mounted here: " + mounted.stderr.decode())
    yield path
    subprocess.run(["umount", "-l", str(path)], check=True)


_numbers = itertools.count(1)


@pytest.fixture
def make_table(client):
    """make_table(pk="S", sk="N"): a new table's name; dropped afterwards."""
    made = []

    def make(pk="S", sk=None, view=None, **parameters):
        name = f"table-{next(_numbers)}"
        keys = [("pk", pk, "HASH")] + ([("sk", sk, "RANGE")] if sk else [])
        if view:
            parameters["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": view}
        client.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            AttributeDefinitions=[{"AttributeName": n, "AttributeType": t} for n, t, _ in keys],
            KeySchema=[{"AttributeName": n, "KeyType": k} for n, _, k in keys], **parameters)
        made.append(name)
        return name

    yield make
    for name in made:
        try:
            client.delete_table(TableName=name)
        except client.exceptions.ResourceNotFoundException:
            pass
