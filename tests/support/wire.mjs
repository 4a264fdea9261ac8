// Engine.IO 4 and Socket.IO 5 text packets by hand over a WebSocket: for what a well-behaved client would never send.
import WebSocket from "ws";

import { DEADLINE_MS, within } from "./deadline.mjs";

export class Wire {
  packets = [];
  #looks = new Set();

  static async open(server, { headers = {}, origin } = {}) {
    const wire = new Wire();
    const url = `ws://127.0.0.1:${server.port}/socket.io/?EIO=4&transport=websocket`;
    wire.ws = new WebSocket(url, { headers, origin, perMessageDeflate: false });
    wire.closed = new Promise((resolve) => wire.ws.on("close", (code) => resolve(code)));
    const refused = new Promise((_, reject) => {
      wire.ws.on("unexpected-response", (_request, response) => {
        reject(Object.assign(new Error(`HTTP ${response.statusCode}`), { status: response.statusCode }));
        wire.ws.terminate();
      });
      wire.ws.on("error", reject);
    });
    refused.catch(() => {});
    wire.ws.on("message", (data, binary) => {
      const packet = binary ? data : data.toString();
      if (packet === "2") wire.ws.send("3");
      else wire.packets.push(packet);
      for (const look of [...wire.#looks]) look();
    });
    await Promise.race([wire.next((p) => p[0] === "0"), refused]);
    return wire;
  }

  /** Open and joined to /chat. */
  static async chat(server, auth, options) {
    const wire = await Wire.open(server, options);
    await wire.enter("/chat", auth);
    return wire;
  }

  async enter(namespace, auth) {
    this.send(`40${namespace},${JSON.stringify(auth)}`);
    await this.next((p) => p.startsWith(`40${namespace},`));
  }

  send(packet) {
    this.ws.send(packet);
  }

  /** Sends an event as this very text and answers the ack. */
  async event(id, json, namespace = "/chat") {
    this.send(`42${namespace},${id}${json}`);
    const head = `43${namespace},${id}[`;
    const packet = await this.next((p) => p.startsWith(head));
    return JSON.parse(packet.slice(head.length - 1))[0];
  }

  next(fits) {
    let look;
    const arrival = new Promise((resolve) => {
      look = () => {
        const at = this.packets.findIndex((p) => typeof p === "string" && fits(p));
        if (at >= 0) resolve(this.packets.splice(at, 1)[0]);
      };
      this.#looks.add(look);
      look();
    });
    return within(arrival, DEADLINE_MS, "a packet").finally(() => this.#looks.delete(look));
  }

  close() {
    this.ws.terminate();
  }
}
