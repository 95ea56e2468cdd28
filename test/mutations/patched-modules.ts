// Applies patches while modules load, in this thread only. What is shipped has no hook for it.
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Patch } from "./planted-bug.ts";

const root = path.resolve(import.meta.dirname, "../..");

/** The text after all patches of this file. Throws an Error that names the patch whose text does not stand there exactly once. */
export function patchText(file: string, text: string, patches: readonly Patch[]): string {
  let patched = text;
  for (const { find, replace } of patches.filter((patch) => patch.file === file)) {
    const parts = patched.split(find);
    if (parts.length !== 2) {
      throw new Error(`${file} holds ${parts.length - 1} times, instead of once, the text to patch: ${find}`);
    }
    patched = parts.join(replace);
  }
  return patched;
}

/** The patched sources by URL. Throws like patchText. */
export function patchedSources(patches: readonly Patch[]): Map<string, string> {
  const files = [...new Set(patches.map((patch) => patch.file))];
  return new Map(
    files.map((file) => {
      const absolute = path.join(root, file);
      const text = patchText(file, readFileSync(absolute, "utf8"), patches);
      return [pathToFileURL(absolute).href, text];
    }),
  );
}

/** From now on modules of this thread load with the patches; call it before the first import of what is patched. */
export function patchModules(patches: readonly Patch[]): void {
  const sources = patchedSources(patches);
  registerHooks({
    load(url, context, nextLoad) {
      const source = sources.get(url);
      return source === undefined
        ? nextLoad(url, context)
        : { format: "module-typescript", source, shortCircuit: true };
    },
  });
}
