// The leases: who holds which keys. Knows no time: that a lease has expired is decided by the leader, and comes as a command.
import { assert } from "../base/index.ts";
import type { KeyText } from "./bytes.ts";
import type { LeaseId } from "./key-value.ts";
import { MessageReader, MessageWriter } from "./protobuf.ts";
import { compareTexts } from "./sorted-map.ts";
import type { WriteBuffer } from "./write-buffer.ts";

/** The longest time to live, in seconds. */
export const TTL_SECONDS_MAX = 9_000_000_000;

/** A lease as its holder sees it. */
export interface Lease {
  readonly id: LeaseId;
  /** What was granted. */
  readonly ttlSeconds: number;
  /** What was left at the last checkpoint; 0 without one: the whole of ttlSeconds. */
  readonly remainingSeconds: number;
}

interface HeldLease {
  lease: Lease;
  /** The keys that are deleted with it. */
  readonly keys: Set<KeyText>;
}

/** All leases. Invariant: a key is attached to at most one, and that one exists. */
export class Lessor {
  readonly #buffer: WriteBuffer;
  readonly #leases = new Map<LeaseId, HeldLease>();
  readonly #leaseOf = new Map<KeyText, LeaseId>();

  /** Reads the leases of the store; the keys are attached by whoever reads the keys. */
  constructor(buffer: WriteBuffer) {
    this.#buffer = buffer;
    for (const [, record] of buffer.range("lease", {})) {
      const lease = decodeLease(record);
      this.#leases.set(lease.id, { lease, keys: new Set() });
    }
  }

  lookup(id: LeaseId): Lease | undefined {
    return this.#leases.get(id)?.lease;
  }

  /** All leases, by their ids. */
  leases(): readonly Lease[] {
    const byId = (a: Lease, b: Lease): number => (a.id < b.id ? -1 : 1);
    return [...this.#leases.values()].map(({ lease }) => lease).sort(byId);
  }

  /** The keys that are attached to a lease, sorted. */
  keysOf(id: LeaseId): readonly KeyText[] {
    return [...(this.#leases.get(id)?.keys ?? [])].sort(compareTexts);
  }

  /** The lease that a key is attached to, 0n if none. */
  leaseOf(key: KeyText): LeaseId {
    return this.#leaseOf.get(key) ?? 0n;
  }

  grant(lease: Lease): void {
    assert(lease.id !== 0n && !this.#leases.has(lease.id), "a lease is granted once, under an id of its own");
    this.#leases.set(lease.id, { lease, keys: new Set() });
    this.#buffer.put("lease", leaseKey(lease.id), encodeLease(lease));
  }

  checkpoint(id: LeaseId, remainingSeconds: number): void {
    const held = this.#leases.get(id);
    if (held === undefined) return; // it was revoked meanwhile
    held.lease = { ...held.lease, remainingSeconds };
    this.#buffer.put("lease", leaseKey(id), encodeLease(held.lease));
  }

  revoke(id: LeaseId): void {
    assert(this.#leases.get(id)?.keys.size === 0, "a lease is revoked after its keys were deleted");
    this.#leases.delete(id);
    this.#buffer.remove("lease", leaseKey(id));
  }

  /** Attaches `key` to `id` alone; to none if that is 0n. */
  attach(key: KeyText, id: LeaseId): void {
    const before = this.leaseOf(key);
    if (before === id) return;
    this.#leases.get(before)?.keys.delete(key);
    if (id === 0n) {
      this.#leaseOf.delete(key);
      return;
    }
    const held = this.#leases.get(id);
    assert(held !== undefined, "a key is attached to a lease that exists");
    held.keys.add(key);
    this.#leaseOf.set(key, id);
  }
}

function leaseKey(id: LeaseId): Uint8Array {
  const key = new Uint8Array(8);
  new DataView(key.buffer).setBigInt64(0, id);
  return key;
}

/** protobuf's leasepb.Lease, as etcd writes it. */
function encodeLease({ id, ttlSeconds, remainingSeconds }: Lease): Uint8Array {
  const length =
    MessageWriter.int64Length(id) +
    MessageWriter.numberLength(ttlSeconds) +
    MessageWriter.numberLength(remainingSeconds);
  const writer = new MessageWriter(length);
  writer.int64(1, id);
  writer.number(2, ttlSeconds);
  writer.number(3, remainingSeconds);
  return writer.finish();
}

function decodeLease(record: Uint8Array): Lease {
  const reader = new MessageReader(record);
  const lease = { id: 0n, ttlSeconds: 0, remainingSeconds: 0 };
  for (let field = reader.next(); field !== 0; field = reader.next()) {
    if (field === 1) lease.id = reader.int64();
    else if (field === 2) lease.ttlSeconds = reader.number();
    else if (field === 3) lease.remainingSeconds = reader.number();
    else reader.skip();
  }
  return lease;
}
