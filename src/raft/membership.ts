// Who belongs to the cluster, and how that changes: joint consensus (§6), with single-server steps where they suffice (dissertation §4.1).
import { assert } from "../base/index.ts";
import type { NodeId } from "./node-id.ts";

/**
 * One configuration of the cluster. In a joint configuration (`votersOutgoing` not empty) every decision needs a
 * majority of `voters` and a majority of `votersOutgoing`. All lists are sorted and without repetition.
 */
export interface Membership {
  readonly voters: readonly NodeId[];
  /** The voters of the old configuration while a joint change is under way; otherwise empty. */
  readonly votersOutgoing: readonly NodeId[];
  /** They receive the log but never count for elections or commitment (dissertation §4.2.1). */
  readonly learners: readonly NodeId[];
  /** Outgoing voters that become learners when the joint configuration is left. */
  readonly learnersNext: readonly NodeId[];
}

/** One step of a requested change. Adding a present learner as voter promotes it; adding a voter as learner demotes it. */
export interface MembershipChange {
  readonly type: "add-voter" | "add-learner" | "remove";
  readonly id: NodeId;
}

/** The outcome of computing a change: the configuration to append, or why there is none. */
export type MembershipChangeResult =
  | { readonly ok: true; readonly membership: Membership }
  | { readonly ok: false; readonly reason: string };

/** A configuration with these voters (and learners) and no change under way. */
export function membershipOf(voters: readonly NodeId[], learners: readonly NodeId[] = []): Membership {
  return { voters: sorted(voters), votersOutgoing: [], learners: sorted(learners), learnersNext: [] };
}

export function isJoint(membership: Membership): boolean {
  return membership.votersOutgoing.length > 0;
}

/** Whether `id` has a vote in either half of the configuration. */
export function isVoter(membership: Membership, id: NodeId): boolean {
  return membership.voters.includes(id) || membership.votersOutgoing.includes(id);
}

/** Everybody who receives the log: voters of both halves, and learners. Sorted. */
export function members(membership: Membership): NodeId[] {
  return sorted([...membership.voters, ...membership.votersOutgoing, ...membership.learners]);
}

/** Whether two configurations say the same. */
export function sameMembership(one: Membership, other: Membership): boolean {
  const text = (m: Membership) => JSON.stringify([m.voters, m.votersOutgoing, m.learners, m.learnersNext]);
  return text(one) === text(other);
}

/**
 * The configuration that a leader appends to make `changes`. At most one added, removed, promoted or demoted voter is a single-server
 * change: majorities before and after overlap (dissertation §4.1). More than one goes through a joint configuration (§6).
 */
export function changeMembership(current: Membership, changes: readonly MembershipChange[]): MembershipChangeResult {
  if (isJoint(current)) return refuse("a joint configuration must be left first");
  const target = targetOf(current, changes);
  if (!target.ok) return target;
  const { voters, learners } = target.membership;
  if (sameMembership(target.membership, current)) return refuse("the change changes nothing");
  const added = voters.filter((id) => !current.voters.includes(id)).length;
  const removed = current.voters.filter((id) => !voters.includes(id)).length;
  if (added + removed <= 1) return target;
  const demoted = learners.filter((id) => current.voters.includes(id));
  return {
    ok: true,
    membership: {
      voters,
      votersOutgoing: current.voters,
      learners: learners.filter((id) => !demoted.includes(id)),
      learnersNext: demoted,
    },
  };
}

/** C_new: the configuration that ends a joint one (§6). */
export function leaveJoint(membership: Membership): Membership {
  assert(isJoint(membership), "only a joint configuration can be left");
  return membershipOf(membership.voters, [...membership.learners, ...membership.learnersNext]);
}

function targetOf(current: Membership, changes: readonly MembershipChange[]): MembershipChangeResult {
  const voters = new Set(current.voters);
  const learners = new Set(current.learners);
  const touched = new Set<NodeId>();
  for (const { type, id } of changes) {
    if (id === "") return refuse("a member needs an id");
    if (touched.has(id)) return refuse(`member ${id} is named twice in one change`);
    touched.add(id);
    if (type === "remove" && !voters.has(id) && !learners.has(id)) return refuse(`member ${id} is not in the cluster`);
    voters.delete(id);
    learners.delete(id);
    if (type === "add-voter") voters.add(id);
    if (type === "add-learner") learners.add(id);
  }
  if (voters.size === 0) return refuse("a cluster needs at least one voter");
  return { ok: true, membership: membershipOf([...voters], [...learners]) };
}

function refuse(reason: string): MembershipChangeResult {
  return { ok: false, reason };
}

function sorted(ids: readonly NodeId[]): NodeId[] {
  return [...new Set(ids)].sort();
}
