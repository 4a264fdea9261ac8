"""A python-socketio client that keeps what came and can wait for what should come."""

import asyncio
import uuid

import socketio
from engineio.payload import Payload

from server import DEADLINE_S

NAMESPACE = "/chat"

# The library gives up on a polling answer of more than 16 packets unless told otherwise; its documentation says to.
Payload.max_decode_packets = 500


class Chat:
    """One socket. `arrivals` is everything that came, in order."""

    def __init__(self, server, transports, auth, cookie=None, namespace=NAMESPACE):
        self.namespace = namespace
        self.arrivals = []
        self._changed = asyncio.Condition()
        self._connect = (server.url, auth, {"Cookie": cookie} if cookie else {}, transports)
        self.client = socketio.AsyncClient(reconnection=False)
        self.disconnected = asyncio.Event()
        self.refusal = None
        self.client.on("*", self._arrived, namespace=namespace)
        self.client.on("disconnect", self._disconnected, namespace=namespace)
        self.client.on("connect_error", self._refused, namespace=namespace)

    async def open(self):
        url, auth, headers, transports = self._connect
        await self.client.connect(url, headers=headers, auth=auth, transports=transports, namespaces=[self.namespace], wait_timeout=DEADLINE_S)
        return self

    async def _arrived(self, event, data):
        async with self._changed:
            self.arrivals.append((event, data))
            self._changed.notify_all()

    async def _disconnected(self, *_):
        self.disconnected.set()

    async def _refused(self, error):
        self.refusal = error

    async def call(self, event, *data):
        return await self.client.call(event, data if len(data) != 1 else data[0], namespace=self.namespace, timeout=DEADLINE_S)

    async def say(self, text, **rest):
        ack = await self.call("message", {"client_id": str(uuid.uuid4()), "text": text, **rest})
        assert ack["ok"], ack
        return ack

    async def wait_for(self, event, **fields):
        """The first arrival of `event` with these fields."""

        def found():
            return [d for e, d in self.arrivals if e == event and all(d.get(k) == v for k, v in fields.items())]

        async with self._changed:
            await asyncio.wait_for(self._changed.wait_for(found), DEADLINE_S)
            return found()[0]

    def messages(self):
        return [data for event, data in self.arrivals if event == "message"]

    async def close(self):
        await self.client.disconnect()
