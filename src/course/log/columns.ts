// Draws entries in columns, one for each replica, with the time on the left. Pure: entries in, lines of text out.

import type { Paint, Style } from "../terminal/index.ts";
import type { Entry, EntryCell, EntryRole } from "./entries.ts";
import { escapeControls } from "./log-line.ts";

/** How the columns look. */
export interface ColumnsOptions {
  /** The columns, from left to right. */
  readonly replicas: readonly string[];
  /** Characters in a line. */
  readonly width: number;
  readonly paint: Paint;
  /** Put the number of each entry's first event before its time, and how many heartbeats were left out before it. */
  readonly numbered?: boolean;
}

const TIME_WIDTH = 9;
const NUMBER_WIDTH = 8;
const FOLDED_WIDTH = 7;
const GAP = " │ ";
/** Narrower columns say nothing; the lines then grow longer than asked for. */
const COLUMN_WIDTH_MIN = 10;
/** A longer text is cut: it is in the log file in full. */
const CELL_LINES_MAX = 6;

/** The lines of the view: a heading, then each entry in one or more lines. */
export function* drawColumns(entries: Iterable<Entry>, options: ColumnsOptions): Generator<string> {
  const layout = new ColumnLayout(options);
  yield layout.heading();
  for (const entry of entries) yield* layout.draw(entry);
}

/** Draws entry by entry, for those who do not have them all at once. */
export class ColumnLayout {
  readonly #replicas: readonly string[];
  readonly #columnWidth: number;
  readonly #paint: Paint;
  readonly #numbered: boolean;
  readonly #headWidth: number;
  readonly #roles = new Map<string, EntryRole>();
  #lastTime = "";

  constructor({ replicas, width, paint, numbered = false }: ColumnsOptions) {
    this.#replicas = replicas;
    this.#paint = paint;
    this.#numbered = numbered;
    this.#headWidth = numbered ? NUMBER_WIDTH + FOLDED_WIDTH + TIME_WIDTH : TIME_WIDTH;
    const room = width - this.#headWidth - GAP.length * replicas.length;
    this.#columnWidth = Math.max(COLUMN_WIDTH_MIN, Math.floor(room / Math.max(1, replicas.length)));
  }

  /** The first line: what the columns are. */
  heading(): string {
    const names = this.#replicas.map((replica) => this.#paint("strong", replica.padEnd(this.#columnWidth)));
    const numbers = this.#numbered ? "event".padStart(NUMBER_WIDTH) + " ".repeat(FOLDED_WIDTH) : "";
    return [numbers + "seconds".padStart(TIME_WIDTH), ...names].join(GAP).trimEnd();
  }

  /** The lines of one entry. */
  *draw(entry: Entry): Generator<string> {
    const shownTime = this.#head(entry);
    if (entry.banner !== undefined) {
      const style = entry.type === "violation" ? "bad" : "remark";
      yield `${shownTime} ${this.#paint(style, `══ ${escapeControls(entry.banner)}`)}`;
      return;
    }
    const columns = this.#replicas.map((replica) =>
      this.#column(entry.cells.filter((cell) => cell.replica === replica)),
    );
    const height = Math.max(...columns.map((lines) => lines.length), 1);
    for (let row = 0; row < height; row++) {
      const head = row === 0 ? shownTime : " ".repeat(this.#headWidth);
      yield [head, ...columns.map((lines) => lines[row] ?? " ".repeat(this.#columnWidth))].join(GAP).trimEnd();
    }
  }

  /** What stands before the columns: the number, what was left out, the time unless it is that of the entry before. */
  #head({ at, number, folded = 0, marked = false }: Entry): string {
    const time = (at / 1000).toFixed(3).padStart(TIME_WIDTH);
    const shownTime = this.#paint("faint", time === this.#lastTime ? " ".repeat(TIME_WIDTH) : time);
    this.#lastTime = time;
    if (!this.#numbered) return shownTime;
    const shownNumber = `${marked ? ">" : ""}${number ?? ""}`.padStart(NUMBER_WIDTH);
    const shownFolded = (folded === 0 ? "" : `♥${folded}`).padStart(FOLDED_WIDTH - 1);
    return `${this.#paint(marked ? "strong" : "faint", shownNumber)}${this.#paint("faint", shownFolded)} ${shownTime}`;
  }

  /** The lines of one replica's cells, padded and painted. */
  #column(cells: readonly EntryCell[]): readonly string[] {
    return cells.flatMap((cell) => {
      if (cell.role !== undefined) this.#roles.set(cell.replica, cell.role);
      const style = styleOf(cell, this.#roles.get(cell.replica));
      const text = cell.tone === "error" ? `! ${cell.text}` : cell.text;
      return this.#fit(escapeControls(text)).map((line) => {
        const padded = line.padEnd(this.#columnWidth);
        return style === undefined ? padded : this.#paint(style, padded);
      });
    });
  }

  /** Cuts a text into lines of the column's width, between words where that wastes little. */
  #fit(text: string): readonly string[] {
    const width = this.#columnWidth;
    const lines: string[] = [];
    let rest = text.replaceAll("\t", " ").trimEnd();
    while (rest.length > width && lines.length < CELL_LINES_MAX - 1) {
      const end = lineEnd(rest, width);
      lines.push(rest.slice(0, end).trimEnd());
      rest = rest.slice(end).trimStart();
    }
    lines.push(rest.length <= width ? rest : `${rest.slice(0, width - 1)}…`);
    return lines;
  }
}

/** Where to cut a text that is longer than a line: at a space, else inside a name like AppendEntries, else at the width. */
function lineEnd(text: string, width: number): number {
  const isSpace = (end: number): boolean => text[end] === " ";
  const isInName = (end: number): boolean => /^(?:[-_/.,:]|[a-z0-9][A-Z])/.test(text.slice(end - 1, end + 1));
  for (const isBoundary of [isSpace, isInName]) {
    for (let end = width; end > width / 2; end--) if (isBoundary(end)) return end;
  }
  return width;
}

function styleOf({ tone }: EntryCell, role: EntryRole | undefined): Style | undefined {
  if (tone === "error" || tone === "lost") return "bad";
  if (tone === "runner") return "remark";
  switch (role) {
    case "leader":
      return "good";
    case "candidate":
    case "pre-candidate":
    case "paused":
      return "fair";
    case "learner":
      return "remark";
    case "dead":
      return "faint";
    default:
      return undefined;
  }
}
