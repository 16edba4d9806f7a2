"""A TCP proxy that counts bytes: the only way to see from outside whether messages are compressed."""

import socket
import threading


class CountingProxy:
    """Forwards to one address; `up` and `down` are the bytes that went to it and came from it."""

    def __init__(self, target):
        host, port = target.rsplit(":", 1)
        self.address = (host, int(port))
        self.up = 0
        self.down = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.target = f"127.0.0.1:{self.listener.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.create_connection(self.address)
            for source, sink, way in ((client, server, "up"), (server, client, "down")):
                threading.Thread(target=self._forward, args=(source, sink, way), daemon=True).start()

    def _forward(self, source, sink, way):
        try:
            while data := source.recv(65536):
                setattr(self, way, getattr(self, way) + len(data))
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()
