"""How a client in Python reports: a line of JSON for each check, on standard output."""

import json
import traceback

import grpc


def check(name, work):
    """Runs one check; it fails by raising."""
    try:
        work()
        result = {"name": name, "reason": None}
    except Exception:  # pylint: disable=broad-except
        result = {"name": name, "reason": traceback.format_exc(limit=4)}
    print(json.dumps(result), flush=True)


def failure(work):
    """The error that a call must fail with."""
    try:
        work()
    except grpc.RpcError as error:
        return error
    raise AssertionError("the call succeeded")


def expect(actual, wanted, what):
    if actual != wanted:
        raise AssertionError(f"{what}: {actual!r} instead of {wanted!r}")


def trailers(error):
    return dict(error.trailing_metadata() or ())
