"""Calls the document service with grpcio and code that protoc made: `client.py <config as JSON>`."""

import json
import queue
import sys
import time
import uuid

import grpc
from buf.validate import validate_pb2
from checks import check, expect, failure, trailers
from counting_proxy import CountingProxy
from google.protobuf.descriptor_pool import DescriptorPool
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase
from grpc_status import rpc_status
from partner.document.service.v1 import service_pb2 as rpc
from partner.document.v1 import models_pb2 as models
from partner.identity.service.v1 import service_pb2 as identity_rpc
from partner.identity.service.v1 import service_pb2_grpc as identity_grpc
from platform_under_test import Platform, bearer, create_request, download, key, stub, upload_requests

SERVICE = "partner.document.service.v1.DocumentService"


class WithMetadata(grpc.StreamStreamClientInterceptor):
    """Adds metadata to each call of a channel."""

    def __init__(self, metadata):
        self.metadata = metadata

    def intercept_stream_stream(self, continuation, client_call_details, request_iterator):
        return continuation(client_call_details._replace(metadata=self.metadata), request_iterator)


def create_many(documents, metadata, count, description):
    """Creates documents on one stream, without waiting for results in between."""
    mutations = [
        rpc.SyncMutation(
            mutation_id=key(),
            create=rpc.SyncCreate(document=models.Document(title=f"{n}", description=description)),
        )
        for n in range(count)
    ]

    def requests():
        yield rpc.SyncDocumentsRequest(start=rpc.SyncStart(client_id=key()))
        for mutation in mutations:
            yield rpc.SyncDocumentsRequest(mutation=mutation)

    stream = documents.SyncDocuments(requests(), metadata=metadata, timeout=60)
    results = [message.result.mutation_id for message in stream if message.HasField("result")]
    expect(results == [mutation.mutation_id for mutation in mutations], True, "a result each, in order")


def try_calls(platform):
    """The four kinds of RPC, their failures, and the schema."""
    documents = stub(platform.channel())
    editor = bearer(platform.sign_in("editor"))
    reader = bearer(platform.sign_in("reader"))
    made = documents.CreateDocument(create_request(), metadata=editor).document

    def unary():
        request = rpc.GetDocumentRequest(document_id=made.document_id)
        answer, call = documents.GetDocument.with_call(request, metadata=editor)
        expect(answer.document.title, "Made in Python", "title")
        expect(call.code(), grpc.StatusCode.OK, "code")
        expect("date" in dict(call.initial_metadata()), True, "header date")

    def client_streaming():
        content = b"up and down again\n" * 30_000
        requests = upload_requests(documents, made.document_id, content, editor)
        answer = documents.UploadContent(requests, metadata=editor)
        expect(answer.revision.size_bytes, len(content), "bytes")

    def server_streaming():
        content = download(documents, made.document_id, editor)
        expect(content == b"up and down again\n" * 30_000, True, "same content")

    def bidirectional_streaming():
        requests = queue.SimpleQueue()
        stream = documents.SyncDocuments(iter(requests.get, None), metadata=editor)
        requests.put(rpc.SyncDocumentsRequest(start=rpc.SyncStart(client_id=key())))
        expect(next(stream).HasField("heartbeat"), True, "heartbeat while requests go on")
        for title in ("first", "second"):
            create = rpc.SyncCreate(document=models.Document(title=title))
            mutation = rpc.SyncMutation(mutation_id=key(), create=create)
            requests.put(rpc.SyncDocumentsRequest(mutation=mutation))
            result = next(message.result for message in stream if message.HasField("result"))
            expect(result.mutation_id, mutation.mutation_id, "mutation")
            expect(result.applied.title, title, "title")
        requests.put(None)
        for _ in stream:
            pass
        expect(stream.code(), grpc.StatusCode.OK, "code")

    check("unary, with headers", unary)
    check("client streaming", client_streaming)
    check("server streaming", server_streaming)
    check("bidirectional streaming, turn by turn", bidirectional_streaming)

    calls = {
        "unary": lambda metadata: documents.GetDocument(rpc.GetDocumentRequest(), metadata=metadata),
        "server streaming": lambda metadata: next(
            documents.DownloadContent(rpc.DownloadContentRequest(), metadata=metadata)
        ),
        "client streaming": lambda metadata: documents.UploadContent(iter(()), metadata=metadata),
        "bidirectional streaming": lambda metadata: next(documents.SyncDocuments(iter(()), metadata=metadata)),
    }
    for kind, call in calls.items():

        def unauthenticated(call=call):
            for metadata, challenge in (
                ((), 'Bearer realm="wirehouse"'),
                (bearer("no.such.token"), 'error="invalid_token"'),
            ):
                error = failure(lambda: call(metadata))  # pylint: disable=cell-var-from-loop
                expect(error.code(), grpc.StatusCode.UNAUTHENTICATED, "code")
                expect(challenge in trailers(error).get("www-authenticate", ""), True, challenge)

        check(f"UNAUTHENTICATED with a challenge in the trailers: {kind}", unauthenticated)

    def not_found():
        request = rpc.GetDocumentRequest(document_id=key())
        error = failure(lambda: documents.GetDocument(request, metadata=editor))
        expect(error.code(), grpc.StatusCode.NOT_FOUND, "code")

    def permission_denied():
        error = failure(lambda: documents.CreateDocument(create_request(), metadata=reader))
        expect(error.code(), grpc.StatusCode.PERMISSION_DENIED, "code")
        expect('scope="document:write"' in trailers(error)["www-authenticate"], True, "scope")

    def status_details():
        request = rpc.GetDocumentRequest(document_id="no uuid")
        error = failure(lambda: documents.GetDocument(request, metadata=editor))
        expect(error.code(), grpc.StatusCode.INVALID_ARGUMENT, "code")
        status = rpc_status.from_call(error)
        expect(status.message, error.details(), "message in the details")
        violations = validate_pb2.Violations()
        expect(status.details[0].Unpack(violations), True, "is buf.validate.Violations")
        expect(violations.violations[0].rule_id, "string.uuid", "rule")
        expect(violations.violations[0].field.elements[0].field_name, "document_id", "field")

    def identity():
        channel = platform.channel(platform.identity_url.split("//")[1])
        answer = identity_grpc.IdentityServiceStub(channel).WhoAmI(identity_rpc.WhoAmIRequest(), metadata=reader)
        expect(answer.service_account.username, "reader", "username")
        expect(list(answer.token.scopes), ["document:read"], "scopes")

    def reflection():
        channel = grpc.intercept_channel(platform.channel(), WithMetadata(reader))
        database = ProtoReflectionDescriptorDatabase(channel)
        expect(SERVICE in database.get_services(), True, "service")
        service = DescriptorPool(database).FindServiceByName(SERVICE)
        expect(len(service.methods), len(rpc.DESCRIPTOR.services_by_name["DocumentService"].methods), "methods")

    check("NOT_FOUND", not_found)
    check("PERMISSION_DENIED, with the scope that is missing", permission_denied)
    check("google.rpc.Status with buf.validate.Violations", status_details)
    check("the identity service: who am I", identity)
    check("reflection v1alpha into a descriptor pool", reflection)


def try_transport(platform):
    """Deadlines, cancellation, limits, compression, flow control."""
    documents = stub(platform.channel())
    editor = bearer(platform.sign_in("editor"))

    def deadline():
        started = time.monotonic()
        stream = documents.WatchDocuments(rpc.WatchDocumentsRequest(), metadata=editor, timeout=1)
        expect(next(stream).HasField("heartbeat"), True, "heartbeat")
        error = failure(lambda: next(stream))
        expect(error.code(), grpc.StatusCode.DEADLINE_EXCEEDED, "code")
        expect(time.monotonic() - started < 3, True, "in time")

    def cancellation():
        # More than a connection may have open at a time: a stream that stayed open would block the rest.
        for _ in range(250):
            stream = documents.WatchDocuments(rpc.WatchDocumentsRequest(), metadata=editor, timeout=20)
            next(stream)
            stream.cancel()
            expect(stream.code(), grpc.StatusCode.CANCELLED, "code")

    def too_large():
        request = create_request()
        request.document.description = "x" * 5_000_000
        error = failure(lambda: documents.CreateDocument(request, metadata=editor))
        expect(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED, "code")
        made = documents.CreateDocument(create_request(), metadata=editor)
        expect(made.document.title, "Made in Python", "the same channel goes on")

    def compression():
        proxy = CountingProxy(platform.document_url.split("//")[1])
        channel = platform.channel(proxy.target, compression=grpc.Compression.Gzip)
        compressed = stub(channel)
        made = compressed.CreateDocument(create_request(), metadata=editor).document
        content = b"x" * 4_000_000
        up = proxy.up
        compressed.UploadContent(
            upload_requests(compressed, made.document_id, content, editor), metadata=editor
        )
        expect(proxy.up - up < 400_000, True, f"{proxy.up - up} bytes up for 4,000,000")
        expect(download(compressed, made.document_id, editor) == content, True, "same content")
        # The server sends content as it is, and compresses a long list.
        create_many(documents, editor, 200, "d" * 4000)
        down = proxy.down
        page = compressed.ListDocuments(rpc.ListDocumentsRequest(page_size=200), metadata=editor)
        expect(page.ByteSize() > 800_000, True, f"a page of {page.ByteSize()} bytes")
        expect(proxy.down - down < 100_000, True, f"{proxy.down - down} bytes down for it")
        channel.close()
        proxy.close()

    def unknown_compression():
        other = stub(platform.channel(compression=grpc.Compression.Deflate))
        error = failure(lambda: other.CreateDocument(create_request("x" * 200), metadata=editor))
        expect(error.code(), grpc.StatusCode.UNIMPLEMENTED, "code")

    def long_deadline():
        # More milliseconds than a timer of Node.js can wait: it would fire at once.
        request = rpc.ListDocumentsRequest(page_size=1)
        documents.ListDocuments(request, metadata=editor, timeout=60 * 86_400)

    def large_metadata():
        request = rpc.ListDocumentsRequest(page_size=1)
        large = (*editor, ("x-large", "x" * 20_000))
        error = failure(lambda: documents.ListDocuments(request, metadata=large))
        expect(error.code(), grpc.StatusCode.RESOURCE_EXHAUSTED, "code")
        documents.ListDocuments(request, metadata=editor)

    def plain():
        # Random bytes, which do not shrink: a server may send them as they are.
        made = documents.CreateDocument(create_request(), metadata=editor).document
        content = b"".join(uuid.uuid4().bytes for _ in range(200_000))
        documents.UploadContent(upload_requests(documents, made.document_id, content, editor), metadata=editor)
        expect(download(documents, made.document_id, editor) == content, True, "same content")

    def many_messages():
        count = 1000
        cursor = documents.ListDocuments(rpc.ListDocumentsRequest(page_size=1), metadata=editor).watch_cursor
        create_many(documents, editor, count, "d" * 2000)

        # A reader that stops and goes: 2 MB wait for it behind a window of 64 KiB.
        options = (("grpc.http2.bdp_probe", 0), ("grpc.http2.lookahead_bytes", 16_384))
        slow = stub(platform.channel(options=options))
        watched = []
        stream = slow.WatchDocuments(rpc.WatchDocumentsRequest(cursor=cursor), metadata=editor, timeout=60)
        for message in stream:
            if not message.HasField("event"):
                break
            watched.append(message.event.document.title)
            if len(watched) in (1, 300, 600):
                time.sleep(0.5)
        stream.cancel()
        expect(watched == [f"{n}" for n in range(count)], True, f"{len(watched)} changes, in order")

    def health():
        stub_ = health_pb2_grpc.HealthStub(platform.channel())
        serving = health_pb2.HealthCheckResponse.SERVING
        for service in ("", SERVICE):
            request = health_pb2.HealthCheckRequest(service=service)
            expect(stub_.Check(request).status, serving, "status")
            stream = stub_.Watch(request, timeout=10)
            expect(next(stream).status, serving, "status watched")
            stream.cancel()
        unknown = health_pb2.HealthCheckRequest(service="unknown")
        expect(failure(lambda: stub_.Check(unknown)).code(), grpc.StatusCode.NOT_FOUND, "code")
        stream = stub_.Watch(unknown, timeout=10)
        expect(next(stream).status, health_pb2.HealthCheckResponse.SERVICE_UNKNOWN, "status watched")
        stream.cancel()

    check("DEADLINE_EXCEEDED in a stream without end", deadline)
    check("250 streams cancelled on one connection", cancellation)
    check("RESOURCE_EXHAUSTED for 5 MB, and the channel goes on", too_large)
    check("gzip both ways", compression)
    check("UNIMPLEMENTED for a compression that the server does not have", unknown_compression)
    check("a deadline of 60 days", long_deadline)
    check("RESOURCE_EXHAUSTED for 20 KB of metadata, and the channel goes on", large_metadata)
    check("3.2 MB that do not shrink, both ways", plain)
    check("1,000 messages both ways, to a slow reader too", many_messages)
    check("health: Check and Watch without a token", health)


def try_short_tokens(platform):
    """Access tokens of two seconds, which are taken for five seconds more."""
    documents = stub(platform.channel())

    def by_hand():
        token = platform.sign_in("editor")
        made = documents.CreateDocument(create_request(), metadata=bearer(token)).document
        request = rpc.GetDocumentRequest(document_id=made.document_id)
        give_up = time.monotonic() + 15
        while True:
            try:
                documents.GetDocument(request, metadata=bearer(token))
                if time.monotonic() > give_up:
                    raise AssertionError("the token never expires")
                time.sleep(0.2)
            except grpc.RpcError as error:
                expect(error.code(), grpc.StatusCode.UNAUTHENTICATED, "code")
                expect('error="invalid_token"' in trailers(error)["www-authenticate"], True, "challenge")
                break
        token = platform.sign_in("editor")
        answer = documents.GetDocument(request, metadata=bearer(token))
        expect(answer.document.document_id, made.document_id, "document")

    def stream_ends():
        token = platform.sign_in("editor")
        stream = documents.WatchDocuments(rpc.WatchDocumentsRequest(), metadata=bearer(token), timeout=20)
        cursor = next(stream).cursor

        def read_to_the_end():
            for _ in stream:
                pass

        error = failure(read_to_the_end)
        expect(error.code(), grpc.StatusCode.UNAUTHENTICATED, "code")
        expect('error="invalid_token"' in trailers(error)["www-authenticate"], True, "challenge")
        token = platform.sign_in("editor")
        request = rpc.WatchDocumentsRequest(cursor=cursor)
        stream = documents.WatchDocuments(request, metadata=bearer(token), timeout=20)
        expect(next(stream).HasField("heartbeat"), True, "goes on from its cursor")
        stream.cancel()

    check("an expired token is refused, a new one is taken", by_hand)
    check("a stream ends when its token does, and goes on with a new one", stream_ends)


SUITES = {"calls": try_calls, "transport": try_transport, "short-tokens": try_short_tokens}

if __name__ == "__main__":
    CONFIG = json.loads(sys.argv[1])
    for suite in CONFIG["suites"]:
        SUITES[suite](Platform(CONFIG))
