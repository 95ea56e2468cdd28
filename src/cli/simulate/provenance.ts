// What produced a result: the program's version and commit, Node, the machine's size, and the command.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { PACKAGE_ROOT, packageVersion } from "../package.ts";

/** Where a result comes from. */
export interface Provenance {
  readonly version: string;
  /** Absent in an installed package. A "+" at its end: the sources had changes that were not committed. */
  readonly commit?: string;
  readonly node: string;
  readonly platform: string;
  readonly cores: number;
}

/** The provenance of what this process computes. */
export function provenance(): Provenance {
  const commit = commitOfSources();
  return {
    version: packageVersion(),
    ...(commit !== undefined && { commit }),
    node: process.version,
    platform: `${process.platform} ${process.arch}`,
    cores: os.availableParallelism(),
  };
}

/** Command line words as a shell takes them. */
export function shellWords(words: readonly string[]): string {
  return words.map((word) => (/^[\w./=:@%+,-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

/** Only a clone has one; a project that the package is installed in may have commits of its own. */
function commitOfSources(): string | undefined {
  if (!existsSync(path.join(PACKAGE_ROOT, ".git"))) return undefined;
  const commit = git("rev-parse", "--short=12", "HEAD");
  return commit && `${commit}${git("status", "--porcelain", "--", "src") === "" ? "" : "+"}`;
}

function git(...words: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("git", words, { cwd: PACKAGE_ROOT, encoding: "utf8" });
  return status === 0 ? stdout.trim() : undefined;
}
