// Cuts what a replica prints into lines. Pure: pieces in, whole lines out.

/** A line longer than this is cut; the rest is counted, not kept. */
export const LINE_CHARACTERS_MAX = 4000;

/** Lines by which a replica tells its inner state may be longer: cut, they would tell nothing. */
const TOLD_CHARACTERS_MAX = 64 * 1024;
const TOLD_BEGINNING = '{"keelson"';

/** Puts a stream's pieces together again into lines, with bounded memory. */
export class LineSplitter {
  #rest = "";
  #leftOut = 0;

  /** Takes the next piece; returns the lines that it completes, without their ends. */
  push(piece: string): readonly string[] {
    const parts = piece.split("\n");
    const last = parts.pop() ?? "";
    const lines = parts.map((part) => {
      this.#append(part);
      return this.#take();
    });
    this.#append(last);
    return lines;
  }

  /** What was printed after the last end of line; undefined when that is nothing. */
  end(): string | undefined {
    return this.#rest === "" ? undefined : this.#take();
  }

  #append(text: string): void {
    const isTold = this.#rest === "" ? text.startsWith(TOLD_BEGINNING) : this.#rest.startsWith(TOLD_BEGINNING);
    const room = (isTold ? TOLD_CHARACTERS_MAX : LINE_CHARACTERS_MAX) - this.#rest.length;
    this.#rest += text.slice(0, room);
    this.#leftOut += Math.max(0, text.length - room);
  }

  #take(): string {
    const line = this.#rest.endsWith("\r") ? this.#rest.slice(0, -1) : this.#rest;
    const note = this.#leftOut === 0 ? "" : ` ... (${this.#leftOut} characters left out)`;
    this.#rest = "";
    this.#leftOut = 0;
    return line + note;
  }
}
