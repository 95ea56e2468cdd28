// docs/simulator.md says what the command does.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { simulateCommand } from "../../src/cli/commands/simulate.ts";

const page = readFileSync(new URL("../../docs/simulator.md", import.meta.url), "utf8");

test("every option is documented, and none that does not exist", () => {
  const options = simulateCommand().options.map(({ flags }) => flags);
  const documented = [...page.matchAll(/^\| `(--[^`]+)` \|/gm)].map((match) => match[1]);
  assert.deepEqual(documented, options);
});
