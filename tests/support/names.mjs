// A name server of a few lines (RFC 1035), for names that exist nowhere else.
import { createSocket } from "node:dgram";
import { once } from "node:events";

const TYPE_A = 1;
const NO_SUCH_NAME = 3;

/** Knows the addresses (IPv4) in `names`. `asked` are the questions, as `name type`. */
export class NameServer {
  asked = [];

  static async start(names, { port = 53, host = "127.0.0.1" } = {}) {
    const server = new NameServer();
    server.socket = createSocket("udp4").bind(port, host);
    server.socket.on("message", (packet, from) => server.socket.send(server.#answer(packet, names), from.port, from.address));
    await once(server.socket, "listening");
    return server;
  }

  #answer(packet, names) {
    const labels = [];
    let at = 12;
    while (packet[at] !== 0) {
      labels.push(packet.toString("latin1", at + 1, at + 1 + packet[at]).toLowerCase());
      at += packet[at] + 1;
    }
    const name = labels.join(".");
    const type = packet.readUInt16BE(at + 1);
    this.asked.push(`${name} ${type}`);
    const known = names[name];
    const address = type === TYPE_A ? known : undefined;
    const head = Buffer.from([packet[0], packet[1], 0x81, 0x80 | (known ? 0 : NO_SUCH_NAME), 0, 1, 0, address ? 1 : 0, 0, 0, 0, 0]);
    // The name as a pointer to the question, class IN, a life of a minute, four bytes.
    const record = address ? Buffer.from([0xc0, 12, 0, TYPE_A, 0, 1, 0, 0, 0, 60, 0, 4, ...address.split(".").map(Number)]) : Buffer.alloc(0);
    return Buffer.concat([head, packet.subarray(12, at + 5), record]);
  }

  stop() {
    this.socket.close();
  }
}
