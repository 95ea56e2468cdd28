// A small replica: the lowest id serves all keys and copies puts to the others, which redirect to it. Right as long as nobody fails.
import { createSocket } from "node:dgram";

/** A message as it arrives; clients send all fields, replicas what they like. */
export interface Message {
  readonly src: string;
  readonly type: string;
  readonly MID: string;
  readonly key: string;
  readonly value: string;
}

/** A replica that faulty ones inherit from; it is started by `listen`. */
export class Primary {
  readonly id: string;
  readonly primary: string;
  /** Whom its messages name as the leader. */
  leader: string;
  protected readonly store = new Map<string, string>();
  readonly #port: number;
  readonly #socket = createSocket("udp4");

  /** `args` are the port, its own id and the others' ids, as the runner gives them. */
  constructor([port = "0", id = "0000", ...others]: readonly string[]) {
    this.#port = Number(port);
    this.id = id;
    this.primary = [id, ...others].toSorted()[0] ?? id;
    this.leader = this.primary;
  }

  get isPrimary(): boolean {
    return this.id === this.primary;
  }

  /** Binds the socket and says hello, unless told not to. */
  listen({ hello = true } = {}): void {
    this.#socket.on("message", (bytes) => this.handle(JSON.parse(bytes.toString())));
    this.#socket.bind(0, "127.0.0.1", () => {
      if (hello) this.send("FFFF", "hello");
    });
  }

  send(dst: string, type: string, fields: object = {}): void {
    this.sendRaw(JSON.stringify({ src: this.id, dst, leader: this.leader, type, ...fields }));
  }

  sendRaw(bytes: string | Uint8Array): void {
    this.#socket.send(bytes, this.#port, "127.0.0.1");
  }

  handle(message: Message): void {
    if (message.type !== "get" && message.type !== "put") return;
    if (!this.isPrimary) this.send(message.src, "redirect", { MID: message.MID });
    else if (message.type === "get") this.get(message);
    else this.put(message);
  }

  get({ src, MID, key }: Message): void {
    this.send(src, "ok", { MID, value: this.store.get(key) ?? "" });
  }

  put({ src, MID, key, value }: Message): void {
    this.store.set(key, value);
    this.send("FFFF", "copy", { key, value });
    this.send(src, "ok", { MID });
  }
}
