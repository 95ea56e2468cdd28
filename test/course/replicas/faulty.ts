// Replicas with one fault each: `faulty.ts <fault> <port> <id> <other ids...>`. The fault "none" is the plain primary.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { type Message, Primary } from "./primary.ts";

/** Acknowledges every put twice. */
class AnswersTwice extends Primary {
  override put(message: Message): void {
    super.put(message);
    this.send(message.src, "ok", { MID: message.MID });
  }
}

/** Its backups redirect, and then answer the same MID all the same. */
class AnswersAfterRedirect extends Primary {
  override handle(message: Message): void {
    super.handle(message);
    if (!this.isPrimary && message.type !== "copy") this.send(message.src, "ok", { MID: message.MID, value: "" });
  }
}

/** Never overwrites: gets return the first value of a key. */
class Stale extends Primary {
  override put(message: Message): void {
    const earlier = this.store.get(message.key) ?? message.value;
    super.put(message);
    this.store.set(message.key, earlier);
  }
}

/** Anybody answers gets, but backups trail a second behind; only clients that share keys can notice. */
class StaleBackups extends Primary {
  override leader = "FFFF";

  override handle(message: Message): void {
    if (message.type === "copy") setTimeout(() => this.store.set(message.key, message.value), 1000);
    else if (message.type === "get" && !this.isPrimary) this.get(message);
    else super.handle(message);
  }
}

/** Broadcasts without end once a client asks. */
class Floods extends Primary {
  override handle(message: Message): void {
    if (message.type === "storm") return;
    setInterval(() => {
      for (let count = 0; count < 100; count++) this.send("FFFF", "storm");
    }, 1);
  }
}

/** Knows no leader and says so at once, again and again. */
class Bounces extends Primary {
  override leader = "FFFF";

  override handle({ src, MID }: Message): void {
    this.send(src, "redirect", { MID });
  }
}

/** Its backups crash at the first copy. */
class Dies extends Primary {
  override handle(message: Message): void {
    if (message.type !== "copy") return super.handle(message);
    console.error("out of ideas");
    process.exit(1);
  }
}

/** Serves well, but does not end when told to. Prints its process id. */
class IgnoresSigterm extends Primary {
  override listen(): void {
    process.on("SIGTERM", () => {});
    console.log(process.pid);
    super.listen();
  }
}

/** Says hello and then does nothing at all. */
class Hangs extends Primary {
  override handle(): void {}
}

/** Its backups forget their hello. */
class NeverSaysHello extends Primary {
  override listen(): void {
    super.listen({ hello: this.isPrimary });
  }
}

/** Its backups send bytes which are no UTF-8. */
class NotUtf8 extends Primary {
  override handle(message: Message): void {
    if (message.type === "copy") this.sendRaw(Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d));
    super.handle(message);
  }
}

/** Its backups send what is no JSON, no object, and no proper message. */
class Garbage extends Primary {
  override handle(message: Message): void {
    if (message.type === "copy") for (const text of ["hello world", "[1, 2]", '{"src": "0000"}']) this.sendRaw(text);
    super.handle(message);
  }
}

/** Prints a great deal, with characters of several bytes. */
class Noisy extends Primary {
  override handle(message: Message): void {
    console.log(`${"über ".repeat(200)}${message.type}`);
    console.error("→ ".repeat(200));
    super.handle(message);
  }
}

/** Its backups print for ever beside their work. */
class Spews extends Primary {
  override listen(): void {
    super.listen();
    if (!this.isPrimary) setInterval(() => console.log("nothing to say\n".repeat(2000)), 1);
  }
}

/** Its primary talks to the others before they have said hello, which they do late. */
class TalksEarly extends Primary {
  override listen(): void {
    if (!this.isPrimary) {
      setTimeout(() => super.listen(), 600);
      return;
    }
    super.listen();
    setTimeout(() => this.send("FFFF", "good-morning"), 50);
  }
}

/** Keeps its store in the directory that outlives a restart. */
class Persistent extends Primary {
  readonly #file = path.join(process.env["KEELSON_STATE_DIR"] ?? ".", "store.json");

  override listen(): void {
    const kept = existsSync(this.#file) ? readFileSync(this.#file, "utf8") : "[]";
    for (const [key, value] of JSON.parse(kept)) this.store.set(key, value);
    super.listen();
  }

  override put(message: Message): void {
    writeFileSync(`${this.#file}.new`, JSON.stringify([...this.store, [message.key, message.value]]));
    renameSync(`${this.#file}.new`, this.#file);
    super.put(message);
  }
}

const FAULTS = {
  none: Primary,
  "answers-twice": AnswersTwice,
  "answers-after-redirect": AnswersAfterRedirect,
  stale: Stale,
  "stale-backups": StaleBackups,
  floods: Floods,
  bounces: Bounces,
  dies: Dies,
  "ignores-sigterm": IgnoresSigterm,
  hangs: Hangs,
  "never-says-hello": NeverSaysHello,
  "not-utf8": NotUtf8,
  garbage: Garbage,
  noisy: Noisy,
  spews: Spews,
  "talks-early": TalksEarly,
  persistent: Persistent,
} satisfies Record<string, typeof Primary>;

/** The name of a fault. */
export type Fault = keyof typeof FAULTS;

if (import.meta.main) {
  const [fault = "", ...args] = process.argv.slice(2);
  const found = Object.entries(FAULTS).find(([name]) => name === fault);
  if (found === undefined) throw new Error(`unknown fault "${fault}"`);
  new found[1](args).listen();
}
