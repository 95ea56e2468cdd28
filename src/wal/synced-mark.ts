// The synced mark: a small file that says up to which record everything is known to be synced. It tells a torn tail, which a crash
// leaves and which may be cut off, from damage to what was acknowledged, which may not.

import { crc32c } from "../base/index.ts";
import { setUint64, uint64, viewOf } from "./bytes.ts";
import type { DiskOperation } from "./disk.ts";
import { CorruptionError } from "./errors.ts";
import { encodeFileHeader, type Identity, readFileHeader, saltOf } from "./file-header.ts";
import { SECTOR_BYTES } from "./record.ts";

export const MARK_FILE = "synced";
const NEW_MARK_FILE = "synced.new";

const SLOT_BYTES = 20;
const CRC_AT = 16;
const FILE_BYTES = 3 * SECTOR_BYTES;

interface Slot {
  /** The last record that is known to be synced. */
  readonly sequence: number;
  /** The number of this mark: the slot with the higher one holds. */
  readonly counter: number;
}

/** Two slots, written in turn, each in a sector of its own: one of them is always whole. */
export class SyncedMark {
  readonly #salt: number;
  #slot: Slot;

  private constructor(salt: number, slot: Slot) {
    this.#salt = salt;
    this.#slot = slot;
  }

  /** A mark that says 0, and what puts it on the disk: aside first, for a mark is never half there. */
  static create(identity: Identity, nonce: number): { mark: SyncedMark; operations: readonly DiskOperation[] } {
    const header = encodeFileHeader({ kind: "synced mark", identity, nonce, number: 0, firstSequence: 0, chain: 0 });
    const salt = saltOf(header);
    const bytes = new Uint8Array(FILE_BYTES);
    bytes.set(header);
    for (const counter of [0, 1]) bytes.set(encodeSlot({ sequence: 0, counter }, salt), slotAt(counter));
    const operations: DiskOperation[] = [
      { type: "create", name: NEW_MARK_FILE, length: FILE_BYTES },
      { type: "write", name: NEW_MARK_FILE, at: 0, bytes },
      { type: "sync", name: NEW_MARK_FILE },
      { type: "rename", from: NEW_MARK_FILE, to: MARK_FILE },
      { type: "sync-directory" },
    ];
    return { mark: new SyncedMark(salt, { sequence: 0, counter: 1 }), operations };
  }

  /** Reads the file. Throws CorruptionError when neither slot is whole, IncompatibleError when it is foreign or newer. */
  static read(bytes: Uint8Array, identity: Identity): SyncedMark {
    readFileHeader(bytes, { file: MARK_FILE, kind: "synced mark", identity });
    const salt = saltOf(bytes);
    const slots = [0, 1].map((number) => decodeSlot(bytes, slotAt(number), salt));
    const [best] = slots.filter((slot) => slot !== undefined).sort((a, b) => b.counter - a.counter);
    if (best === undefined) throw new CorruptionError(MARK_FILE, "both copies of the mark are damaged");
    return new SyncedMark(salt, best);
  }

  get sequence(): number {
    return this.#slot.sequence;
  }

  /** Raises the mark; the operations make it durable. */
  raise(sequence: number): readonly DiskOperation[] {
    const slot = { sequence, counter: this.#slot.counter + 1 };
    this.#slot = slot;
    const bytes = encodeSlot(slot, this.#salt);
    return [
      { type: "write", name: MARK_FILE, at: slotAt(slot.counter), bytes },
      { type: "sync", name: MARK_FILE },
    ];
  }
}

function slotAt(counter: number): number {
  return (1 + (counter % 2)) * SECTOR_BYTES;
}

function encodeSlot({ sequence, counter }: Slot, salt: number): Uint8Array {
  const bytes = new Uint8Array(SLOT_BYTES);
  const view = viewOf(bytes);
  setUint64(view, 0, sequence);
  setUint64(view, 8, counter);
  view.setUint32(CRC_AT, crc32c(bytes, { before: salt, to: CRC_AT }), true);
  return bytes;
}

function decodeSlot(bytes: Uint8Array, at: number, salt: number): Slot | undefined {
  if (at + SLOT_BYTES > bytes.length) return undefined;
  const view = viewOf(bytes);
  const crc = crc32c(bytes, { before: salt, from: at, to: at + CRC_AT });
  if (crc !== view.getUint32(at + CRC_AT, true)) return undefined;
  return { sequence: uint64(view, at), counter: uint64(view, at + 8) };
}
