// The catalogue itself: every patch fits the source of today, and what it makes still parses.
import assert from "node:assert/strict";
import test from "node:test";
import ts from "typescript";
import { controls, openBugs, plantedBugs } from "./catalogue/index.ts";
import { patchedSources, patchText } from "./patched-modules.ts";

test("every patch finds its text exactly once, and the patched source parses", () => {
  for (const { name, patches } of [...plantedBugs, ...controls]) {
    for (const source of patchedSources(patches).values()) {
      const { diagnostics } = ts.transpileModule(source, { reportDiagnostics: true });
      assert.deepEqual(
        diagnostics?.map(({ messageText }) => messageText),
        [],
        name,
      );
    }
  }
});

test("a patch whose text is missing, or stands twice, is an error that names file and text", () => {
  const patch = { file: "x.ts", find: "a + b", replace: "a - b" };
  assert.equal(patchText("x.ts", "return a + b;", [patch]), "return a - b;");
  assert.throws(() => patchText("x.ts", "return a * b;", [patch]), /x\.ts holds 0 times.*a \+ b/);
  assert.throws(() => patchText("x.ts", "a + b; a + b;", [patch]), /x\.ts holds 2 times/);
  assert.equal(patchText("y.ts", "return a * b;", [patch]), "return a * b;");
});

test("names are unique, and a third of the list is held back", () => {
  const names = [...plantedBugs, ...controls].map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  for (const { name, patches } of plantedBugs) assert.ok(patches.length > 0, name);
  const share = 1 - openBugs.length / plantedBugs.length;
  assert.ok(share > 0.3 && share < 0.4, `${share} of the list is held back`);
});
