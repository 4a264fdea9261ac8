"""What every test of the contract begins with: a server of its own, and people with sockets."""

import contextlib

import socketio

from chat import Chat
from server import Server


class Case:
    """`transports` is how people reach the server."""

    transports: list

    async def asyncSetUp(self):
        self.stack = contextlib.AsyncExitStack()
        self.server = await self.stack.enter_async_context(Server())
        self.addAsyncCleanup(self.stack.aclose)

    def run(self, result=None):
        before = len(result.errors) + len(result.failures)
        super().run(result)
        if len(result.errors) + len(result.failures) > before:
            print("--- the server's last lines", *self.server.log[-40:], "---", sep="\n")

    async def visitor(self, session, **auth):
        return await self._open({"token": session["token"], **auth})

    async def agent(self, **auth):
        return await self._open({"role": "agent", **auth}, self.server.cookie)

    async def phone(self, session=None):
        """A socket in /call: a visitor's with a session, else the owner's."""
        if session:
            return await self._open({"token": session["token"]}, namespace="/call")
        return await self._open({"role": "agent"}, self.server.cookie, namespace="/call")

    async def _open(self, auth, cookie=None, transports=None, **options):
        chat = await Chat(self.server, transports or self.transports, auth, cookie, **options).open()
        self.stack.push_async_callback(chat.close)
        return chat

    async def refused(self, auth, **options):
        chat = Chat(self.server, self.transports, auth, **options)
        with self.assertRaises(socketio.exceptions.ConnectionError):
            await chat.open()
        return chat.refusal["data"]["code"]
