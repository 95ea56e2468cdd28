// Leadership transfer (dissertation §3.10), the leader's side: bring the target up to date, then tell it to start an election.
import type { NodeId } from "./entry.ts";
import { isVoter } from "./membership.ts";
import { type Raft, send } from "./raft.ts";

/** Begins a transfer. Until it ends or is given up, the leader takes no proposals, and its lease is void. */
export function startTransfer(raft: Raft, target: NodeId): void {
  const { leader } = raft;
  if (leader === undefined) return;
  leader.transfer = { target, elapsedTicks: 0, ticksSinceTimeoutNow: undefined };
  sendTimeoutNowIfCaughtUp(raft);
}

/** Sends TimeoutNow once the target's log equals the leader's, and again every heartbeat interval: it may get lost. */
export function sendTimeoutNowIfCaughtUp(raft: Raft): void {
  const { leader, config, stateMachine, node, voting } = raft;
  const transfer = leader?.transfer;
  if (leader === undefined || transfer === undefined) return;
  if (!isVoter(stateMachine.memberships.current, transfer.target)) {
    leader.transfer = undefined;
    return;
  }
  const sentLately =
    transfer.ticksSinceTimeoutNow !== undefined && transfer.ticksSinceTimeoutNow < config.heartbeatTicks;
  const caughtUp = leader.progress.get(transfer.target)?.matchIndex === stateMachine.log.lastIndex;
  if (sentLately || !caughtUp) return;
  transfer.ticksSinceTimeoutNow = 0;
  leader.leaseForfeited = true;
  send(raft, { type: "TimeoutNow", from: node.id, to: transfer.target, term: voting.currentTerm });
}
