// What is compared over the whole cluster now and then: too much work for every event.
import { committedHash, type Ghost, violated } from "./ghost/ghost.ts";
import type { Replica } from "./replica.ts";
import { KeyValueStore } from "./store/key-value-store.ts";
import { RuleBroken } from "./violation.ts";

/** Goes over all replicas. */
export function sweep(ghost: Ghost, replicas: readonly Replica[]): void {
  for (const replica of replicas) {
    committedPrefix(ghost, replica);
    stateHashIsRight(replica);
  }
}

/** R5, R7: what a replica takes for committed is the committed log, all of it. */
function committedPrefix(ghost: Ghost, { id, running }: Replica): void {
  if (running === undefined) return;
  const { handed, handedCommit } = running;
  for (let index = handed.baseIndex; index <= handedCommit; index++) {
    if (handed.hashAt(index) !== committedHash(ghost, index)) {
      violated("R7 state machine safety", `${id} has another log up to the committed entry ${index}`);
    }
  }
}

/** S7, S8: the state that a snapshot gives back, and the hash kept in passing, are those of the state itself. */
function stateHashIsRight({ id, running }: Replica): void {
  if (running === undefined) return;
  if (KeyValueStore.decode(running.store.encode()).hash !== running.store.hash) {
    throw new RuleBroken(
      "state-hash",
      "S7 a snapshot gives the state back",
      `${id}'s state changes on its way through a snapshot`,
    );
  }
}
