// Which entries the column view shows. Pure.

import type { Entry } from "./entries.ts";

/** What to show; undefined fields let everything pass. */
export interface LogSelection {
  readonly replicas?: readonly string[] | undefined;
  readonly types?: readonly string[] | undefined;
  /** In seconds since the run began, both included. */
  readonly fromSeconds?: number | undefined;
  readonly toSeconds?: number | undefined;
}

/** The entries that are wanted, without the cells that are not. Banners are about every replica, so they always pass that filter. */
export function select(entries: readonly Entry[], selection: LogSelection): readonly Entry[] {
  const { replicas, types, fromSeconds = -Infinity, toSeconds = Infinity } = selection;
  return entries.flatMap((entry) => {
    const seconds = entry.at / 1000;
    if (seconds < fromSeconds || seconds > toSeconds) return [];
    if (types !== undefined && !types.includes(entry.type)) return [];
    const cells =
      replicas === undefined ? entry.cells : entry.cells.filter(({ replica }) => replicas.includes(replica));
    return cells.length === 0 && entry.banner === undefined ? [] : [{ ...entry, cells }];
  });
}
