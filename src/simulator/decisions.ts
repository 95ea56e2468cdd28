// A run as a list of decisions: everything that the seed chose after the settings, as plain JSON.
//
// A run is determined by its settings, its seed (election timeouts come from each node's own generator) and its decisions. Every
// decision departs from a default: without decisions nobody asks anything, nothing fails, and every message takes `delayMs`. So any list
// can be replayed, with any of its decisions left out: what has no decision takes the default, and a decision about something that
// does not come about (the 90th message on a link that carries 50) is passed over.
import type { MembershipChange } from "../raft/index.ts";
import type { WriteKind } from "./store/command.ts";

/** What a client asks. A cas writes `value` if the key holds `expected`. */
export interface OperationRequest {
  readonly kind: "get" | WriteKind;
  readonly key: number;
  readonly value?: string;
  readonly expected?: string;
}

/** Something that happens at a time, in the safety phase. Nodes and clients by name ("n1", "c1"); times in virtual ms. */
export type Action = { readonly at: number } & (
  | { readonly type: "operation"; readonly client: string; readonly node: string; readonly request: OperationRequest }
  /** The process dies, and starts again after `downMs`. `damage` seeds what becomes of un-synced writes; absent: they are lost. */
  | { readonly type: "crash"; readonly node: string; readonly downMs: number; readonly damage?: number }
  /** The process dies and its disk with it; the id never comes back. */
  | { readonly type: "wipe"; readonly node: string }
  | { readonly type: "pause"; readonly node: string; readonly ms: number }
  /** From now on exactly these links ("n1>n2") carry nothing; the empty list heals the network. */
  | { readonly type: "partition"; readonly cut: readonly string[] }
  /** What is sent on the link arrives only when the clog ends. */
  | { readonly type: "clog"; readonly link: string; readonly ms: number }
  | { readonly type: "membership"; readonly node: string; readonly changes: readonly MembershipChange[] }
  | { readonly type: "transfer"; readonly node: string; readonly target: string }
  | { readonly type: "campaign"; readonly node: string }
);

/** The places between two steps of a Ready at which a process can die. */
export type Boundary =
  | "before sending"
  | "before persisting"
  | "after persisting"
  | "before applying"
  | "after applying";

/** The steps of a replica's shell that take time. */
export type Step = "sync" | "apply";

/** Something that befalls the n-th thing of its kind, counted from 1 over the whole run. */
export type Incident =
  /** The n-th message on a link arrives after these many ms, once for each; the empty list: it is lost. */
  | { readonly type: "message"; readonly link: string; readonly n: number; readonly arrivesAfter: readonly number[] }
  /** The node's n-th sync or apply takes this long. */
  | { readonly type: "slow"; readonly node: string; readonly step: Step; readonly n: number; readonly ms: number }
  /** The node's n-th sync fails, and the process stops. */
  | {
      readonly type: "sync-error";
      readonly node: string;
      readonly n: number;
      readonly downMs: number;
      readonly damage?: number;
    }
  /** The process dies when it passes this boundary for the n-th time. */
  | {
      readonly type: "die";
      readonly node: string;
      readonly boundary: Boundary;
      readonly n: number;
      readonly downMs: number;
      readonly damage?: number;
    };

/**
 * How the liveness phase begins: these nodes stay out of it, the others are healed. It is passed over when the others would not be a
 * quorum of every configuration in use.
 */
export interface Outsiders {
  readonly type: "outsiders";
  /** down: does not run. isolated: neither heard nor hearing. deaf: heard, not hearing. mute: hearing, not heard. */
  readonly nodes: readonly { readonly node: string; readonly state: OutsiderState }[];
}

export type OutsiderState = "down" | "isolated" | "deaf" | "mute";

/** One choice that departs from the default. */
export type Decision = Action | Incident | Outsiders;
