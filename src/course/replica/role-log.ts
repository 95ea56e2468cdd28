// A replica's own log, on request (KEELSON_REPLICA_LOG): who leads, in a few lines of ASCII.
import { closeSync, mkdirSync, openSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { CourseReplica } from "./course-replica.ts";

/** One line for each change of role, term or leader. */
export class RoleLog {
  readonly #descriptor: number;
  #last = "";

  /** Begins `directory`/`id`.log anew. */
  constructor(directory: string, id: string) {
    mkdirSync(directory, { recursive: true });
    const path = join(directory, `${id}.log`);
    closeSync(openSync(path, "w"));
    this.#descriptor = openSync(path, "a");
  }

  /** Writes a line if something has changed; `now` in ms since the process started. */
  observe(replica: Pick<CourseReplica, "status" | "isMute">, now: number): void {
    const { role, term, leader = "none", commitIndex } = replica.status();
    const mute = replica.isMute ? " (mute: restarted without its past)" : "";
    const line = `${role}${mute} term=${term} leader=${leader}`;
    if (line === this.#last) return;
    this.#last = line;
    writeSync(this.#descriptor, `${(now / 1000).toFixed(3)} ${line} commit=${commitIndex}\n`);
  }
}
