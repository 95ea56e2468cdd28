// Datagrams that the kernel threw away because a socket's buffer was full; Linux counts them. Process shell.
import { readFileSync } from "node:fs";

/** How many datagrams each local UDP port has lost so far; empty where the system does not tell. */
export function readSocketLosses(): ReadonlyMap<number, number> {
  let text: string;
  try {
    text = readFileSync("/proc/net/udp", "utf8");
  } catch {
    return new Map();
  }
  const rows = text.trimEnd().split("\n").slice(1);
  return new Map(
    rows.map((row) => {
      const columns = row.trim().split(/\s+/);
      const port = Number.parseInt(columns[1]?.split(":")[1] ?? "0", 16);
      return [port, Number(columns.at(-1))];
    }),
  );
}
