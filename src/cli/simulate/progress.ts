// Shows a campaign while it goes on: a bar on a terminal, otherwise now and then a plain line. Owns a timer.

/** Where the display goes; standard error in practice. */
export interface DisplayStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** How far a campaign is. */
export interface CampaignProgress {
  readonly runs: number;
  /** undefined: only time limits it. */
  readonly total: number | undefined;
  readonly failing: number;
  readonly virtualMs: number;
  /** Wall time since it began, and how long it may take, if that is limited. */
  readonly elapsedMs: number;
  readonly limitMs: number | undefined;
}

const REDRAW_MS = 200;
const PLAIN_LINE_MS = 10_000;
const BAR_WIDTH = 24;
const CLEAR_LINE = "\r\u001b[K";

/** A display of one campaign; `close` it in the end. */
export class CampaignDisplay {
  readonly #stream: DisplayStream;
  readonly #progress: () => CampaignProgress;
  readonly #timer: NodeJS.Timeout;

  constructor(stream: DisplayStream, progress: () => CampaignProgress) {
    this.#stream = stream;
    this.#progress = progress;
    const isLive = stream.isTTY === true;
    this.#timer = setInterval(() => this.#tell(), isLive ? REDRAW_MS : PLAIN_LINE_MS);
    this.#timer.unref();
  }

  /** Prints a line, or several, that stays. */
  print(text: string): void {
    this.#clear();
    this.#stream.write(`${text}\n`);
  }

  close(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #tell(): void {
    const progress = this.#progress();
    const text = formatProgress(progress);
    if (this.#stream.isTTY !== true) {
      this.#stream.write(`${text}\n`);
      return;
    }
    const width = (this.#stream.columns ?? 80) - 1;
    const bar = formatBar(shareDone(progress), width - text.length);
    this.#stream.write(`${CLEAR_LINE}${(bar + text).slice(0, width)}`);
  }

  #clear(): void {
    if (this.#stream.isTTY === true) this.#stream.write(CLEAR_LINE);
  }
}

/** A bar with what sets it apart, in at most `width` columns; nothing where there is no room for one. */
function formatBar(share: number, width: number): string {
  const length = Math.min(BAR_WIDTH, width - "[]  ".length);
  return length < BAR_WIDTH / 4 ? "" : `[${"#".repeat(Math.floor(share * length)).padEnd(length, ".")}]  `;
}

/** The figures beside the bar. */
function formatProgress(progress: CampaignProgress): string {
  const { runs, total, failing, virtualMs, elapsedMs } = progress;
  const seconds = elapsedMs / 1000;
  const share = shareDone(progress);
  const left = share === 0 ? "" : `, ${formatDuration((elapsedMs / share) * (1 - share))} left`;
  return [
    `${runs}${total === undefined ? "" : `/${total}`} runs`,
    `${seconds === 0 ? 0 : (runs / seconds).toFixed(1)}/s`,
    `${elapsedMs === 0 ? 0 : Math.round(virtualMs / elapsedMs)}x real time`,
    `${failing} failing`,
    `${formatDuration(elapsedMs)}${left}`,
  ].join("  ");
}

/** 0 .. 1, by runs or by time, whichever ends the campaign first. */
function shareDone({ runs, total, elapsedMs, limitMs }: CampaignProgress): number {
  const byRuns = total === undefined ? 0 : runs / total;
  return Math.min(1, Math.max(byRuns, limitMs === undefined ? 0 : elapsedMs / limitMs));
}

/** As 0:07, 12:34 or 1:02:03. */
export function formatDuration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor((seconds % 3600) / 60)];
  const tail = String(seconds % 60).padStart(2, "0");
  return hours === 0 ? `${minutes}:${tail}` : `${hours}:${String(minutes).padStart(2, "0")}:${tail}`;
}
