// The shapes in which a network breaks, as lists of cut links ("n1>n2").
import type { Prng } from "../base/index.ts";
import type { Situation } from "./coverage.ts";

/** A shape: the links it cuts, and what it is called. */
export interface Cut {
  readonly cut: readonly string[];
  readonly situation: Situation | undefined;
}

/** Draws a shape over all nodes; `likely` is a node that matters, mostly the leader. */
export function drawCut(prng: Prng, { nodes, likely }: { nodes: readonly string[]; likely: string }): Cut {
  const one = prng.chance(0.5) ? likely : prng.pick(nodes);
  const half = drawSide(prng, nodes);
  const apart = (from: string, to: string) => half.has(from) !== half.has(to);
  const bridge = prng.pick(nodes);
  const shape = prng.pick(["heal", "split", "split", "isolate", "deaf", "mute", "one-way", "bridge", "ring"] as const);
  switch (shape) {
    case "heal":
      return { cut: [], situation: undefined };
    case "split":
      return { cut: linksWhere(nodes, apart), situation: "partitions" };
    case "isolate":
      return { cut: linksWhere(nodes, (from, to) => from === one || to === one), situation: "partitions" };
    case "deaf":
      return { cut: linksWhere(nodes, (_from, to) => to === one), situation: "partitions in one direction" };
    case "mute":
      return { cut: linksWhere(nodes, (from) => from === one), situation: "partitions in one direction" };
    case "one-way":
      return {
        cut: linksWhere(nodes, (from, to) => apart(from, to) && half.has(from)),
        situation: "partitions in one direction",
      };
    case "bridge":
      return {
        cut: linksWhere(nodes, (from, to) => apart(from, to) && from !== bridge && to !== bridge),
        situation: "partitions with a bridge",
      };
    case "ring":
      return {
        cut: linksWhere(nodes, (from, to) => !areNeighbours(nodes, from, to)),
        situation: "partitions in a ring",
      };
  }
}

/** The links for which `isCut` holds. */
export function linksWhere(nodes: readonly string[], isCut: (from: string, to: string) => boolean): string[] {
  return nodes.flatMap((from) => nodes.filter((to) => to !== from && isCut(from, to)).map((to) => `${from}>${to}`));
}

/** Half of the time a side of any size, otherwise every node falls on either side. */
function drawSide(prng: Prng, nodes: readonly string[]): ReadonlySet<string> {
  if (prng.chance(0.5)) return new Set(nodes.filter(() => prng.chance(0.5)));
  return new Set(prng.shuffle(nodes).slice(0, prng.integer({ from: 1, to: nodes.length })));
}

function areNeighbours(nodes: readonly string[], from: string, to: string): boolean {
  const distance = Math.abs(nodes.indexOf(from) - nodes.indexOf(to));
  return distance === 1 || distance === nodes.length - 1;
}
