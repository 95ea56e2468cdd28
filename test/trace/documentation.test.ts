// docs/trace-format.md: its examples are traces, it names what there is, and its expression is the one that is used.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { SHIVIZ_EXPRESSION } from "../../src/cli/trace/export/shiviz.ts";
import { FIELD_RULES } from "../../src/trace/field-checks.ts";
import { parseReplicaLine, RunState, TRACE_VERSION, TraceReader, TraceWriter } from "../../src/trace/index.ts";

const page = readFileSync(new URL("../../docs/trace-format.md", import.meta.url), "utf8");

function blocks(language: string): readonly string[] {
  return [...page.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, "gms"))].map(([, text = ""]) => text);
}

test("every trace on the page is one", () => {
  const traces = blocks("jsonl");
  assert.ok(traces.length >= 3);
  for (const text of traces) {
    const reader = new TraceReader();
    for (const line of text.trimEnd().split("\n")) {
      const result = reader.read(line);
      assert.ok(result.kind !== "error" && result.kind !== "skip", `${line}\n${JSON.stringify(result)}`);
    }
  }
});

test("every line of a replica on the page tells something", () => {
  const [text = ""] = blocks("replica");
  const lines = text.trimEnd().split("\n");
  assert.ok(lines.length >= 5);
  for (const line of lines) {
    const result = parseReplicaLine(line, { replica: "0000", at: 5 });
    assert.equal(result?.kind, "event", `${line}\n${JSON.stringify(result)}`);
  }
});

test("the page's keyframe is what the lines before it make, and its index says where it is", () => {
  const text = blocks("jsonl").find((block) => block.includes('"keyframe"')) ?? "";
  const reader = new TraceReader();
  const state = new RunState();
  for (const line of text.trimEnd().split("\n")) {
    const result = reader.read(line);
    if (result.kind === "event") state.apply(result.event);
    if (result.kind === "keyframe") {
      const { type, at, events, ...view } = result.keyframe;
      assert.deepEqual(view, state.view());
      assert.deepEqual([type, at, events], ["keyframe", 4, reader.eventCount]);
    }
    if (result.kind === "index") {
      const offset = Buffer.from(text).indexOf('{"type":"keyframe"');
      assert.deepEqual(result.index.keyframes, [{ at: 4, events: 4, offset }]);
      assert.equal(result.index.events, reader.eventCount);
    }
  }
});

test("the page names every type of line and every field", () => {
  assert.match(page, new RegExp(`^# The trace format, version ${TRACE_VERSION}$`, "m"));
  for (const [type, rules] of FIELD_RULES) {
    assert.ok(page.includes(`\`${type}\``) || page.includes(`"type":"${type}"`), type);
    for (const { name } of rules) assert.match(page, new RegExp(`\\b${name}\\b`), `${type}.${name}`);
  }
});

test("the page says how often keyframes come", () => {
  const lines: boolean[] = [];
  const writer = new TraceWriter((_line, keyframe) => lines.push(keyframe !== undefined));
  writer.write({
    ...{ type: "run", at: 0, format: "keelson-trace", version: 1, producer: "test", name: "x", seed: "1" },
    ...{ replicas: ["n1"], clients: [] },
  });
  for (let at = 1; !lines.includes(true); at++) writer.write({ type: "annotation", at, text: "x" });
  assert.match(page, new RegExp(`after at least ${lines.indexOf(true)} events`));
});

test("ShiViz's expression on the page is the one that is written", () => {
  assert.ok(page.includes(SHIVIZ_EXPRESSION));
});
