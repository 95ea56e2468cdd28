// Reads EDN, the notation of Clojure's values: https://github.com/edn-format/edn. Tolerant where histories are: a tag, a record's
// name or metadata is read over, and what stands for no plain value (a symbol, a regular expression) becomes its text.

import { HistoryFormatError, quoted } from "./format-error.ts";

/** A value as it was written. Keywords keep their colon, so that `:a` and `"a"` differ. */
export type EdnValue =
  | { readonly kind: "nil" }
  | { readonly kind: "boolean"; readonly value: boolean }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "string"; readonly value: string }
  | { readonly kind: "keyword"; readonly name: string }
  /** A symbol, character, ratio, big or special number: told apart by its text. */
  | { readonly kind: "token"; readonly text: string }
  | { readonly kind: "vector" | "list" | "set"; readonly items: readonly EdnValue[]; readonly line: number }
  | { readonly kind: "map"; readonly entries: readonly (readonly [EdnValue, EdnValue])[]; readonly line: number };

/** Values nest at most so deep, so that no file can exhaust the stack. */
const DEPTH_MAX = 200;

const WHITESPACE = /[\s,]/;
/** What ends a token. */
const DELIMITER = /[\s,"()[\]{};]/;
const CLOSING: Readonly<Record<string, string>> = { "[": "]", "(": ")", "{": "}" };
const INTEGER = /^[+-]?\d+N?$/;
const FLOAT = /^[+-]?\d+(\.\d*)?([eE][+-]?\d+)?M?$/;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f", '"': '"', "\\": "\\" };

/** Reads the values of a text one after another. Every method throws HistoryFormatError at what is no EDN. */
export class EdnReader {
  readonly #text: string;
  #at = 0;
  #line: number;
  #depth = 0;

  /** `firstLine` is the number of the text's first line in its file. */
  constructor(text: string, { firstLine = 1 }: { readonly firstLine?: number } = {}) {
    this.#text = text;
    this.#line = firstLine;
  }

  /** The next value with the line where it begins; undefined at the end of the text. */
  next(): { readonly value: EdnValue; readonly line: number } | undefined {
    if (!this.#skip()) return undefined;
    const line = this.#line;
    return { value: this.#value(), line };
  }

  /** Passes whitespace, comments and discarded values; false at the end. */
  #skip(): boolean {
    while (this.#at < this.#text.length) {
      const char = this.#text[this.#at] ?? "";
      if (char === ";") this.#skipLine();
      else if (char === "#" && this.#text[this.#at + 1] === "_") this.#discard();
      else if (WHITESPACE.test(char)) this.#advance(char);
      else return true;
    }
    return false;
  }

  #advance(char: string): void {
    if (char === "\n") this.#line += 1;
    this.#at += 1;
  }

  #skipLine(): void {
    const end = this.#text.indexOf("\n", this.#at);
    this.#at = end === -1 ? this.#text.length : end;
  }

  #discard(): void {
    this.#at += 2;
    this.#required("the value after #_");
  }

  #required(what: string): EdnValue {
    if (!this.#skip()) throw this.#error(`the text ends before ${what}`);
    return this.#value();
  }

  #value(): EdnValue {
    this.#depth += 1;
    if (this.#depth > DEPTH_MAX) throw this.#error(`nested deeper than ${DEPTH_MAX}`);
    const value = this.#valueAt(this.#text[this.#at] ?? "");
    this.#depth -= 1;
    return value;
  }

  #valueAt(char: string): EdnValue {
    switch (char) {
      case "[":
        return this.#sequence("vector");
      case "(":
        return this.#sequence("list");
      case "{":
        return this.#map();
      case '"':
        return { kind: "string", value: this.#string() };
      case "#":
        return this.#dispatch();
      case "^": {
        this.#at += 1;
        this.#required("metadata");
        return this.#required("the value that metadata is about");
      }
      case "'":
      case "`":
      case "@":
        this.#at += 1;
        return this.#required("the quoted value");
      case "\\":
        return this.#character();
      case "]":
      case ")":
      case "}":
        throw this.#error(`${quoted(char)} closes nothing`);
      default:
        return tokenValue(this.#token());
    }
  }

  #sequence(kind: "vector" | "list" | "set"): EdnValue {
    const line = this.#line;
    return { kind, items: this.#items(), line };
  }

  #map(): EdnValue {
    const line = this.#line;
    const items = this.#items();
    if (items.length % 2 !== 0) throw new HistoryFormatError(line, "a map has a key without a value");
    const entries: (readonly [EdnValue, EdnValue])[] = [];
    for (let index = 0; index + 1 < items.length; index += 2) {
      const [key, value] = [items[index], items[index + 1]];
      if (key !== undefined && value !== undefined) entries.push([key, value]);
    }
    return { kind: "map", entries, line };
  }

  /** The values up to the bracket that closes the one here. */
  #items(): EdnValue[] {
    const [opening, line] = [this.#text[this.#at] ?? "", this.#line];
    const closing = CLOSING[opening];
    const items: EdnValue[] = [];
    this.#at += 1;
    for (;;) {
      if (!this.#skip()) throw new HistoryFormatError(line, `${quoted(opening)} is never closed`);
      if (this.#text[this.#at] === closing) break;
      items.push(this.#value());
    }
    this.#at += 1;
    return items;
  }

  #string(): string {
    const line = this.#line;
    const parts: string[] = [];
    let begin = this.#at + 1;
    for (let at = begin; at < this.#text.length; at++) {
      const char = this.#text[at];
      if (char === "\n") this.#line += 1;
      if (char === '"') {
        parts.push(this.#text.slice(begin, at));
        this.#at = at + 1;
        return parts.join("");
      }
      if (char !== "\\") continue;
      const { text, length } = this.#escape(at + 1);
      parts.push(this.#text.slice(begin, at), text);
      at += length;
      begin = at + 1;
    }
    throw new HistoryFormatError(line, "a string is never closed");
  }

  /** The escape whose letter is at `at`, and its length after the backslash. Unknown ones stand for themselves. */
  #escape(at: number): { readonly text: string; readonly length: number } {
    const letter = this.#text[at] ?? "";
    if (letter === "u") {
      const digits = this.#text.slice(at + 1, at + 5);
      if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#error(`"\\u" needs four hexadecimal digits`);
      return { text: String.fromCharCode(Number.parseInt(digits, 16)), length: 5 };
    }
    return { text: ESCAPES[letter] ?? letter, length: letter === "" ? 0 : 1 };
  }

  /** What begins with "#": a set, a regular expression, a special number, or a tag that is read over. */
  #dispatch(): EdnValue {
    this.#at += 1;
    const char = this.#text[this.#at] ?? "";
    if (char === "{") return this.#sequence("set");
    if (char === '"') return { kind: "token", text: `#${JSON.stringify(this.#string())}` };
    if (char === "#") {
      this.#at += 1;
      return { kind: "token", text: `##${this.#token()}` };
    }
    if (char === "'") {
      this.#at += 1;
      return this.#required("the quoted value");
    }
    const tag = this.#token();
    return this.#required(`the value of the tag ${quoted(`#${tag}`)}`);
  }

  #character(): EdnValue {
    // The character may itself be a delimiter: \( or \space.
    const begin = this.#at;
    this.#at += 2;
    while (this.#at < this.#text.length && !DELIMITER.test(this.#text[this.#at] ?? "")) this.#at += 1;
    return { kind: "token", text: this.#text.slice(begin, this.#at) };
  }

  #token(): string {
    const begin = this.#at;
    while (this.#at < this.#text.length && !DELIMITER.test(this.#text[this.#at] ?? "")) this.#at += 1;
    if (this.#at === begin) throw this.#error(`${quoted(this.#text[begin] ?? "")} begins no value`);
    return this.#text.slice(begin, this.#at);
  }

  #error(reason: string): HistoryFormatError {
    return new HistoryFormatError(this.#line, reason);
  }
}

function tokenValue(text: string): EdnValue {
  if (text === "nil") return { kind: "nil" };
  if (text === "true" || text === "false") return { kind: "boolean", value: text === "true" };
  if (text.startsWith(":")) return { kind: "keyword", name: text };
  if (INTEGER.test(text) || FLOAT.test(text)) return numberValue(text);
  return { kind: "token", text };
}

/** A number that a double cannot hold exactly stays a text, so that no two of them become equal. */
function numberValue(text: string): EdnValue {
  const value = Number(text.replace(/[NM]$/, ""));
  const exact = Number.isSafeInteger(value) || (!Number.isInteger(value) && Number.isFinite(value));
  return exact ? { kind: "number", value } : { kind: "token", text };
}
