"""The main paths of the `/call` contract as python-socketio sees them, over each transport."""

import asyncio
import unittest

from case import Case

CANDIDATES = 200
SDP = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\n"
STATE = {"audio": True, "video": False, "screen": False}


def candidate(n):
    return {"candidate": f"candidate:{n} 1 udp {n} 192.0.2.{n % 256} {50_000 + n} typ host", "sdpMid": "0", "sdpMLineIndex": 0}


class Contract(Case):
    """Run once for each transport by the classes at the end."""

    async def ring(self, caller, callee, **fields):
        ack = await caller.call("call", {"media": "audio", **fields})
        self.assertTrue(ack["ok"], ack)
        await callee.wait_for("ring", call_id=ack["call_id"])
        return ack["call_id"]

    async def ok(self, phone, event, call_id, **fields):
        ack = await phone.call(event, {"call_id": call_id, **fields})
        self.assertTrue(ack["ok"], ack)
        return ack

    async def refuses(self, code, phone, event, data):
        ack = await phone.call(event, data)
        self.assertEqual((ack["ok"], ack.get("code")), (False, code), (event, data))

    async def test_a_visitors_call(self):
        session = await self.server.visitor("Zeynep")
        chat, desk, spare = await self.visitor(session), await self.phone(), await self.phone()
        tab = await self.phone(session)
        call_id = await self.ring(tab, desk, media="video")
        ring = await spare.wait_for("ring", call_id=call_id)
        self.assertLessEqual(ring.pop("ends_in_ms"), 45_000)
        self.assertEqual(ring, {"call_id": call_id, "room": session["room"], "from": "Zeynep", "caller": "visitor", "media": "video"})
        ack = await self.ok(desk, "accept", call_id)
        self.assertEqual((ack["media"], ack["ice_servers"]), ("video", []))
        for phone in [tab, spare]:
            self.assertEqual(await phone.wait_for("accepted"), {"call_id": call_id, "by": "Mehmet"})
        description = {"type": "offer", "sdp": SDP}
        await self.ok(tab, "signal", call_id, description=description)
        self.assertEqual(await desk.wait_for("signal"), {"call_id": call_id, "description": description})
        await self.ok(desk, "connected", call_id)
        await self.ok(tab, "connected", call_id)
        await self.ok(desk, "hangup", call_id)
        ended = await tab.wait_for("ended", call_id=call_id)
        self.assertEqual((ended["room"], ended["reason"]), (session["room"], "hangup"))
        line = await chat.wait_for("message", kind="call")
        self.assertEqual(
            line["call"],
            {"id": call_id, "caller": "visitor", "media": "video", "reason": "hangup", "duration_ms": ended["duration_ms"]},
        )
        page = await self.server.get("/api/messages", session["token"])
        self.assertEqual(page["messages"], [line])

    async def test_an_agents_call_is_declined(self):
        session = await self.server.visitor()
        tab, other, desk = await self.phone(session), await self.phone(session), await self.phone()
        call_id = await self.ring(desk, tab, room=session["room"])
        self.assertEqual((await other.wait_for("ring"))["from"], "Mehmet")
        await self.ok(tab, "decline", call_id)
        for phone in [desk, tab, other]:
            self.assertEqual((await phone.wait_for("ended", call_id=call_id))["reason"], "declined")

    async def test_candidates_keep_their_order(self):
        session = await self.server.visitor()
        tab, desk = await self.phone(session), await self.phone()
        call_id = await self.ring(tab, desk)
        await self.ok(desk, "accept", call_id)
        sent = [candidate(n) for n in range(1, CANDIDATES + 1)]
        await asyncio.gather(*(self.ok(tab, "signal", call_id, candidate=one) for one in sent))
        await desk.wait_for("signal", candidate=sent[-1])
        self.assertEqual([data["candidate"] for event, data in desk.arrivals if event == "signal"], sent)

    async def test_a_lost_connection_is_resumed(self):
        session = await self.server.visitor()
        tab, desk = await self.phone(session), await self.phone()
        call_id = await self.ring(tab, desk)
        await self.ok(desk, "accept", call_id)
        await tab.close()
        await desk.wait_for("peer", online=False)
        await self.refuses("peer", desk, "signal", {"call_id": call_id, "state": STATE})
        stranger = await self.phone(await self.server.visitor())
        await self.refuses("call", stranger, "resume", {"call_id": call_id})
        back = await self.phone(session)
        ack = await self.ok(back, "resume", call_id)
        self.assertEqual((ack["state"], ack["caller"], ack["peer_online"]), ("accepted", "visitor", True))
        await desk.wait_for("peer", online=True)
        await self.ok(desk, "signal", call_id, state=STATE)
        self.assertEqual(await back.wait_for("signal"), {"call_id": call_id, "state": STATE})

    async def test_both_call_at_once(self):
        session = await self.server.visitor()
        tab, desk = await self.phone(session), await self.phone()
        acks = await asyncio.gather(
            tab.call("call", {"media": "audio"}), desk.call("call", {"media": "audio", "room": session["room"]})
        )
        self.assertTrue(all(ack["ok"] for ack in acks), acks)
        self.assertEqual(acks[0]["call_id"], acks[1]["call_id"])
        self.assertEqual(sorted(ack.get("accepted", False) for ack in acks), [False, True])

    async def test_refusals(self):
        session, other = await self.server.visitor(), await self.server.visitor()
        tab, desk = await self.phone(session), await self.phone()
        for code, phone, event, data in [
            ("unreachable", desk, "call", {"media": "audio", "room": other["room"]}),
            ("room", desk, "call", {"media": "audio", "room": "x"}),
            ("room", tab, "call", {"media": "audio", "room": other["room"]}),
            ("invalid", desk, "call", {"media": "audio"}),
            ("invalid", tab, "call", {"media": "fax"}),
            ("invalid", tab, "call", ["audio"]),
            ("invalid", tab, "signal", {"call_id": "x"}),
            ("invalid", tab, "accept", b"bytes"),
            ("call", tab, "accept", {"call_id": "x"}),
            ("call", tab, "signal", {"call_id": "x", "state": STATE}),
            ("unknown_event", tab, "nonsense", {}),
        ]:
            with self.subTest(code=code, data=data):
                await self.refuses(code, phone, event, data)
        self.assertEqual(tab.arrivals + desk.arrivals, [])

    async def test_connect_refusals(self):
        for code, auth in [("token", {}), ("token", {"token": "0" * 43}), ("login", {"role": "agent"}), ("invalid", {"token": 7})]:
            self.assertEqual(await self.refused(auth, namespace="/call"), code)


class WebSocket(Contract, unittest.IsolatedAsyncioTestCase):
    transports = ["websocket"]


class Polling(Contract, unittest.IsolatedAsyncioTestCase):
    transports = ["polling"]


class Upgrade(Contract, unittest.IsolatedAsyncioTestCase):
    transports = ["polling", "websocket"]


if __name__ == "__main__":
    unittest.main()
