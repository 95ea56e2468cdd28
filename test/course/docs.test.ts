// docs/course-runner.md says what the code does: options, verdicts and the example.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { courseCommand } from "../../src/cli/commands/course.ts";
import { parseConfig } from "../../src/course/runner/index.ts";

const page = readFileSync(new URL("../../docs/course-runner.md", import.meta.url), "utf8");

test("every option is documented", () => {
  const { options } = courseCommand();
  assert.ok(options.length > 5);
  for (const { long } of options) assert.ok(page.includes(`| \`${long}`), long ?? "an option without a long name");
});

test("every verdict is documented, and none that does not exist", () => {
  const source = readFileSync(new URL("../../src/course/runner/result.ts", import.meta.url), "utf8");
  const union = /export type VerdictCode =([^;]*);/.exec(source)?.[1] ?? "";
  const codes = [...union.matchAll(/"([\w-]+)"/g)].map((match) => match[1]);
  const documented = [...page.matchAll(/^\| `([\w-]+)` \| (?:failure|warning)/gm)].map((match) => match[1]);
  assert.deepEqual(documented.toSorted(), codes.toSorted());
});

test("the example config is valid", () => {
  const [example] = [...page.matchAll(/```json\n(.*?)```/gs)].map((match) => match[1] ?? "");
  const result = parseConfig(example ?? "", { file: "example.json" });
  assert.ok(result.ok, JSON.stringify(result));
  assert.deepEqual(result.warnings, []);
});
