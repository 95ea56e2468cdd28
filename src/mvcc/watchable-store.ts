// A store whose changes are watched. A watcher is a place in the history: while it keeps up it is told at once (synced), otherwise it
// reads what it missed from the records (unsynced). So a slow one loses nothing, and needs no memory for what it has not taken.
import { textOf } from "./bytes.ts";
import { inRange, type KeyRange, keyRange } from "./key-index.ts";
import type { Applied, Command, KeyEvent } from "./requests.ts";
import type { Store } from "./store.ts";
import { sizeOfEvent, type WatchCreated, type WatchEvent, type WatchRequest, type WatchResponse } from "./watch.ts";

/** The id of a progress response that speaks for all watchers of a stream. */
export const ALL_WATCHERS = -1;

interface Watcher {
  readonly id: number;
  readonly stream: WatchStream;
  readonly range: KeyRange;
  readonly request: WatchRequest;
  /** Everything that it wants below this revision is in the stream's queue or was taken from there. */
  next: number;
}

/** Carries out commands and tells the watchers. */
export class WatchableStore {
  readonly #synced = new Set<Watcher>();
  /** In the order in which they get their turn. */
  readonly #unsynced = new Set<Watcher>();
  readonly #streamBytesMax: number;
  #store: Store;

  /** A stream that holds `streamBytesMax` bytes of events gets no more until they are taken. */
  constructor(store: Store, { streamBytesMax = 4_194_304 }: { readonly streamBytesMax?: number } = {}) {
    this.#store = store;
    this.#streamBytesMax = streamBytesMax;
  }

  get store(): Store {
    return this.#store;
  }

  apply(command: Command): Applied {
    const applied = this.#store.apply(command);
    if (applied.events.length > 0) this.#notify(applied.events);
    return applied;
  }

  openStream(): WatchStream {
    return new WatchStream(this, this.#streamBytesMax);
  }

  /** Goes on with another store, one that a snapshot from the leader has filled: the watchers read what they missed. */
  replaceStore(store: Store): void {
    for (const watcher of this.#synced) {
      watcher.next = Math.max(watcher.next, this.#store.revision + 1);
      this.#unsynced.add(watcher);
    }
    this.#synced.clear();
    this.#store = store;
  }

  /**
   * Reads at most `revisionsMax` revisions of the history for the watchers that are behind, in turn. Gives true when no watcher
   * that has room is behind; to be called again until then, and whenever responses were taken.
   */
  syncWatchers(revisionsMax: number): boolean {
    const first = [...this.#unsynced].find(({ stream }) => stream.hasRoom);
    if (first === undefined) return true;
    if (first.next < this.#store.compactRevision) this.#endCompacted(first);
    else this.#syncFrom(first, revisionsMax);
    return ![...this.#unsynced].some(({ stream }) => stream.hasRoom);
  }

  /** For the stream: begins to watch. */
  add(watcher: Watcher): void {
    (watcher.next > this.#store.revision ? this.#synced : this.#unsynced).add(watcher);
  }

  remove(watcher: Watcher): void {
    this.#synced.delete(watcher);
    this.#unsynced.delete(watcher);
  }

  isSynced(watcher: Watcher): boolean {
    return this.#synced.has(watcher);
  }

  #notify(events: readonly KeyEvent[]): void {
    const { revision } = this.#store;
    for (const watcher of this.#synced) {
      if (revision < watcher.next) continue;
      if (this.#deliver(watcher, { revision, events })) {
        watcher.next = revision + 1;
      } else {
        watcher.next = revision;
        this.#synced.delete(watcher);
        this.#unsynced.add(watcher);
      }
    }
  }

  #endCompacted(watcher: Watcher): void {
    this.#unsynced.delete(watcher);
    watcher.stream.end(watcher.id, this.#store.compactRevision);
  }

  /** One pass over the history serves all that are behind, but not as far as `first`. */
  #syncFrom(first: Watcher, revisionsMax: number): void {
    const served = new Set([...this.#unsynced].filter(({ next, stream }) => stream.hasRoom && next >= first.next));
    let [left, reached] = [revisionsMax, this.#store.revision];
    for (const { revision, events } of this.#store.history({ from: first.next, to: this.#store.revision })) {
      for (const watcher of served) {
        if (watcher.next > revision || this.#deliver(watcher, { revision, events })) continue;
        watcher.next = revision;
        served.delete(watcher);
      }
      reached = revision;
      if (--left <= 0) break;
      reached = this.#store.revision;
    }
    this.#unsynced.delete(first); // to the back of the queue, if it is not done
    this.#unsynced.add(first);
    for (const watcher of served) {
      watcher.next = Math.max(watcher.next, reached + 1);
      if (watcher.next <= this.#store.revision) continue;
      this.#unsynced.delete(watcher);
      this.#synced.add(watcher);
    }
  }

  /** All that the watcher wants of one revision, together; false if its stream has no room. */
  #deliver(
    { id, stream, range, request }: Watcher,
    { revision, events }: { readonly revision: number; readonly events: readonly KeyEvent[] },
  ): boolean {
    const wanted = events.filter(
      ({ type, kv }) =>
        !(type === "put" ? request.noPut === true : request.noDelete === true) && inRange(range, textOf(kv.key)),
    );
    if (wanted.length === 0) return true;
    if (!stream.hasRoom) return false;
    const told = request.prevKv === true ? wanted.map((event) => this.#withPrevious(event)) : wanted;
    stream.push({ type: "events", watchId: id, revision, events: told, fragment: false });
    return true;
  }

  #withPrevious(event: KeyEvent): WatchEvent {
    const prevKv = this.#store.previousOf(event);
    return prevKv === undefined ? event : { ...event, prevKv };
  }
}

/** The watchers of one client connection, with one queue of responses for all of them. */
export class WatchStream {
  readonly #watchable: WatchableStore;
  readonly #bytesMax: number;
  readonly #watchers = new Map<number, Watcher>();
  #queue: WatchResponse[] = [];
  #queuedBytes = 0;
  #nextId = 0;

  constructor(watchable: WatchableStore, bytesMax: number) {
    this.#watchable = watchable;
    this.#bytesMax = bytesMax;
  }

  get hasRoom(): boolean {
    return this.#queuedBytes < this.#bytesMax;
  }

  watch(request: WatchRequest): WatchCreated {
    const { startRevision = 0, watchId } = request;
    const { revision } = this.#watchable.store;
    const key = request.key.length === 0 ? new Uint8Array(1) : request.key;
    const range = keyRange(key, request.rangeEnd);
    if (range.to !== undefined && range.from >= range.to) return { refused: "empty-range" };
    if (watchId !== undefined && this.#watchers.has(watchId)) return { refused: "duplicate-watch-id" };
    if (startRevision < 0) return { refused: "compacted" };
    while (watchId === undefined && this.#watchers.has(this.#nextId)) this.#nextId++;
    const id = watchId ?? this.#nextId++;
    const watcher: Watcher = {
      id,
      stream: this,
      range,
      request,
      next: startRevision > 0 ? startRevision : revision + 1,
    };
    this.#watchers.set(id, watcher);
    this.#watchable.add(watcher);
    return { watchId: id, revision };
  }

  /** Nothing more comes from this watcher, not even what waits; false if there is none of this id. */
  cancel(watchId: number): boolean {
    const watcher = this.#watchers.get(watchId);
    if (watcher === undefined) return false;
    this.#watchable.remove(watcher);
    this.#watchers.delete(watchId);
    this.#queue = this.#queue.filter((response) => response.watchId !== watchId);
    this.#queuedBytes = this.#queue.reduce((sum, response) => sum + sizeOf(response), 0);
    return true;
  }

  /** All responses that wait, in order; their room is free again. */
  take(): readonly WatchResponse[] {
    const taken = this.#queue;
    this.#queue = [];
    this.#queuedBytes = 0;
    return taken;
  }

  /** Queues a progress response, for one watcher or for all, if they are synced; false if not. */
  progress(watchId: number = ALL_WATCHERS): boolean {
    const asked = [...this.#watchers.values()].filter(({ id }) => watchId === ALL_WATCHERS || id === watchId);
    if (!asked.every((watcher) => this.#watchable.isSynced(watcher))) return false;
    this.push({ type: "progress", watchId, revision: this.#watchable.store.revision });
    return true;
  }

  close(): void {
    for (const watcher of this.#watchers.values()) this.#watchable.remove(watcher);
    this.#watchers.clear();
    this.take();
  }

  /** For the store: queues a response. */
  push(response: WatchResponse): void {
    this.#queue.push(response);
    this.#queuedBytes += sizeOf(response);
  }

  /** For the store: what the watcher wants next was compacted. */
  end(watchId: number, compactRevision: number): void {
    this.#watchers.delete(watchId);
    this.push({ type: "compacted", watchId, compactRevision });
  }
}

function sizeOf(response: WatchResponse): number {
  return response.type === "events" ? response.events.reduce((sum, event) => sum + sizeOfEvent(event), 0) : 0;
}
