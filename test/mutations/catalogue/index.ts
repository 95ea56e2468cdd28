// All planted bugs, in the order of their numbers, and the controls.
import { isHeldBack, type PlantedBug } from "../planted-bug.ts";
import { electionBugs } from "./elections.ts";
import { inventedBugs } from "./inventions.ts";
import { membershipBugs } from "./memberships.ts";
import { readBugs } from "./reads.ts";
import { replicationBugs } from "./replication.ts";
import { shellBugs } from "./shells.ts";
import { snapshotBugs } from "./snapshots.ts";

export { controls } from "./controls.ts";

export const plantedBugs: readonly PlantedBug[] = [
  ...electionBugs,
  ...replicationBugs,
  ...membershipBugs,
  ...readBugs,
  ...snapshotBugs,
  ...shellBugs,
  ...inventedBugs,
].sort((one, other) => one.number - other.number);

/** Whom faults and oracles may be tuned on. */
export const openBugs: readonly PlantedBug[] = plantedBugs.filter((bug) => !isHeldBack(bug));
