// The display of a campaign, on a terminal of every width, and on none.
import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { CampaignDisplay, type CampaignProgress, formatDuration } from "./progress.ts";

const HALF_WAY: CampaignProgress = {
  runs: 500,
  total: 1000,
  failing: 2,
  virtualMs: 10_000_000,
  elapsedMs: 100_000,
  limitMs: undefined,
};

/** What a display has written after `ms`. */
function written(progress: CampaignProgress, { ms, columns }: { ms: number; columns?: number }): string {
  mock.timers.enable({ apis: ["setInterval"] });
  let text = "";
  const stream = { isTTY: columns !== undefined, columns, write: (more: string) => (text += more) };
  const display = new CampaignDisplay(stream, () => progress);
  mock.timers.tick(ms);
  display.close();
  mock.timers.reset();
  return text;
}

test("a terminal shows a bar that fits it, and is clean in the end", () => {
  const wide = written(HALF_WAY, { ms: 200, columns: 120 });
  assert.equal(
    wide,
    `\r\u001b[K[${"#".repeat(12)}${".".repeat(12)}]  500/1000 runs  5.0/s  100x real time  2 failing  1:40, 1:40 left\r\u001b[K`,
  );
  for (let columns = 1; columns < 130; columns++) {
    const line = written(HALF_WAY, { ms: 200, columns }).split("\r\u001b[K")[1] ?? "";
    assert.ok(line.length < columns || columns === 1, `${columns} columns: ${line}`);
  }
});

test("elsewhere it writes a plain line now and then", () => {
  const untilTime = { ...HALF_WAY, total: undefined, limitMs: 400_000 };
  assert.equal(
    written(untilTime, { ms: 20_000 }),
    "500 runs  5.0/s  100x real time  2 failing  1:40, 5:00 left\n".repeat(2),
  );
});

test("durations read as clocks do", () => {
  assert.deepEqual([0, 59_400, 60_000, 3_599_999, 3_725_000].map(formatDuration), [
    "0:00",
    "0:59",
    "1:00",
    "1:00:00",
    "1:02:05",
  ]);
});
