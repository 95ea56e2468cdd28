// Client requests that nobody can take yet: held while no leader is known, never bounced to FFFF.
import type { ClientRequest } from "../protocol.ts";

/** Requests in order of arrival, each with the clock (ms) of when it began to wait. */
export class WaitingRequests {
  #requests: { readonly request: ClientRequest; readonly since: number }[] = [];

  get count(): number {
    return this.#requests.length;
  }

  add(request: ClientRequest, now: number): void {
    this.#requests.push({ request, since: now });
  }

  /** Takes out everything. */
  takeAll(): ClientRequest[] {
    return this.#requests.splice(0).map(({ request }) => request);
  }

  /** Takes out what has waited since `moment` or longer. */
  takeSince(moment: number): ClientRequest[] {
    const due = this.#requests.filter(({ since }) => since <= moment);
    this.#requests = this.#requests.filter(({ since }) => since > moment);
    return due.map(({ request }) => request);
  }
}
