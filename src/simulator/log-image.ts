// A replica's log as seen from outside, through its Readys: every entry with a hash of everything up to it.
import type { Entry, LogIndex, Membership, Snapshot, Term } from "../raft/index.ts";
import { decodeAscii, encodeAscii } from "./ascii.ts";

/** An entry, and a hash of all entries from the first to this one: equal hashes mean equal prefixes. */
export interface Link {
  readonly entry: Entry;
  readonly hash: number;
}

interface Base {
  readonly index: LogIndex;
  readonly term: Term;
  readonly hash: number;
  readonly membership: Membership;
}

/** Either what a node has handed out of its log, or what of that is durable. */
export class LogImage {
  #base: Base;
  #links: Link[] = [];

  constructor(membership: Membership) {
    this.#base = { index: 0, term: 0, hash: 0, membership };
  }

  get baseIndex(): LogIndex {
    return this.#base.index;
  }
  get lastIndex(): LogIndex {
    return this.#base.index + this.#links.length;
  }
  get lastTerm(): Term {
    return this.#links.at(-1)?.entry.term ?? this.#base.term;
  }
  get entries(): Entry[] {
    return this.#links.map((link) => link.entry);
  }

  at(index: LogIndex): Link | undefined {
    return this.#links[index - this.#base.index - 1];
  }
  termAt(index: LogIndex): Term | undefined {
    return index === this.#base.index ? this.#base.term : this.at(index)?.entry.term;
  }
  hashAt(index: LogIndex): number | undefined {
    return index === this.#base.index ? this.#base.hash : this.at(index)?.hash;
  }

  membershipAt(index: LogIndex): Membership {
    for (let at = index; at > this.#base.index; at--) {
      const entry = this.at(at)?.entry;
      if (entry?.type === "membership") return entry.membership;
    }
    return this.#base.membership;
  }

  /** Does what a Ready asks for: a snapshot replaces everything, entries replace whatever stands from the first one's index on. */
  store({ snapshot, entries }: { snapshot: Snapshot | undefined; entries: readonly Entry[] }): void {
    if (snapshot !== undefined) {
      this.#base = baseOf(snapshot);
      this.#links = [];
    }
    const [first] = entries;
    if (first === undefined) return;
    this.#links.length = Math.min(this.#links.length, first.index - this.#base.index - 1);
    for (const entry of entries) {
      const hash = hashOf(`${this.#links.at(-1)?.hash ?? this.#base.hash} ${entry.term} ${payloadText(entry)}`);
      this.#links.push({ entry, hash });
    }
  }

  /** Forgets the entries that a snapshot of this same log stands for. */
  compactTo(snapshot: Snapshot): void {
    this.#links = this.#links.slice(snapshot.lastIncludedIndex - this.#base.index);
    this.#base = baseOf(snapshot);
  }

  copy(): LogImage {
    const copy = new LogImage(this.#base.membership);
    copy.#base = this.#base;
    copy.#links = [...this.#links];
    return copy;
  }
}

/** The state machine of these tests is the hash of what it applied; its snapshot is padded so that it comes in several chunks. */
export function encodeState(hash: number): Uint8Array {
  return encodeAscii(`hash ${hash} `.padEnd(50, "."));
}

export function decodeState(state: Uint8Array): number {
  return Number(decodeAscii(state).split(" ")[1]);
}

const payloads = new WeakMap<Entry, string>();

/** What an entry says, as one word or more. */
function payloadText(entry: Entry): string {
  const known = payloads.get(entry);
  if (known !== undefined) return known;
  const text =
    entry.type === "command"
      ? decodeAscii(entry.command)
      : entry.type === "membership"
        ? JSON.stringify(entry.membership)
        : entry.type;
  payloads.set(entry, text);
  return text;
}

function baseOf({ lastIncludedIndex, lastIncludedTerm, membership, state }: Snapshot): Base {
  return { index: lastIncludedIndex, term: lastIncludedTerm, hash: decodeState(state), membership };
}

function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}
