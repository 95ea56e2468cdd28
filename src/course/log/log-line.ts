// The merged log of a run: text with fixed columns, one line each, so that people can read, tail and grep it and programs can read it
// back. Pure. See docs/course-log.md.

/** A replica's part in the run, as far as the runner knows: the leader is whom the last message named. */
export type LogRole = "leader" | "follower" | "paused" | "dead";

/** Where a line came from: a replica's standard output or error, or the runner itself. */
export type LogSource = "out" | "err" | "run";

/** One line of the merged log. */
export interface LogLine {
  /** In ms since the run began. */
  readonly at: number;
  /** Whom it is about; undefined when it is about the whole run. */
  readonly replica: string | undefined;
  /** The replica's role at that time; undefined when the line is about no replica. */
  readonly role: LogRole | undefined;
  readonly source: LogSource;
  /** What was printed; of the runner's lines, the kind of event and then its details. */
  readonly text: string;
}

/** The first line of every merged log. */
export const LOG_HEADER = "# keelson course log 1: seconds, replica, role, source, text";

/** Stands for "no replica" and "no role". */
const NOBODY = "-";

/** A log line as text without its end of line. Control characters come out escaped, so a replica cannot forge lines. */
export function formatLogLine({ at, replica, role, source, text }: LogLine): string {
  const seconds = (at / 1000).toFixed(6).padStart(10);
  return `${seconds} ${(replica ?? NOBODY).padEnd(4)} ${(role ?? NOBODY).padEnd(8)} ${source} ${escapeControls(text)}`;
}

const LINE =
  /^ *(?<seconds>\d+\.\d{6}) (?<replica>\S+) +(?<role>leader|follower|paused|dead|-) +(?<source>out|err|run) (?<text>.*)$/;

/** Reads a line back; undefined when it is not a line of a merged log. */
export function parseLogLine(line: string): LogLine | undefined {
  const groups = LINE.exec(line)?.groups;
  if (groups === undefined) return undefined;
  const { seconds = "", replica = "", role = "", source = "", text = "" } = groups;
  return {
    at: Math.round(Number(seconds) * 1_000_000) / 1000,
    replica: replica === NOBODY ? undefined : replica,
    // The expression above admits nothing else.
    role: role === NOBODY ? undefined : (role as LogRole),
    source: source as LogSource,
    text,
  };
}

/** Control characters (but not tabs) and the marks that turn the direction of text, as \xNN or \uNNNN. */
export function escapeControls(text: string): string {
  return text.replace(/[^\P{Cc}\t]|[\u2028-\u202e\u2066-\u2069]/gu, (character) => {
    const code = character.charCodeAt(0).toString(16);
    return code.length <= 2 ? `\\x${code.padStart(2, "0")}` : `\\u${code}`;
  });
}
