// How a replica keeps its Raft state on a disk: one file of records that grows, and is written anew when a snapshot replaces its past.
import type { Entry, HardState, Snapshot } from "../../raft/index.ts";
import type { Disk } from "./disk.ts";
import { decodeRecords, encodeRecord, type StorageRecord } from "./record-bytes.ts";

/** What a replica finds when it starts. */
export interface Recovered {
  readonly hardState: HardState | undefined;
  readonly snapshot: Snapshot | undefined;
  readonly entries: readonly Entry[];
  /** The number of the last record; tells whether something that was synced is missing. */
  readonly sequence: number;
  /** Bytes after the last whole record that were cut off. */
  readonly tornBytes: number;
}

const LOG = "log";
const NEW_LOG = "log.new";

/**
 * Writes are two steps, so that a crash can come between them: begin... writes, finish... syncs and returns false when the disk failed.
 */
export class ReplicaStorage {
  readonly #disk: Disk;
  /** Of the last record written, and of the one in the new file. */
  #checksum = 0;
  #newChecksum = 0;
  #sequence = 0;
  #syncedSequence = 0;
  /** The file's name is durable. */
  #named = false;

  constructor(disk: Disk) {
    this.#disk = disk;
  }

  /** The last record that a sync confirmed: a restart must find it. */
  get syncedSequence(): number {
    return this.#syncedSequence;
  }

  beginAppend(record: StorageRecord): void {
    const { bytes, checksum } = encodeRecord(record, { previous: this.#checksum, sequence: ++this.#sequence });
    this.#disk.append(LOG, bytes);
    this.#checksum = checksum;
  }

  finishAppend(): boolean {
    if (!this.#disk.sync(LOG)) return false;
    this.#named ||= this.#disk.syncDirectory();
    if (this.#named) this.#syncedSequence = this.#sequence;
    return this.#named;
  }

  /** Writes a new file that begins with this record; the old one stays until finishReplace. */
  beginReplace(record: StorageRecord): void {
    this.#disk.remove(NEW_LOG);
    const { bytes, checksum } = encodeRecord(record, { previous: 0, sequence: ++this.#sequence });
    this.#disk.append(NEW_LOG, bytes);
    this.#newChecksum = checksum;
  }

  /** The bytes come before the name: otherwise a crash could leave an empty file under the good name. */
  finishReplace(): boolean {
    if (!this.#disk.sync(NEW_LOG)) return false;
    this.#disk.rename(NEW_LOG, LOG);
    if (!this.#disk.syncDirectory()) return false;
    this.#named = true;
    this.#checksum = this.#newChecksum;
    this.#syncedSequence = this.#sequence;
    return true;
  }

  /** Reads everything back, and cuts off what a crash left half done. */
  recover(): Recovered {
    const found = this.#disk.read(LOG);
    const bytes = found ?? new Uint8Array(0);
    const { records, checksum, sequence, validBytes } = decodeRecords(bytes);
    this.#disk.remove(NEW_LOG);
    if (validBytes < bytes.length) this.#disk.truncate(LOG, validBytes);
    this.#named = this.#disk.sync(LOG) && this.#disk.syncDirectory() && found !== undefined;
    this.#checksum = checksum;
    this.#sequence = sequence;
    return { ...combined(records), sequence, tornBytes: bytes.length - validBytes };
  }
}

function combined(records: readonly StorageRecord[]): Pick<Recovered, "hardState" | "snapshot" | "entries"> {
  let hardState: HardState | undefined;
  let snapshot: Snapshot | undefined;
  let entries: Entry[] = [];
  for (const record of records) {
    hardState = record.hardState ?? hardState;
    if (record.snapshot !== undefined) {
      snapshot = record.snapshot;
      entries = [];
    }
    const [first] = record.entries;
    if (first === undefined) continue;
    const keep = first.index - (snapshot?.lastIncludedIndex ?? 0) - 1;
    entries = [...entries.slice(0, keep), ...record.entries];
  }
  return { hardState, snapshot, entries };
}
