// The second phase of a seed: a core of the cluster heals, and must prove that it lives. A leader, a committed write, the same log
// everywhere, and then no more elections, each within a stated bound.
import { Prng } from "../base/index.ts";
import { isJoint } from "../raft/index.ts";
import type { Decision, OutsiderState, Outsiders } from "./decisions.ts";
import { committedMembership } from "./ghost/ghost.ts";
import { linksWhere } from "./partitions.ts";
import { isQuorumOf } from "./quorums.ts";
import type { Replica } from "./replica.ts";
import { electionMs } from "./settings.ts";
import { sweep } from "./sweep.ts";
import { RuleBroken } from "./violation.ts";
import { configurationsInUse, type World } from "./world.ts";

/** How long a healed core may take to commit something and to converge, in election timeouts; and for each entry that it must move. */
const PROBE_WITHIN = 20;
const CONVERGED_WITHIN = 60;
/** With the smallest limits, an entry a round trip is what eager followers get, and an entry a heartbeat what thrifty ones get. */
const ENTRY_BY_ROUND_TRIP = 0.1;
const ENTRY_BY_HEARTBEAT = 0.6;
/** What was under way when the core healed arrives within this long, a TimeoutNow perhaps. */
const LATE_ARRIVALS = 2;
/** After such a time nothing may disturb the leader. */
const SETTLED_AFTER = 4;
const CALM = 5;

/** No other operation touches it. */
const PROBE_KEY = 65_535;

/** How quickly a healed core came back, virtual ms after healing. */
export interface Recovery {
  readonly probeAfterMs: number;
  readonly convergedAfterMs: number;
}

/** Heals a core and demands that it lives. Throws RuleBroken. */
export function proveLife(world: World, outsiders: Outsiders | undefined): Recovery {
  const healedAt = world.queue.now;
  const cut = heal(world, outsiders);
  const unit = electionMs(world.settings);
  const core = world.replicas.filter(({ excluded, retired }) => !excluded && !retired);
  const longestLog = Math.max(0, ...core.map(({ running }) => running?.node.lastIndex ?? 0));
  const uncommitted = Math.max(0, longestLog - world.watch.ghost.committed.length);
  const missing = longestLog - shortestVoterLog(world, core);
  const probeWithin = (PROBE_WITHIN + uncommitted * ENTRY_BY_ROUND_TRIP + missing * ENTRY_BY_HEARTBEAT) * unit;
  if (!world.run(probeWithin, probe(world))) {
    broken("R19 a healed core commits", `no write was committed within ${Math.round(probeWithin)} virtual ms`, world);
  }
  const probeAfterMs = world.queue.now - healedAt;
  const convergedWithin = (CONVERGED_WITHIN + longestLog * ENTRY_BY_HEARTBEAT) * unit;
  if (!world.run(convergedWithin, converged(world, core))) {
    broken("R19 a healed core converges", `logs differ ${Math.round(convergedWithin)} virtual ms later`, world);
  }
  const convergedAfterMs = world.queue.now - healedAt;
  world.run(SETTLED_AFTER * unit);
  staysCalm(world, "R19 no election without need", "nothing had happened");
  cutOffOneFollower(world, core, cut);
  sweep(world.watch.ghost, world.replicas);
  return { probeAfterMs, convergedAfterMs };
}

function staysCalm(world: World, rule: string, event: string): void {
  const term = world.leader?.running?.node.term;
  world.run(CALM * electionMs(world.settings));
  const after = world.leader?.running?.node.term;
  if (after === undefined || after !== term) broken(rule, `term ${term} became ${after} although ${event}`, world);
}

/** R20: a follower that cannot reach the leader, but all others, deposes nobody, for they hear the leader. */
function cutOffOneFollower(world: World, core: readonly Replica[], cut: readonly string[]): void {
  const { leader } = world;
  const membership = committedMembership(world.watch.ghost);
  const others = (id: string) => new Set(core.map((replica) => replica.id).filter((other) => other !== id));
  const spare = core.find(({ id }) => {
    return id !== leader?.id && membership.voters.includes(id) && isQuorumOf(membership, others(id));
  });
  if (leader === undefined || spare === undefined) return;
  world.coverage.note("followers cut off from the leader alone");
  const [one, other] = [leader.id, spare.id];
  world.perform({ at: world.queue.now, type: "partition", cut: [...cut, `${one}>${other}`, `${other}>${one}`] });
  staysCalm(world, "R20 no leader deposed without need", `${other} had merely lost touch with the leader ${one}`);
}

/** How far the log of the core's most backward voter goes: a quorum may need it, and must wait until it has caught up. */
function shortestVoterLog(world: World, core: readonly Replica[]): number {
  const { voters } = committedMembership(world.watch.ghost);
  const logs = core.filter(({ id }) => voters.includes(id)).map(({ running }) => running?.node.lastIndex ?? 0);
  return logs.length === 0 ? 0 : Math.min(...logs);
}

/** Draws who stays out: nobody in every second seed, else so many that the others are just still a quorum of everything in use. */
export function drawOutsiders(
  world: World,
  { seed, record }: { seed: string; record: Decision[] | undefined },
): Outsiders | undefined {
  const prng = new Prng(`${seed}/outsiders`);
  if (prng.chance(0.5)) return undefined;
  const states: readonly OutsiderState[] = ["down", "isolated", "deaf", "mute"];
  const nodes: { node: string; state: OutsiderState }[] = [];
  for (const { id } of prng.shuffle(world.replicas)) {
    const others = [...nodes.map(({ node }) => node), id];
    if (prng.chance(0.7) && isQuorumWithout(world, others)) nodes.push({ node: id, state: prng.pick(states) });
  }
  if (nodes.length === 0) return undefined;
  const outsiders: Outsiders = { type: "outsiders", nodes };
  record?.push(outsiders);
  return outsiders;
}

function isQuorumWithout(world: World, out: readonly string[]): boolean {
  const core = world.replicas.filter(({ id, retired }) => !retired && !out.includes(id)).map(({ id }) => id);
  return configurationsInUse(world).every((membership) => isQuorumOf(membership, new Set(core)));
}

/** Heals all but the outsiders; returns the links that stay cut. */
function heal(world: World, outsiders: Outsiders | undefined): string[] {
  const asked = outsiders?.nodes ?? [];
  const out = isQuorumWithout(
    world,
    asked.map(({ node }) => node),
  )
    ? asked
    : [];
  const inState = (state: OutsiderState) => new Set(out.filter((each) => each.state === state).map(({ node }) => node));
  const [isolated, deaf, mute] = [inState("isolated"), inState("deaf"), inState("mute")];
  const isCut = (from: string, to: string) => isolated.has(from) || isolated.has(to) || mute.has(from) || deaf.has(to);
  if (out.length > 0) world.coverage.note("liveness with outsiders");
  world.journal.tell(() => ({
    type: "annotation",
    at: world.journal.at,
    text: "heal",
    topic: "phase",
    ...(out.length > 0 && { detail: `without ${out.map(({ node, state }) => `${node} (${state})`).join(", ")}` }),
  }));
  world.journal.tell(() => ({ type: "heal", at: world.journal.at }));
  world.choices.calm();
  const cut = linksWhere(world.settings.nodes, isCut);
  world.network.heal(cut, LATE_ARRIVALS * electionMs(world.settings));
  for (const replica of world.replicas) {
    replica.calm();
    const state = out.find(({ node }) => node === replica.id)?.state;
    replica.excluded = state !== undefined;
    if (state === "down") replica.crash("any time", { downMs: 0, damage: undefined });
    else replica.start();
  }
  return cut;
}

/** A client writes until one of its writes is answered by a cluster that has committed it in the leader's own term. */
function probe(world: World): () => boolean {
  const { ghost } = world.watch;
  const unit = electionMs(world.settings);
  const before = ghost.committed.length;
  let wrote = false;
  let probes = 0;
  const ask = () => {
    const { leader } = world;
    const last = ghost.committed[ghost.committed.length - 1];
    wrote = ghost.committed.length > before && probes > 0 && last?.term === leader?.running?.node.term;
    if (wrote) return;
    const client = world.clients.find(({ isIdle }) => isIdle);
    if (
      leader !== undefined &&
      client?.invoke({ kind: "put", key: PROBE_KEY, value: `probe${++probes}` }, leader.number) === true
    ) {
      world.operations++;
    }
    world.queue.after(unit / 10, ask);
  };
  ask();
  return () => wrote;
}

/** Whether every core member holds and has applied all that is committed, and nothing else, and no change is half done (M7). */
function converged(world: World, core: readonly Replica[]): () => boolean {
  const { ghost } = world.watch;
  return () => {
    const membership = committedMembership(ghost);
    const last = ghost.committed.length;
    if (isJoint(membership) || world.leader === undefined || world.clients.some(({ isIdle }) => !isIdle)) return false;
    return core.every(({ id, running }) => {
      const isMember = membership.voters.includes(id) || membership.learners.includes(id);
      return !isMember || (running?.appliedIndex === last && running.node.lastIndex === last);
    });
  };
}

function broken(rule: string, detail: string, world: World): never {
  const states = world.replicas.map(({ id, running, retired }) => {
    if (running === undefined) return `${id} ${retired ? "lost" : "down"}`;
    const { role, term, lastIndex } = running.node;
    return `${id} ${role} of term ${term}, log to ${lastIndex}, applied ${running.appliedIndex}`;
  });
  throw new RuleBroken(
    "liveness",
    rule,
    `${detail}: ${states.join("; ")}; committed ${world.watch.ghost.committed.length}`,
  );
}
