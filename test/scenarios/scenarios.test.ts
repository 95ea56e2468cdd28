// Each .txt file beside this one is a scenario: commands, then `----`, then exactly what happens. They are meant to be read, by people
// who learn Raft and in review. After a change that is meant to change them, write the traces anew and review the difference:
//
//   KEELSON_REWRITE_SCENARIOS=1 node --test test/scenarios/scenarios.test.ts
//
// How to read and write them: test/scenarios/README.md.
import assert from "node:assert/strict";
import { globSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import test from "node:test";
import { runScenario } from "./interpreter.ts";

const folder = import.meta.dirname;
const names = globSync("*.txt", { cwd: folder }).sort();
const rewrites = process.env["KEELSON_REWRITE_SCENARIOS"] !== undefined;

test("there are scenarios", () => {
  assert.ok(names.length >= 20, `only ${names.length} scenarios in ${folder}`);
});

for (const name of names) {
  const file = path.join(folder, name);
  const text = readFileSync(file, "utf8");
  test(`scenario ${path.basename(name, ".txt")}`, () => {
    assert.match(text, /^# /, "a scenario begins with a comment on its goal");
    const real = runScenario(text);
    if (rewrites) writeFileSync(file, real);
    else assert.equal(real, text);
  });
}

test("a bad command is reported with its line", () => {
  assert.throws(() => runScenario("# goal\ncluster 1 2 3\nfly 1\n"), /line 3: unknown command fly/);
  assert.throws(() => runScenario("# goal\ncampaign 1\n"), /line 2: campaign 1: a scenario begins with `cluster`/);
  assert.throws(() => runScenario("# goal\ncluster 1\ncrash 7\n"), /line 3: crash 7: there is no node 7/);
});
