// Gets at the leader, from their arrival until the store shows what they must see.
import type { ClientRequest } from "../protocol.ts";

interface PendingRead {
  readonly request: ClientRequest;
  /** Besides what its read index demands: the store must have reached this index. */
  readonly notBefore: number;
  confirmed: boolean;
}

/** Gets that wait for their read index, or for an index that somebody else may have answered already. In order of arrival. */
export class PendingReads {
  readonly #byMID = new Map<string, PendingRead>();

  add(request: ClientRequest, { notBefore }: { notBefore: number }): void {
    this.#byMID.set(request.MID, { request, notBefore, confirmed: false });
  }

  /** Whether no get waits. */
  get isEmpty(): boolean {
    return this.#byMID.size === 0;
  }

  /** The read index of this get is applied. */
  confirm(MID: string): void {
    const read = this.#byMID.get(MID);
    if (read !== undefined) read.confirmed = true;
  }

  /** Those that can be served from a store that has applied the log up to `lastApplied`; forgets them. */
  takeServable(lastApplied: number): ClientRequest[] {
    const servable = [...this.#byMID.values()].filter((read) => read.confirmed && read.notBefore <= lastApplied);
    for (const { request } of servable) this.#byMID.delete(request.MID);
    return servable.map(({ request }) => request);
  }

  /** One that was refused; forgets it. */
  remove(MID: string): void {
    this.#byMID.delete(MID);
  }

  /** All of them, served or not; forgets them. */
  takeAll(): ClientRequest[] {
    const all = [...this.#byMID.values()].map(({ request }) => request);
    this.#byMID.clear();
    return all;
  }
}
