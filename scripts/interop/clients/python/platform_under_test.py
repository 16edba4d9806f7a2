"""The services as a client in Python sees them: channels, tokens, and calls that every check needs."""

import hashlib
import json
import ssl
import urllib.request
import uuid

import grpc
from partner.document.service.v1 import service_pb2 as rpc
from partner.document.service.v1 import service_pb2_grpc
from partner.document.v1 import models_pb2 as models


class Platform:
    """Two services, and the accounts of one partner."""

    def __init__(self, config):
        self.identity_url = config["identityUrl"]
        self.document_url = config["documentUrl"]
        self.accounts = config
        self.ca = config.get("ca")

    def sign_in(self, name):
        """A new access token, from POST /token."""
        request = urllib.request.Request(
            f"{self.identity_url}/token",
            data=json.dumps(self.accounts[name]).encode(),
            headers={"content-type": "application/json"},
        )
        context = ssl.create_default_context(cafile=self.ca) if self.ca else None
        with urllib.request.urlopen(request, timeout=10, context=context) as answer:
            return json.load(answer)["token"]

    def channel(self, target=None, **options):
        target = target or self.document_url.split("//")[1]
        if self.ca is None:
            return grpc.insecure_channel(target, **options)
        with open(self.ca, "rb") as file:
            return grpc.secure_channel(target, grpc.ssl_channel_credentials(file.read()), **options)


def stub(channel):
    return service_pb2_grpc.DocumentServiceStub(channel)


def bearer(token):
    return (("authorization", f"Bearer {token}"),)


def key():
    return str(uuid.uuid4())


def create_request(title="Made in Python"):
    return rpc.CreateDocumentRequest(document=models.Document(title=title), idempotency_key=key())


def upload_requests(documents, document_id, content, metadata, chunk_size=65536):
    """Announces an upload; returns the request stream that sends the content."""
    upload = models.Upload(document_id=document_id, media_type="text/plain")
    made = documents.CreateUpload(
        rpc.CreateUploadRequest(upload=upload, idempotency_key=key()), metadata=metadata
    )
    yield rpc.UploadContentRequest(start=rpc.UploadStart(upload_id=made.upload.upload_id))
    for offset in range(0, len(content), chunk_size):
        chunk = models.Chunk(offset=offset, data=content[offset : offset + chunk_size])
        yield rpc.UploadContentRequest(chunk=chunk)
    digest = models.Digest(
        algorithm=models.DIGEST_ALGORITHM_SHA256, value=hashlib.sha256(content).digest()
    )
    yield rpc.UploadContentRequest(finish=rpc.UploadFinish(size_bytes=len(content), digest=digest))


def download(documents, document_id, metadata, **options):
    request = rpc.DownloadContentRequest(document_id=document_id)
    stream = documents.DownloadContent(request, metadata=metadata, **options)
    return b"".join(message.chunk.data for message in stream if message.HasField("chunk"))
