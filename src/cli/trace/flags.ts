// The flags that the commands on traces share.
import { type Command, InvalidArgumentError } from "commander";
import { ConfigError, listOf, type ValueParser } from "../flags.ts";
import type { PrintFilter } from "./print-filter.ts";

/** Accepts a time: seconds, or a number with its unit, s or ms. Gives ms. */
const time: ValueParser<number> = (text) => {
  const match = /^(?<number>\d+(?:\.\d+)?|\.\d+)(?<unit>ms|s)?$/.exec(text);
  const { number, unit = "s" } = match?.groups ?? {};
  if (number === undefined)
    throw new InvalidArgumentError("Allowed: seconds, 0 or more, or a number with its unit: 12.5, 12.5s, 800ms.");
  return unit === "ms" ? Number(number) : Number(number) * 1000;
};

/** Accepts a term or a range of terms, both ends included. */
const terms: ValueParser<{ readonly from: number; readonly to: number }> = (text) => {
  const match = /^(?<from>\d+)(?:\.\.(?<to>\d+))?$/.exec(text);
  const { from, to = from } = match?.groups ?? {};
  if (from === undefined || Number(to) < Number(from)) {
    throw new InvalidArgumentError("Allowed: a term, or two with .. between them: 5, 5..7.");
  }
  return { from: Number(from), to: Number(to) };
};

/** Accepts names of anything, separated by commas. */
function names(words: string): ValueParser<readonly string[]> {
  return listOf({ pattern: /./, words });
}

/** The values of the flags that `addFilterOptions` adds. */
export interface FilterOptions {
  readonly node?: readonly string[];
  readonly type?: readonly string[];
  readonly message?: readonly string[];
  readonly term?: { readonly from: number; readonly to: number };
  readonly key?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  readonly all: boolean;
}

/** Adds the flags by which events are chosen. */
export function addFilterOptions(command: Command): Command {
  return command
    .option("--node <ids>", "only what these replicas or clients do, for example n1,n3", names("ids"))
    .option("--type <types>", "only these kinds of events or messages, for example state,append", names("types"))
    .option("--message <types>", "only messages, and only of these types", names("types of messages"))
    .option("--term <terms>", "only events in this term or these terms, for example 5 or 5..7", terms)
    .option("--key <keys>", "only operations on these keys, and messages and log entries about them", names("keys"))
    .option("--from <time>", "only what happened at this time or later: 12.5 (seconds), 800ms", time)
    .option("--to <time>", "only what happened at this time or earlier", time)
    .option("--all", "also heartbeats one by one, timers that are set, writes that begin", false);
}

/** The filter that the flags describe. Throws ConfigError when they contradict each other. */
export function filterOf({ node, type, message, term, key, from, to, all }: FilterOptions): PrintFilter {
  if (from !== undefined && to !== undefined && from > to) {
    throw new ConfigError(`--from ${from} ms is after --to ${to} ms`);
  }
  return { nodes: node, types: type, messages: message, terms: term, keys: key, fromMs: from, toMs: to, all };
}
