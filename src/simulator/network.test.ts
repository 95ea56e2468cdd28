import assert from "node:assert/strict";
import test from "node:test";
import { ReplayedChoices } from "./choices.ts";
import { CoverageCounter } from "./coverage.ts";
import type { Decision } from "./decisions.ts";
import { drawSettings } from "./draw-settings.ts";
import { EventQueue } from "./event-queue.ts";
import { Network, type Sent } from "./network.ts";
import type { Settings } from "./settings.ts";

const NAMES = ["n1", "n2", "c1"];
const DELAY_MS = 10;

interface Arrival {
  readonly text: string;
  readonly at: number;
}

/** A network of two replicas and a client whose messages take 10 ms but for what the decisions say. */
function networkOf(schedule: readonly Decision[] = []) {
  const drawn = drawSettings("1");
  const settings: Settings = { ...drawn, network: { ...drawn.network, delayMs: DELAY_MS } };
  const queue = new EventQueue();
  const delivered: Arrival[] = [];
  const dropped: string[] = [];
  const network = new Network<string>({
    names: NAMES,
    replicas: 2,
    queue,
    choices: new ReplayedChoices({ settings, names: NAMES, schedule }),
    coverage: new CoverageCounter(),
    observer: {
      delivered: (text) => delivered.push({ text, at: queue.now }),
      dropped: (text: string, _sent: Sent, reason) => dropped.push(`${text}: ${reason}`),
    },
  });
  const run = (until: number) => {
    while (queue.step(until));
  };
  return { network, run, delivered, dropped };
}

const [N1, N2, C1] = [0, 1, 2];

test("a message about which nothing is decided arrives once, after the usual delay", () => {
  const { network, run, delivered } = networkOf();
  network.send("a", { from: N1, to: N2 });
  run(100);
  assert.deepEqual(delivered, [{ text: "a", at: DELAY_MS }]);
});

test("decisions count the messages of one link: the second is lost, the third comes twice", () => {
  const { network, run, delivered, dropped } = networkOf([
    { type: "message", link: "n1>n2", n: 2, arrivesAfter: [] },
    { type: "message", link: "n1>n2", n: 3, arrivesAfter: [1, 30] },
  ]);
  network.send("other link", { from: N2, to: N1 });
  for (const text of ["first", "second", "third"]) network.send(text, { from: N1, to: N2 });
  run(100);
  assert.deepEqual(delivered, [
    { text: "third", at: 1 },
    { text: "other link", at: DELAY_MS },
    { text: "first", at: DELAY_MS },
    { text: "third", at: 30 },
  ]);
  assert.deepEqual(dropped, ["second: loss"]);
});

test("nothing comes twice between clients and replicas", () => {
  const { network, run, delivered } = networkOf([{ type: "message", link: "c1>n1", n: 1, arrivesAfter: [5, 7] }]);
  network.send("request", { from: C1, to: N1 });
  run(100);
  assert.deepEqual(delivered, [{ text: "request", at: 5 }]);
});

test("a cut link carries nothing in its direction, what is on its way is lost, and the next cut replaces it", () => {
  const { network, run, delivered, dropped } = networkOf();
  network.send("on its way", { from: N1, to: N2 });
  run(5);
  network.partition(["n1>n2"]);
  network.send("cut", { from: N1, to: N2 });
  network.send("back", { from: N2, to: N1 });
  run(20);
  network.partition([]);
  network.send("healed", { from: N1, to: N2 });
  run(100);
  assert.deepEqual(dropped, ["cut: partition", "on its way: partition"]);
  assert.deepEqual(
    delivered.map(({ text }) => text),
    ["back", "healed"],
  );
});

test("a clogged link brings everything when the clog ends", () => {
  const { network, run, delivered } = networkOf();
  network.clog("n1>n2", 50);
  network.send("a", { from: N1, to: N2 });
  run(100);
  assert.deepEqual(delivered, [{ text: "a", at: 50 }]);
});

test("what was sent before the healing and comes too late is lost; what is sent later is not", () => {
  const { network, run, delivered, dropped } = networkOf([
    { type: "message", link: "n1>n2", n: 1, arrivesAfter: [500] },
    { type: "message", link: "n1>n2", n: 2, arrivesAfter: [500] },
  ]);
  network.send("before", { from: N1, to: N2 });
  network.heal([], 100);
  network.send("after", { from: N1, to: N2 });
  run(1000);
  assert.deepEqual(dropped, ["before: loss"]);
  assert.deepEqual(delivered, [{ text: "after", at: 500 }]);
});
