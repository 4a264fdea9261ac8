// A Socket.IO socket as the tests see it: what came, in order, and a wait for what should come.
import { randomUUID } from "node:crypto";

import { io } from "socket.io-client";

import { DEADLINE_MS, within } from "./deadline.mjs";

export const TRANSPORTS = {
  websocket: ["websocket"],
  polling: ["polling"],
  upgrade: ["polling", "websocket"],
};

const open = new Set();

export function closeAllSockets() {
  for (const socket of open) socket.close();
}

export function closeSocketsOf(server) {
  for (const socket of open) if (socket.port === server.port) socket.close();
}

export const text = (words, rest = {}) => ({ client_id: randomUUID(), text: words, ...rest });

export class Chat {
  /** Everything that came, for good: `{event, data, args}`. */
  log = [];
  #fresh = [];
  #waiting = new Set();

  /** `beside`: another one, whose connection this one shares. */
  constructor(server, { auth, cookie, headers = {}, transports = TRANSPORTS.websocket, namespace = "/chat", beside } = {}) {
    // A Manager keeps a namespace's socket with its first auth.
    if (beside) delete beside.io.io.nsps[namespace];
    this.io = beside?.io.io.socket(namespace, { auth }) ?? io(server.url + namespace, {
      auth,
      transports,
      forceNew: true,
      reconnection: false,
      extraHeaders: { ...headers, ...(cookie ? { Cookie: cookie } : {}) },
    });
    this.port = server.port;
    open.add(this);
    this.io.onAny((event, ...args) => {
      const arrival = { event, data: args[0], args };
      this.log.push(arrival);
      this.#fresh.push(arrival);
      for (const look of [...this.#waiting]) look();
    });
    this.disconnected = new Promise((resolve) => this.io.once("disconnect", resolve));
  }

  async connected() {
    const answer = new Promise((resolve, reject) => {
      this.io.once("connect", () => resolve(this));
      this.io.once("connect_error", (error) => {
        const why = new Error(`refused: ${error.message} ${JSON.stringify(error.data ?? error.description)}`);
        reject(Object.assign(why, { refusal: error }));
      });
    });
    return within(answer, DEADLINE_MS, "CONNECT");
  }

  /** The CONNECT_ERROR of a connection that must not succeed. */
  async refusal() {
    try {
      await this.connected();
    } catch (error) {
      if (error.refusal) return error.refusal;
      throw error;
    } finally {
      this.close();
    }
    throw new Error("the connection was accepted");
  }

  /** Emits and answers the ack. */
  emit(event, ...args) {
    return this.io.timeout(DEADLINE_MS).emitWithAck(event, ...args);
  }

  /** A message that must be taken; answers the ack. */
  async say(words, rest) {
    const ack = await this.emit("message", text(words, rest));
    if (!ack.ok) throw new Error(`message refused: ${JSON.stringify(ack)}`);
    return ack;
  }

  /** The next arrival of `event` that fits, skipping (and forgetting) none of the others. */
  next(event, fits = () => true, ms = DEADLINE_MS) {
    const take = () => {
      const at = this.#fresh.findIndex((a) => a.event === event && fits(a.data));
      return at < 0 ? undefined : this.#fresh.splice(at, 1)[0].data;
    };
    const here = take();
    if (here !== undefined) return Promise.resolve(here);
    let look;
    const arrival = new Promise((resolve) => {
      look = () => {
        const found = take();
        if (found !== undefined) {
          this.#waiting.delete(look);
          resolve(found);
        }
      };
      this.#waiting.add(look);
    });
    return within(arrival, ms, `${event} (came: ${this.log.map((a) => a.event).slice(-20)})`).finally(() =>
      this.#waiting.delete(look),
    );
  }

  nextMessage(words, ms) {
    return this.next("message", (m) => m.text === words, ms);
  }

  /** All data of `event` so far. */
  all(event) {
    return this.log.filter((a) => a.event === event).map((a) => a.data);
  }

  get transport() {
    return this.io.io.engine.transport.name;
  }

  close() {
    open.delete(this);
    this.io.disconnect();
  }
}

export function visitorSocket(server, visitor, { lastId, ...options } = {}) {
  const auth = { token: visitor.token, ...(lastId === undefined ? {} : { last_id: lastId }) };
  return new Chat(server, { auth, ...options }).connected();
}

export function agentSocket(server, agent, { lastId, ...options } = {}) {
  const auth = { role: "agent", ...(lastId === undefined ? {} : { last_id: lastId }) };
  return new Chat(server, { auth, cookie: agent.cookie, ...options }).connected();
}

/**
 * Proves that nothing more is on its way to a visitor's sockets: a message by the agent goes to all of them, behind everything sent before.
 * Lets a test say "did not get it" without waiting for time to pass.
 */
export async function settled(agent, room, ...sockets) {
  const words = `settled ${randomUUID()}`;
  await agent.say(words, { room });
  await Promise.all(sockets.map((socket) => socket.nextMessage(words)));
  return words;
}
