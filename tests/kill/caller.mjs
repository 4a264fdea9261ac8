// What the contract asks of a page in a call: take up its call again after a lost connection, forget it when it is over. It
// plays its part at random, and notes every contradiction.
import { io } from "socket.io-client";

/** The codes that a good client may meet when everybody acts at once and the server dies in between. */
const FAIR = new Set(["call", "in_call", "peer", "unreachable", "busy", "rate_limited"]);

export class Caller {
  /** call_id → `{reason, duration_ms}` as told. */
  ended = new Map();
  /** Ids of calls whose beginning was acked. */
  begun = [];
  faults = [];
  /** The call it is in: `{call_id, answered}`. */
  current;
  #ringing = new Set();

  constructor(server, { auth, cookie, room, random }) {
    Object.assign(this, { room, random, isAgent: auth.role === "agent" });
    this.io = io(`${server.url}/call`, {
      auth,
      transports: ["websocket"],
      forceNew: true,
      extraHeaders: cookie ? { Cookie: cookie } : {},
      reconnectionDelay: 30,
      reconnectionDelayMax: 150,
      timeout: 2000,
    });
    this.io.on("connect", () => {
      this.#ringing.clear();
      if (this.current) this.#resume(this.current);
    });
    this.io.on("connect_error", (error) => {
      if (error.data) this.faults.push(`not let in: ${JSON.stringify(error.data)}`);
    });
    this.io.on("ring", ({ call_id }) => this.#ringing.add(call_id));
    this.io.on("declined", ({ call_id }) => this.#ringing.delete(call_id));
    this.io.on("accepted", ({ call_id }) => {
      this.#ringing.delete(call_id);
      if (this.current?.call_id === call_id) this.current.answered = true;
    });
    this.io.on("ended", ({ call_id, reason, duration_ms }) => {
      this.#ringing.delete(call_id);
      this.ended.set(call_id, { reason, duration_ms });
      this.#forget(call_id);
    });
  }

  async #send(event, data) {
    let ack;
    try {
      ack = await this.io.timeout(5000).emitWithAck(event, data);
    } catch {
      return undefined; // the server has died, or will answer the next connection
    }
    if (!ack.ok) {
      if (!FAIR.has(ack.code)) this.faults.push(`${event}: ${JSON.stringify(ack)}`);
      if (ack.code === "call") this.#ringing.delete(data.call_id);
    }
    return ack;
  }

  /** It may be over, or ring again: that it was answered may not have been on disk yet. */
  async #resume(call) {
    const ack = await this.#send("resume", { call_id: call.call_id });
    if (ack?.ok) call.answered = ack.state !== "ringing";
    else if (ack?.code === "call") this.#forget(call.call_id);
  }

  #forget(call_id) {
    if (this.current?.call_id === call_id) this.current = undefined;
  }

  /** One thing that somebody might do now; `room` is whom an agent would call. */
  async act(room) {
    if (!this.io.connected) return;
    const dice = this.random();
    if (this.current) {
      const { call_id, answered } = this.current;
      if (dice < 0.3) await this.hangUp();
      else if (answered && dice < 0.6) await this.#send("connected", { call_id });
      else if (answered) await this.#send("signal", { call_id, state: { audio: true, video: dice < 0.8, screen: false } });
      return;
    }
    const [rings] = this.#ringing;
    if (rings && dice < 0.7) {
      const ack = await this.#send("accept", { call_id: rings });
      if (ack?.ok) this.#enter(rings, true);
    } else if (rings && dice < 0.8) {
      await this.#send("decline", { call_id: rings });
      this.#ringing.delete(rings);
    } else if (!rings && dice < 0.5) {
      const ack = await this.#send("call", { media: "audio", ...(this.isAgent ? { room } : {}) });
      if (!ack?.ok) return;
      if (!ack.accepted) this.begun.push(ack.call_id);
      this.#enter(ack.call_id, Boolean(ack.accepted));
    }
  }

  #enter(call_id, answered) {
    this.#ringing.delete(call_id);
    if (!this.ended.has(call_id)) this.current = { call_id, answered };
  }

  async hangUp() {
    if (!this.current) return;
    const { call_id } = this.current;
    const ack = await this.#send("hangup", { call_id });
    if (ack?.code === "call") this.#forget(call_id);
  }

  close() {
    this.io.close();
  }
}
