"""The AWS SDK for JavaScript v3 and libraries that stand on it, unmodified: the scenarios of tests/clients."""
import pathlib
import subprocess

import pytest

CLIENTS = pathlib.Path(__file__).resolve().parents[1] / "clients"


@pytest.mark.parametrize("scenario", ["scenario", "toolbox", "dynamoose", "electrodb", "onetable", "admin"])
def test_scenario(server, scenario):
    assert (CLIENTS / "node_modules").exists(), "run scripts/npm_ci.sh tests/clients first"
    done = subprocess.run(["node", f"{scenario}.mjs", server.url], cwd=CLIENTS, capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.splitlines()[-1] == "all as expected"
