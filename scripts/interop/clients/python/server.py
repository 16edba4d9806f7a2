"""The echo service on grpcio: prints `{"port": N}`, a line of JSON for each call, and one for each line that it reads.

A call needs the token "Bearer good". Any other is refused before an answer begins, so grpcio sends trailers only.
"""

import json
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import grpc
from wirehouse.testkit.v1 import echo_pb2 as echo
from wirehouse.testkit.v1 import echo_pb2_grpc


STDOUT = threading.Lock()


def say(value):
    with STDOUT:
        sys.stdout.write(json.dumps(value) + "\n")
        sys.stdout.flush()


def fail(context, code, message, challenge=None):
    if challenge:
        context.set_trailing_metadata((("www-authenticate", challenge),))
    codes = {status.value[0]: status for status in grpc.StatusCode}
    context.abort(codes[code], message)


def admit(rpc, context):
    authorization = dict(context.invocation_metadata()).get("authorization", "")
    say({"rpc": rpc, "authorization": authorization, "timeLeft": context.time_remaining()})
    if authorization != "Bearer good":
        fail(context, 16, "the token is not good", 'Bearer error="invalid_token"')


class EchoService(echo_pb2_grpc.EchoServiceServicer):
    """Echoes; of the scripts, `messages`, `fail_code`, `fail_after` and `hold` are followed."""

    def UnaryEcho(self, request, context):
        admit("UnaryEcho", context)
        if request.script.hold:
            ended = threading.Event()
            context.add_callback(ended.set)
            ended.wait(20)
            say({"ended": "UnaryEcho"})
        return echo.UnaryEchoResponse(text=request.text)

    def ServerEcho(self, request, context):
        admit("ServerEcho", context)
        script = request.script
        for index in range(script.messages):
            if script.fail_code and index == script.fail_after:
                fail(context, script.fail_code, "as the script says")
            yield echo.ServerEchoResponse(text=request.text, index=index)

    def ClientEcho(self, request_iterator, context):
        admit("ClientEcho", context)
        return echo.ClientEchoResponse(texts=[request.text for request in request_iterator])

    def BidiEcho(self, request_iterator, context):
        admit("BidiEcho", context)
        for index, request in enumerate(request_iterator):
            yield echo.BidiEchoResponse(text=request.text, index=index)


if __name__ == "__main__":
    server = grpc.server(ThreadPoolExecutor(max_workers=8), compression=grpc.Compression.Gzip)
    echo_pb2_grpc.add_EchoServiceServicer_to_server(EchoService(), server)
    say({"port": server.add_insecure_port("127.0.0.1:0")})
    server.start()
    for line in sys.stdin:
        say({"mark": line.strip()})
    # The process that started it has closed its end, or is gone.
    server.stop(0)
