// What watchers ask for and what they get, as data.
import type { KeyValue } from "./key-value.ts";
import type { KeyEvent, Refused } from "./requests.ts";

export interface WatchRequest {
  readonly key: Uint8Array;
  readonly rangeEnd?: Uint8Array;
  /** The first revision to be seen; 0 is the next one. */
  readonly startRevision?: number;
  /** Chosen by the client; by the stream if left out. */
  readonly watchId?: number;
  readonly prevKv?: boolean;
  readonly noPut?: boolean;
  readonly noDelete?: boolean;
}

export type WatchCreated =
  | { readonly watchId: number; readonly revision: number }
  | Refused
  | { readonly refused: "duplicate-watch-id" | "empty-range" };

export interface WatchEvent extends KeyEvent {
  /** The version before, if it was asked for, exists and is not compacted. */
  readonly prevKv?: KeyValue;
}

/** "compacted": the watcher has ended, what it wanted next is gone. "progress": everything up to `revision` was delivered. */
export type WatchResponse =
  | {
      readonly type: "events";
      readonly watchId: number;
      readonly revision: number;
      readonly events: readonly WatchEvent[];
      /** More of the same revision follows. */
      readonly fragment: boolean;
    }
  | { readonly type: "compacted"; readonly watchId: number; readonly compactRevision: number }
  | { readonly type: "progress"; readonly watchId: number; readonly revision: number };

const EVENT_OVERHEAD_BYTES = 64;

export function sizeOfEvent({ kv, prevKv }: WatchEvent): number {
  return kv.key.length + kv.value.length + (prevKv?.value.length ?? 0) + EVENT_OVERHEAD_BYTES;
}

/** Cuts a response into ones of about `bytesMax`, for a client that allows it; each has at least one event. */
export function fragmentResponse(response: WatchResponse, bytesMax: number): readonly WatchResponse[] {
  if (response.type !== "events") return [response];
  const pieces: WatchEvent[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const event of response.events) {
    const size = sizeOfEvent(event);
    if (bytes + size > bytesMax) {
      pieces.push([]);
      bytes = 0;
    }
    pieces.at(-1)?.push(event);
    bytes += size;
  }
  return pieces.map((events, at) => ({ ...response, events, fragment: at < pieces.length - 1 }));
}
