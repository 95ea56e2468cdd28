import assert from "node:assert/strict";
import { test } from "node:test";
import { Standstill } from "./standstill.ts";

test("a long pause between two calls casts doubt on what arrives at once or shortly after", () => {
  const standstill = new Standstill({ now: 1_000, noticeableMs: 50 });
  for (const now of [1_010, 1_060, 1_110]) {
    standstill.note(now);
    assert.equal(standstill.isLongPast(now), true, `${now}`);
  }
  for (const now of [1_200, 1_201, 1_250]) {
    standstill.note(now);
    assert.equal(standstill.isLongPast(now), false, `${now}`);
  }
  standstill.note(1_251);
  assert.equal(standstill.isLongPast(1_251), true);
});
