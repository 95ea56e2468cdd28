// What the events of a config do to the world: kills, restarts, pauses, partitions.
import { unreachable } from "../../base/index.ts";
import type { TraceEvent } from "../../trace/index.ts";
import { type Address, NO_LEADER } from "../protocol.ts";
import type { Clients } from "./clients.ts";
import type { Side, Target } from "./config.ts";
import type { Fleet } from "./fleet.ts";
import type { Network } from "./network.ts";
import type { ScheduledEvent } from "./schedule.ts";
import type { Counts } from "./statistics.ts";
import type { Remark } from "./verdicts.ts";

/** What events act on: the world, as far as they know it. */
export interface Stage<Packet> {
  readonly fleet: Fleet<Packet>;
  readonly network: Network<Packet>;
  readonly clients: Clients<Packet>;
  readonly counts: Counts;
  readonly observe: ((event: TraceEvent) => void) | undefined;
  /** Whom the last heard message named as the leader. */
  leader: Address;
  kill(replica: Address, now: number): void;
  remark(remark: Remark): void;
}

/** Applies one event; `order` is its seeded order of preference among the replicas. */
export function applyEvent<Packet>(world: Stage<Packet>, { event, order }: ScheduledEvent, now: number): void {
  switch (event.type) {
    case "kill_leader":
      killTarget(world, { target: "leader", order, name: event.type }, now);
      return world.clients.forgetLeader();
    case "kill_non_leader":
      return killTarget(world, { target: "non_leader", order, name: event.type }, now);
    case "kill":
      return killTarget(world, { target: event.replica, order, name: event.type }, now);
    case "restart":
      return restart(world, chosen(world, event.replica, order) ?? world.fleet.killed(), now);
    case "pause":
      return setPaused(world, chosen(world, event.replica, order) ?? [], { paused: true, now });
    case "resume":
      return setPaused(world, chosen(world, event.replica, order) ?? world.fleet.paused(), { paused: false, now });
    case "part_easy":
      return partition(world, { order, keepLeader: true }, now);
    case "part_hard":
      partition(world, { order, keepLeader: false }, now);
      world.leader = NO_LEADER;
      return world.clients.forgetLeader();
    case "part_oneway":
      return cut(world, { from: event.from, to: event.to, order }, now);
    case "part_end":
      return world.network.heal(now);
    default:
      return unreachable(event);
  }
}

function killTarget<Packet>(
  world: Stage<Packet>,
  { target, order, name }: { target: Target; order: readonly Address[]; name: string },
  now: number,
): void {
  const victim = resolve(world, target, order);
  if (victim === undefined || !world.fleet.isLiving(victim)) {
    const why =
      target === "leader" ? `the last message named "${world.leader}" as the leader` : "no such replica lives";
    const text = `${name} found nobody to kill: ${why}`;
    return world.remark({ severity: "warning", code: "nothing-to-kill", at: now, text });
  }
  world.counts.killed++;
  world.kill(victim, now);
}

function restart<Packet>(world: Stage<Packet>, replicas: readonly Address[], now: number): void {
  for (const replica of replicas.filter((id) => world.fleet.killed().includes(id))) {
    world.counts.restarted++;
    world.fleet.restart(replica);
    world.observe?.({ type: "restart", at: now, replica });
  }
}

function setPaused<Packet>(
  world: Stage<Packet>,
  replicas: readonly Address[],
  { paused, now }: { paused: boolean; now: number },
): void {
  for (const replica of replicas.filter((id) => world.fleet.isLiving(id) && world.fleet.isPaused(id) !== paused)) {
    world.fleet.setPaused(replica, paused);
    world.observe?.({ type: paused ? "pause" : "resume", at: now, replica });
  }
}

/** A bare majority, chosen by the seeded order; `keepLeader` puts the known leader into it. */
function partition<Packet>(
  world: Stage<Packet>,
  { order, keepLeader }: { order: readonly Address[]; keepLeader: boolean },
  now: number,
): void {
  const size = Math.floor(order.length / 2) + 1;
  const first = keepLeader && order.includes(world.leader) ? [world.leader] : [];
  const others = order.filter((id) => !first.includes(id));
  world.network.partition([...first, ...others].slice(0, size), now);
}

function cut<Packet>(
  world: Stage<Packet>,
  { from, to, order }: { from: Side; to: Side; order: readonly Address[] },
  now: number,
): void {
  const senders = members(world, from, order);
  const receivers = members(world, to, order);
  const sendersOrRest = senders ?? order.filter((id) => !(receivers ?? []).includes(id));
  const receiversOrRest = receivers ?? order.filter((id) => !sendersOrRest.includes(id));
  const links = sendersOrRest.flatMap((sender) =>
    receiversOrRest.filter((receiver) => receiver !== sender).map((receiver) => ({ from: sender, to: receiver })),
  );
  world.network.cut(links, now);
}

/** The replicas of one side; undefined stands for "others". */
function members<Packet>(world: Stage<Packet>, side: Side, order: readonly Address[]): Address[] | undefined {
  if (side === "others") return undefined;
  return side.flatMap((target) => resolve(world, target, order) ?? []);
}

function chosen<Packet>(
  world: Stage<Packet>,
  target: Target | undefined,
  order: readonly Address[],
): Address[] | undefined {
  if (target === undefined) return undefined;
  const replica = resolve(world, target, order);
  return replica === undefined ? [] : [replica];
}

/** Who a target is at this moment; undefined when there is nobody. */
function resolve<Packet>(world: Stage<Packet>, target: Target, order: readonly Address[]): Address | undefined {
  switch (target) {
    case "leader":
      return order.includes(world.leader) ? world.leader : undefined;
    case "non_leader":
      return order.find((id) => id !== world.leader && world.fleet.isLiving(id));
    default:
      return target;
  }
}
