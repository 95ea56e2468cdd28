// The process groups of living replicas, so that none of them outlives this program, in whatever way it ends. Process shell.
import { type ChildProcess, spawn } from "node:child_process";

const living = new Set<number>();

/**
 * Reads "+PID" and "-PID" lines, and when they end, which is when this program does, kills the groups that are left. It is no process of
 * the terminal's group: what ends this program at the keyboard does not end it.
 */
const WATCHMAN = `
trap '' INT TERM HUP
living=' '
while read -r line; do
  pid=\${line#?}
  case $line in
    +*) living="$living$pid " ;;
    -*) living="\${living%% $pid *} \${living#* $pid }" ;;
  esac
done
for pid in $living; do kill -s KILL -- "-$pid" 2>/dev/null; done`;

let watchman: ChildProcess | undefined;

/** Notes a group, named by the process that leads it. */
export function addGroup(pid: number): void {
  living.add(pid);
  watchman ??= startWatchman();
  watchman.stdin?.write(`+${pid}\n`);
}

/** Ends what is left of a group, now that its leader has ended: it must not outlive the replica, nor keep its pipes open. */
export function dissolveGroup(pid: number): void {
  if (!living.delete(pid)) return;
  signalGroup(pid, "SIGKILL");
  watchman?.stdin?.write(`-${pid}\n`);
}

/** Kills every replica that this program started, at once. For signals and the end of the program. */
export function killAllReplicas(): void {
  for (const pid of living) signalGroup(pid, "SIGKILL");
}

/** Signals all processes of a group; a group that is gone already is all right. */
export function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // The group is gone already.
  }
}

/** Where there is no shell, replicas outlive a program that was ended by SIGKILL, and nothing else changes. */
function startWatchman(): ChildProcess {
  const child = spawn("/bin/sh", ["-c", WATCHMAN], { stdio: ["pipe", "ignore", "ignore"], detached: true });
  child.on("error", () => {});
  child.stdin?.on("error", () => {});
  child.unref();
  return child;
}
