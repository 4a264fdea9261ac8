import { Emitter } from "@socket.io/component-emitter";

/**
 * socket.io-parser for texts alone, in its place: protocol 5, https://socket.io/docs/v4/socket-io-protocol/
 * What our own server sends needs no second look; anything else throws, and the client starts over.
 */
export const protocol = 5;
export const PacketType = { CONNECT: 0, DISCONNECT: 1, EVENT: 2, ACK: 3, CONNECT_ERROR: 4 };

const PACKET = /^([0-4])(?:(\/[^,]*),)?(\d*)(.*)$/s;

export class Encoder {
  encode({ type, nsp, id = "", data }) {
    return [`${type}${nsp},${id}${data === undefined ? "" : JSON.stringify(data)}`];
  }
}

export class Decoder extends Emitter {
  add(text) {
    const [, type, nsp = "/", id, json] = PACKET.exec(text);
    const packet = { type: Number(type), nsp };
    if (id) packet.id = Number(id);
    if (json) packet.data = JSON.parse(json);
    this.emitReserved("decoded", packet);
  }

  destroy() {}
}
