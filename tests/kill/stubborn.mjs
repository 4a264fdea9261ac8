// What the contract asks of a client that must lose nothing: send unacked messages again with the same client_id,
// resume from the last id it knows. It keeps its own transcript and notes every contradiction.
import { randomUUID } from "node:crypto";

import { io } from "socket.io-client";

export class Stubborn {
  /** id → `{id, client_id, from, text}` */
  transcript = new Map();
  acked = [];
  faults = [];
  lastId = 0;
  #unacked = new Map();

  constructor(server, { auth, cookie, transports = ["websocket"] }) {
    this.io = io(`${server.url}/chat`, {
      auth: (give) => give({ ...auth, last_id: this.lastId }),
      transports,
      forceNew: true,
      extraHeaders: cookie ? { Cookie: cookie } : {},
      // Back within the round: it is the server's recovery that is tested, not anybody's patience.
      reconnectionDelay: 30,
      reconnectionDelayMax: 150,
      timeout: 2000,
    });
    this.io.on("connect", () => {
      for (const message of this.#unacked.values()) this.#emit(message);
    });
    this.io.on("connect_error", (error) => {
      if (error.data) this.faults.push(`refused: ${JSON.stringify(error.data)}`);
    });
    this.io.on("message", (message) => {
      // A hole that is filled later is one that a kill in between would have left open: last_id is past it already.
      if (message.id <= this.lastId && !this.transcript.has(message.id)) {
        this.faults.push(`message ${message.id} came after ${this.lastId}`);
      }
      this.#know(message);
      if (this.#unacked.delete(message.client_id)) this.acked.push(message);
    });
  }

  say(text, room) {
    this.#send({ text, ...(room ? { room } : {}) });
  }

  sendUpload(upload_id, room) {
    this.#send({ upload_id, ...(room ? { room } : {}) });
  }

  #send(content) {
    const message = { client_id: randomUUID(), ...content };
    this.#unacked.set(message.client_id, message);
    if (this.io.connected) this.#emit(message);
  }

  #emit(message) {
    this.io.emit("message", message, (ack) => {
      if (!ack.ok) {
        // Only "come again" may be said to a good message; it is sent again with the next connection.
        if (ack.code !== "busy") this.faults.push(`refused: ${JSON.stringify(ack)}`);
        return;
      }
      this.#know({ ...message, id: ack.id });
      if (this.#unacked.delete(message.client_id)) this.acked.push({ ...message, id: ack.id });
    });
  }

  #know({ id, client_id, text }) {
    const known = this.transcript.get(id);
    if (known && known.client_id !== client_id) this.faults.push(`id ${id} is two messages`);
    this.transcript.set(id, { id, client_id, text });
    this.lastId = Math.max(this.lastId, id);
  }

  get waiting() {
    return this.#unacked.size;
  }

  /** In the order of ids. */
  lines() {
    return [...this.transcript.values()].toSorted((a, b) => a.id - b.id);
  }

  close() {
    this.io.close();
  }
}
