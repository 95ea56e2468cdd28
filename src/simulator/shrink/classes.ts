// Removes decisions: whole classes at once, then whatever else is not needed.
import type { Decision } from "../decisions.ts";
import { removeParts } from "./remove-parts.ts";
import type { Search, Steps } from "./search.ts";

/** Decisions of one kind, by the first words of their description. */
type Selects = (decision: Decision) => boolean;

/** The largest classes first: all that goes with them need not be tried again. */
const CLASSES: readonly Selects[] = [
  () => true,
  ({ type }) => type === "message" || type === "slow",
  ({ type }) => type !== "operation" && type !== "outsiders",
  ({ type }) => type === "message",
  (decision) => decision.type === "message" && decision.arrivesAfter.length === 0,
  (decision) => decision.type === "message" && decision.arrivesAfter.length > 1,
  (decision) => decision.type === "message" && decision.link.includes("c"),
  ({ type }) => type === "slow",
  ({ type }) => type === "sync-error" || type === "die",
  ({ type }) => type === "crash",
  ({ type }) => type === "partition" || type === "clog",
  ({ type }) => type === "pause",
  ({ type }) => type === "wipe",
  ({ type }) => type === "membership",
  ({ type }) => type === "transfer" || type === "campaign",
  (decision) => decision.type === "operation" && decision.request.kind === "get",
  (decision) => decision.type === "operation" && decision.request.kind !== "get",
  ({ type }) => type === "outsiders",
];

/** Removes classes that the failure does not need, as long as that helps. */
export function* removeClasses(search: Search): Steps<void> {
  for (const selects of CLASSES) {
    const { decisions } = search.best;
    const rest = decisions.filter((decision) => !selects(decision));
    if (rest.length < decisions.length) yield* search.attemptDecisions(rest);
  }
}

/** Removes decisions until every one that is left is needed. */
export function* removeDecisions(search: Search): Steps<void> {
  yield* removeParts(
    () => search.best.decisions,
    (rest) => search.attemptDecisions(rest),
  );
}
