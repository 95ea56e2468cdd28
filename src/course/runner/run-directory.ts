// The directory of one run: made, cleared of an earlier run's state, and claimed, so that two runs never mix their files.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

/** Where replicas that may be restarted keep their state, one folder each. */
export const STATE_FOLDER = "state";

/** Holds the process id of the runner that writes to the directory; gone when the run is over. */
const CLAIM_FILE = "running.pid";

/** A directory that cannot be used, in one line for its user. */
export class RunDirectoryError extends Error {
  override readonly name = "RunDirectoryError";
}

/** Makes the directory and claims it. Throws RunDirectoryError when it cannot be made, or a run that still goes on has it. */
export function claimDirectory(directory: string): void {
  const holder = livingHolder(directory);
  if (holder !== undefined) {
    throw new RunDirectoryError(`${directory} is in use by a run of process ${holder}; name another with --out`);
  }
  inDirectory(() => {
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, CLAIM_FILE), `${process.pid}\n`);
    rmSync(path.join(directory, STATE_FOLDER), { recursive: true, force: true });
  });
}

/** Does something with files; what the file system refuses is thrown as RunDirectoryError. */
export function inDirectory<T>(action: () => T): T {
  try {
    return action();
  } catch (error) {
    throw new RunDirectoryError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Gives a claimed directory free. */
export function releaseDirectory(directory: string): void {
  rmSync(path.join(directory, CLAIM_FILE), { force: true });
}

/** The process that claims the directory, unless it has ended without saying so. */
function livingHolder(directory: string): number | undefined {
  let pid: number;
  try {
    pid = Number(readFileSync(path.join(directory, CLAIM_FILE), "utf8"));
  } catch {
    return undefined;
  }
  return Number.isInteger(pid) && pid > 0 && isLiving(pid) ? pid : undefined;
}

function isLiving(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // A process of another user may not be signalled, but lives.
    return error instanceof Error && "code" in error && error.code === "EPERM";
  }
}
