// A disk in memory that forgets what was not synced: all of it, some of it, or halves of it, in any order.
import type { Prng } from "../../base/index.ts";
import type { Disk } from "./disk.ts";

/** One write to a file that a sync has not confirmed yet. */
type Write =
  | { readonly type: "append"; readonly bytes: Uint8Array }
  | { readonly type: "truncate"; readonly length: number };

interface File {
  /** What survives for certain. */
  durable: Uint8Array[];
  pending: Write[];
}

type NameChange =
  | { readonly type: "create"; readonly name: string; readonly file: File }
  | { readonly type: "rename"; readonly from: string; readonly to: string }
  | { readonly type: "remove"; readonly name: string };

/** What a crash did to the writes that were under way. */
export interface CrashDamage {
  readonly lost: number;
  readonly torn: number;
  /** Writes that survived although no sync had confirmed them. */
  readonly kept: number;
}

export class SimulatedDisk implements Disk {
  /** As a reader sees it. */
  #files = new Map<string, File>();
  /** As it survives for certain. */
  #durableNames = new Map<string, File>();
  #nameChanges: NameChange[] = [];
  /** The next sync fails. */
  #failing = false;

  /** Whether a crash now could lose something. */
  get hasPending(): boolean {
    if (this.#nameChanges.length > 0) return true;
    for (const file of this.#files.values()) if (file.pending.length > 0) return true;
    return false;
  }

  append(name: string, bytes: Uint8Array): void {
    let file = this.#files.get(name);
    if (file === undefined) {
      file = { durable: [], pending: [] };
      this.#files.set(name, file);
      this.#nameChanges.push({ type: "create", name, file });
    }
    file.pending.push({ type: "append", bytes });
  }

  truncate(name: string, length: number): void {
    this.#files.get(name)?.pending.push({ type: "truncate", length });
  }

  rename(from: string, to: string): void {
    this.#change({ type: "rename", from, to });
  }

  remove(name: string): void {
    this.#change({ type: "remove", name });
  }

  read(name: string): Uint8Array | undefined {
    const file = this.#files.get(name);
    if (file === undefined) return undefined;
    let chunks = [...file.durable];
    for (const write of file.pending) chunks = applied(chunks, write);
    return joined(chunks);
  }

  sync(name: string): boolean {
    if (this.#fails()) return false;
    const file = this.#files.get(name);
    if (file === undefined) return true;
    for (const write of file.pending) file.durable = applied(file.durable, write);
    file.pending = [];
    return true;
  }

  syncDirectory(): boolean {
    if (this.#fails()) return false;
    this.#durableNames = new Map(this.#files);
    this.#nameChanges = [];
    return true;
  }

  /** The next sync fails; afterwards the disk behaves as if nothing had been wrong, as many file systems do. */
  failNextSync(): void {
    this.#failing = true;
  }

  /**
   * The power goes. Of the writes that no sync confirmed each is lost, survives or is torn; of the changes of names the first few
   * survive, for file systems keep those in order. Without a generator all of them are lost.
   */
  crash(prng: Prng | undefined): CrashDamage {
    const damage = { lost: 0, torn: 0, kept: 0 };
    this.#failing = false;
    const kept = prng === undefined ? 0 : prng.integer({ from: 0, to: this.#nameChanges.length });
    const names = new Map(this.#durableNames);
    for (const change of this.#nameChanges.slice(0, kept)) changeName(names, change);
    for (const file of new Set(names.values())) crashFile(file, { prng, damage });
    this.#files = names;
    this.#durableNames = new Map(names);
    this.#nameChanges = [];
    return damage;
  }

  /** Everything is gone. */
  wipe(): void {
    this.#files = new Map();
    this.#durableNames = new Map();
    this.#nameChanges = [];
  }

  #change(change: NameChange): void {
    changeName(this.#files, change);
    this.#nameChanges.push(change);
  }

  #fails(): boolean {
    const fails = this.#failing;
    this.#failing = false;
    return fails;
  }
}

function crashFile(
  file: File,
  { prng, damage }: { prng: Prng | undefined; damage: { lost: number; torn: number; kept: number } },
): void {
  for (const write of file.pending) {
    const fate = prng === undefined ? 0 : prng.integer({ from: 0, to: 2 });
    if (fate === 0) damage.lost++;
    else if (fate === 1) damage.kept++;
    else damage.torn++;
    if (fate === 1) file.durable = applied(file.durable, write);
    // The file has its new length, and the bytes that did not come down read as zeros, or as what stood there before.
    else if (write.type === "append" && prng !== undefined && (fate === 2 || prng.chance(0.5))) {
      file.durable = [...file.durable, damaged(write.bytes, fate === 2 ? prng : undefined)];
    }
  }
  file.pending = [];
}

/** The bytes with a part of them missing; all of them without a generator. */
function damaged(bytes: Uint8Array, prng: Prng | undefined): Uint8Array {
  const result = new Uint8Array(bytes.length);
  if (prng === undefined) return result;
  const middle = prng.integer({ from: 0, to: bytes.length });
  const [from, to] = prng.chance(0.5) ? [0, middle] : [middle, bytes.length];
  result.set(bytes.subarray(from, to), from);
  if (!prng.chance(0.5)) return result;
  for (let at = 0; at < result.length; at++) if (at < from || at >= to) result[at] = prng.uint32() & 0xff;
  return prng.chance(0.5) ? result : result.subarray(0, Math.max(to, 1));
}

function changeName(names: Map<string, File>, change: NameChange): void {
  if (change.type === "create") {
    names.set(change.name, change.file);
    return;
  }
  if (change.type === "remove") {
    names.delete(change.name);
    return;
  }
  const file = names.get(change.from);
  if (file === undefined) return;
  names.delete(change.from);
  names.set(change.to, file);
}

function applied(chunks: Uint8Array[], write: Write): Uint8Array[] {
  if (write.type === "truncate") return [joined(chunks).slice(0, write.length)];
  chunks.push(write.bytes);
  return chunks;
}

function joined(chunks: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const chunk of chunks) length += chunk.length;
  const whole = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    whole.set(chunk, at);
    at += chunk.length;
  }
  return whole;
}
