// A replica in another language tells its inner state with printed lines, and the runner puts them into the trace.
import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { readTrace } from "../../src/cli/trace/open-trace.ts";
import { parseConfig, resolveReplica, runCampaign } from "../../src/course/runner/index.ts";
import { RunState, type TraceEvent } from "../../src/trace/index.ts";
import { configText } from "../course/runs.ts";
import { temporaryDirectory } from "./traces.ts";

const REPLICA = fileURLToPath(new URL("../course/replicas/telling.py", import.meta.url));

test("printed state is in the trace with its time and replica, and not in the logs", async () => {
  const directory = temporaryDirectory();
  const traceFile = path.join(directory, "told.jsonl.gz");
  const parsed = parseConfig(configText({ events: [{ type: "kill", time: 4, replica: "0001" }] }), {
    file: "short.json",
  });
  const resolved = resolveReplica(REPLICA);
  assert.ok(parsed.ok && resolved.ok);
  await runCampaign({
    plan: [{ config: parsed.config, path: "short.json", seeds: ["3"] }],
    command: resolved.command,
    jobs: 1,
    outDirectory: directory,
    traceFile,
    strict: false,
    producer: "test",
    program: "keelson",
    display: { started: () => {}, finished: () => {} },
  });

  const events: TraceEvent[] = [];
  for await (const items of readTrace(traceFile)) {
    events.push(...items.flatMap((item) => (item.kind === "event" ? [item.event] : [])));
  }
  const state = new RunState();
  for (const event of events) state.apply(event);
  const { "0000": leader, "0001": killed, "0002": follower } = state.view().replicas;
  const puts = events.filter((event) => event.type === "client-invoke" && event.name === "put").length;
  assert.ok(puts > 5, `${puts} puts`);
  assert.deepEqual([leader?.role, leader?.term, leader?.commitIndex], ["leader", 1, leader?.log?.entries.length]);
  assert.equal(leader?.lastIndex, puts);
  assert.deepEqual([follower?.status, follower?.role, follower?.leader], ["up", "follower", "0000"]);
  assert.equal(killed?.status, "dead");

  const told = events.filter((event) => event.type === "state");
  assert.equal(told.filter(({ replica }) => replica === "0002").length, 1, "nobody guesses about who tells");
  const remarks = events.flatMap((event) =>
    event.type === "annotation" && event.topic === "trace" ? [event.text] : [],
  );
  assert.equal(
    remarks[0],
    'not understood: field "term" of a state line is wrong: it must be a whole number, 0 or more',
  );
  assert.equal(remarks.length, 3, "one of each replica");

  const run = path.join(directory, "short-3");
  assert.ok(existsSync(path.join(run, "trace.jsonl.gz")), "a link for who has the directory");
  assert.equal(
    readFileSync(path.join(run, "0002.log"), "utf8"),
    'up and running\n{"keelson": "state", "term": "one"}\n',
    "what was not understood stays",
  );
});
