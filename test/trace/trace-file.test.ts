// Traces in files: whatever is written is read back, from the start and from any keyframe, plain and gzipped.
import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { gunzipSync, gzipSync } from "node:zlib";
import { type OpenTraceOptions, readTrace, type TraceItem } from "../../src/cli/trace/open-trace.ts";
import { TraceFile } from "../../src/course/log/index.ts";
import { encodeTraceEvent, parseTraceLine, RunState, type TraceIndex } from "../../src/trace/index.ts";
import { courseRun, SMALL, temporaryDirectory, writeTrace } from "./traces.ts";

const directory = temporaryDirectory();
const events = courseRun("advanced-1", "5");
const plain = writeTrace(path.join(directory, "run.jsonl"), events, { keyframeEvents: 300 });
const gzipped = writeTrace(path.join(directory, "run.jsonl.gz"), events, { keyframeEvents: 300 });

async function itemsOf(file: string, options: OpenTraceOptions = {}): Promise<TraceItem[]> {
  const items: TraceItem[] = [];
  for await (const some of readTrace(file, options)) items.push(...some);
  return items;
}

function indexOf(text: string): TraceIndex {
  const parsed = parseTraceLine(text.trimEnd().split("\n").at(-1) ?? "");
  assert.ok(parsed.kind === "index");
  return parsed.index;
}

test("a gzipped trace is the plain one, packed; any reader of gzip can read it", () => {
  const text = readFileSync(plain, "utf8").split("\n");
  const unpacked = gunzipSync(readFileSync(gzipped)).toString("utf8").split("\n");
  assert.deepEqual(unpacked.slice(0, -2), text.slice(0, -2), "all but the index");
  assert.ok(text.length > events.length);
});

test("what is read is what was written, in order and numbered", async () => {
  for (const file of [plain, gzipped]) {
    const read = (await itemsOf(file)).flatMap((item) => (item.kind === "event" ? [item] : []));
    assert.equal(read.length, events.length);
    assert.deepEqual(
      read.map(({ number }) => number),
      events.map((_, index) => index + 1),
    );
    for (const [index, { event }] of read.entries()) {
      assert.equal(encodeTraceEvent(event), encodeTraceEvent(events[index] ?? event));
    }
  }
});

test("the index names the byte at which each keyframe, or the gzip member that begins with it, begins", () => {
  const bytes = readFileSync(plain);
  const packed = readFileSync(gzipped);
  const places = indexOf(bytes.toString("utf8")).keyframes;
  const packedPlaces = indexOf(gunzipSync(packed).toString("utf8")).keyframes;
  assert.ok(places.length >= 5, `${places.length} keyframes`);
  assert.equal(packedPlaces.length, places.length);
  for (const [texts, found] of [
    [places.map(({ offset }) => bytes.subarray(offset)), places],
    [packedPlaces.map(({ offset }) => gunzipSync(packed.subarray(offset))), packedPlaces],
  ] as const) {
    for (const [index, { at, events: before }] of found.entries()) {
      const line = texts[index]?.toString("utf8").split("\n", 1)[0] ?? "";
      const parsed = parseTraceLine(line);
      assert.ok(parsed.kind === "keyframe", line.slice(0, 100));
      assert.deepEqual([parsed.keyframe.at, parsed.keyframe.events], [at, before]);
    }
  }
});

test("a reader that seeks begins at the keyframe before, with the same state and the same numbers", async () => {
  const whole = await itemsOf(plain);
  const fromMs = events.at(-1)?.at ?? 0;
  for (const file of [plain, gzipped]) {
    const [run, keyframe, ...rest] = await itemsOf(file, { fromMs: fromMs / 2 });
    assert.ok(run?.kind === "event" && run.event.type === "run");
    assert.ok(keyframe?.kind === "keyframe");
    assert.ok(keyframe.keyframe.at < fromMs / 2 && keyframe.keyframe.at > 0);
    const seeked = new RunState(keyframe.keyframe);
    const read = new RunState();
    for (const item of whole) if (item.kind === "event") read.apply(item.event);
    for (const item of rest) if (item.kind === "event") seeked.apply(item.event);
    assert.deepEqual(seeked.view(), read.view());
    assert.deepEqual(rest.at(-1), whole.at(-1), "the last event has its number");
  }
});

test("without an index, or before the first keyframe, a reader begins at the start", async () => {
  const lines = readFileSync(plain, "utf8").split("\n");
  const bare = path.join(directory, "bare.jsonl");
  writeFileSync(bare, lines.filter((line) => !line.startsWith('{"type":"index"')).join("\n"));
  const whole = path.join(directory, "one-member.gz");
  writeFileSync(whole, gzipSync(readFileSync(bare)));
  for (const file of [bare, whole]) assert.equal((await itemsOf(file, { fromMs: 20_000 }))[1]?.kind, "event");
  assert.equal((await itemsOf(plain, { fromMs: 1 }))[1]?.kind, "event");
});

test("a trace whose writer was killed is read up to where it ends", async () => {
  const small = writeTrace(path.join(directory, "small.jsonl"), SMALL);
  const text = readFileSync(small, "utf8");
  const cut = path.join(directory, "cut.jsonl");
  for (let end = text.indexOf("\n") + 1; end < text.length; end += 97) {
    writeFileSync(cut, text.slice(0, end));
    const warnings: string[] = [];
    const read = await itemsOf(cut, { warn: (warning) => warnings.push(warning) });
    const whole = text.slice(0, end).split("\n").filter(isWhole).length;
    assert.ok(read.length === whole, `cut at ${end}: ${read.length} of ${whole}`);
    const isCut = !isEmptyOrWhole(text.slice(0, end).split("\n").at(-1) ?? "");
    assert.equal(warnings.length, isCut ? 1 : 0, `cut at ${end}`);
  }
  const packed = readFileSync(gzipped);
  const cutPacked = path.join(directory, "cut.jsonl.gz");
  writeFileSync(cutPacked, packed.subarray(0, packed.length / 2));
  const read = await itemsOf(cutPacked, { warn: () => {} });
  assert.ok(read.length > events.length / 4 && read.length < events.length);
});

function isEmptyOrWhole(line: string): boolean {
  return line === "" || isWhole(line) || line.endsWith("]}");
}

function isWhole(line: string): boolean {
  try {
    JSON.parse(line);
    return !line.startsWith('{"type":"index"');
  } catch {
    return false;
  }
}

test("a file that cannot be made is an error at once", () => {
  assert.throws(() => writeTrace(path.join(plain, "below-a-file.jsonl"), SMALL), /EEXIST|ENOTDIR/);
});

test("a full disk stops the trace, not the run", { skip: !existsSync("/dev/full") }, () => {
  const trace = new TraceFile("/dev/full");
  for (const event of SMALL) trace.write(event);
  trace.close();
  assert.match(trace.failure ?? "", /^\/dev\/full: ENOSPC/);
});
