// A seeded life of a log: batches as a Raft node gives them, local snapshots, snapshots from a leader, and a model of what must be found.
import type { Prng } from "../../src/base/index.ts";
import { type Entry, type HardState, membershipOf, type Snapshot } from "../../src/raft/index.ts";
import {
  type Batch,
  type DiskOperation,
  type Recovered,
  Wal,
  type WalOptions,
  type Work,
} from "../../src/wal/index.ts";

export const IDENTITY = { clusterId: 0xc1a5_7e12_0000_0001n, memberId: 0xfeed_0000_0000_0002n };
export const OPTIONS: WalOptions = { identity: IDENTITY, nonce: 7, segmentBytes: 8192 };
const MEMBERSHIP = membershipOf(["a", "b", "c"]);

/** What a member holds: as InitialState. */
export interface LogModel {
  readonly hardState: HardState | undefined;
  readonly snapshot: Snapshot | undefined;
  /** The entries after the snapshot that the log begins with. */
  readonly entries: readonly Entry[];
}

export const EMPTY_MODEL: LogModel = { hardState: undefined, snapshot: undefined, entries: [] };

/** The log after a batch. */
export function modelAfter(model: LogModel, { snapshot, entries, hardState }: Batch): LogModel {
  const base = snapshot === undefined ? model : { ...model, snapshot, entries: [] };
  const [first] = entries;
  const kept = first === undefined ? base.entries : base.entries.filter(({ index }) => index < first.index);
  return { hardState: hardState ?? model.hardState, snapshot: base.snapshot, entries: [...kept, ...entries] };
}

export function lastIndexOf({ entries, snapshot }: LogModel): number {
  return entries[entries.length - 1]?.index ?? snapshot?.lastIncludedIndex ?? 0;
}

/** One step of a life. */
export type Step =
  | { readonly type: "batch"; readonly batch: Batch }
  | { readonly type: "snapshot" }
  | { readonly type: "background"; readonly idle: boolean };

/** Draws the next step that a Raft node in this state could ask for. */
export function drawStep(model: LogModel, prng: Prng): Step {
  const kind = prng.integer({ from: 0, to: 99 });
  if (kind < 25) return { type: "background", idle: prng.chance(0.5) };
  if (kind < 33 && (model.hardState?.commitIndex ?? 0) > (model.snapshot?.lastIncludedIndex ?? 0))
    return { type: "snapshot" };
  if (kind < 36) return { type: "batch", batch: drawInstall(model, prng) };
  return { type: "batch", batch: drawBatch(model, prng) };
}

function drawBatch(model: LogModel, prng: Prng): Batch {
  const past = model.hardState ?? { currentTerm: 1, votedFor: undefined, commitIndex: 0 };
  const newTerm = prng.chance(0.2);
  const currentTerm = past.currentTerm + (newTerm ? 1 : 0);
  const last = lastIndexOf(model);
  // Only what is not committed may be replaced, and only in a new term.
  const from = newTerm ? prng.integer({ from: past.commitIndex + 1, to: last + 1 }) : last + 1;
  const count = prng.chance(0.25) ? 0 : prng.integer({ from: 1, to: 5 });
  const entries = Array.from({ length: count }, (_, nth) => drawEntry({ index: from + nth, term: currentTerm }, prng));
  const end = count === 0 ? last : from + count - 1;
  const commitIndex = prng.integer({ from: past.commitIndex, to: end });
  const votedFor = newTerm ? prng.pick(["a", "b", "ç", ""]) || undefined : past.votedFor;
  const hardState = { currentTerm, votedFor, commitIndex };
  const changed = newTerm || commitIndex !== past.commitIndex || model.hardState === undefined;
  return { snapshot: undefined, entries, hardState: changed ? hardState : undefined };
}

function drawEntry(place: { index: number; term: number }, prng: Prng): Entry {
  const kind = prng.integer({ from: 0, to: 9 });
  if (kind === 0) return { ...place, type: "no-op" };
  if (kind === 1) return { ...place, type: "membership", membership: membershipOf(["a", "b"], [`n${place.index}`]) };
  const length = prng.chance(0.05) ? 3000 : prng.integer({ from: 0, to: 400 });
  return { ...place, type: "command", command: drawBytes(length, prng) };
}

function drawInstall(model: LogModel, prng: Prng): Batch {
  const past = model.hardState ?? { currentTerm: 1, votedFor: undefined, commitIndex: 0 };
  const index = lastIndexOf(model) + prng.integer({ from: 1, to: 9 });
  const snapshot = snapshotAt({ index, term: past.currentTerm }, prng);
  return { snapshot, entries: [], hardState: { ...past, commitIndex: index } };
}

/** A snapshot whose state is drawn: two at the same place differ unless the generator stands at the same point. */
export function snapshotAt({ index, term }: { index: number; term: number }, prng: Prng): Snapshot {
  const state = drawBytes(prng.integer({ from: 0, to: 2000 }), prng);
  return { lastIncludedIndex: index, lastIncludedTerm: term, membership: MEMBERSHIP, state };
}

function drawBytes(length: number, prng: Prng): Uint8Array {
  return Uint8Array.from({ length }, () => prng.uint32() & 0xff);
}

/** Does a piece of work at once. */
export function perform(work: Work | undefined, run: (operation: DiskOperation) => void): void {
  if (work === undefined) return;
  for (const operation of work.operations) run(operation);
  work.done();
}

/** What a recovered log must say if it holds exactly this model; its snapshot may be an older one with the entries after it. */
export function describe({ hardState, snapshot, entries }: LogModel | Recovered): string {
  const state = snapshot === undefined ? "" : `${snapshot.lastIncludedIndex}/${snapshot.lastIncludedTerm}`;
  const log = entries.map((entry) => [entry.index, entry.term, entry.type, content(entry)].join(":"));
  return JSON.stringify({ term: hardState?.currentTerm, vote: hardState?.votedFor, state, log });
}

function content(entry: Entry): string {
  if (entry.type === "command") return entry.command.join(",");
  return entry.type === "membership" ? JSON.stringify(entry.membership) : "";
}

/** A log that is opened and repaired on a disk. */
export function openOn(
  disk: { list(): readonly string[]; read(name: string): Uint8Array | undefined },
  run: (operation: DiskOperation) => void,
  options: WalOptions = OPTIONS,
): { wal: Wal; recovered: Recovered } {
  const { wal, recovered, repairs } = Wal.open(disk, options);
  perform(repairs, run);
  return { wal, recovered };
}
