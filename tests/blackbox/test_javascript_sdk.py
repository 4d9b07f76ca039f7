"""The AWS SDK for JavaScript v3: tests/clients/scenario.mjs."""
import pathlib
import subprocess

CLIENTS = pathlib.Path(__file__).resolve().parents[1] / "clients"


def test_scenario(server):
    assert (CLIENTS / "node_modules").exists(), "run scripts/npm_ci.sh tests/clients first"
    done = subprocess.run(["node", "scenario.mjs", server.url], cwd=CLIENTS, capture_output=True, text=True, timeout=120,
                          check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.strip() == "all as expected"
