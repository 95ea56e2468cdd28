// Who is told of an answer, and when it is not worth a message.
import assert from "node:assert/strict";
import { test } from "node:test";
import { AnsweredNotices } from "./answered-notices.ts";
import { courseSettings } from "./settings.ts";

const settings = { ...courseSettings, noticeCopies: 2, messagesPerSecond: 20 };
const others = ["B", "C", "D", "E"];

test("two others are told of an answer: first those that hold the entries", () => {
  assert.deepEqual(told(notices(), 1, ["D", "B", "C", "E"]), ["D", "B"]);
});

test("nobody is told twice, and an older answer goes without saying", () => {
  const leader = notices();
  told(leader, 5);
  assert.deepEqual(told(leader, 5), []);
  assert.deepEqual(told(leader, 3), []);
  assert.deepEqual(told(leader, 6), ["B", "C"]);
});

test("whatever else is sent carries the knowledge, too, so less is left to tell", () => {
  const leader = notices();
  leader.noteSent({ to: "C", onward: undefined, type: "AppendEntries", answered: 7 }, 0);
  assert.deepEqual(told(leader, 7), ["B"]);
});

test("a chain tells only its first station: the second hears of it from somebody else's datagram", () => {
  const leader = notices();
  leader.noteSent({ to: "C", onward: "D", type: "AppendEntries", answered: 7 }, 0);
  assert.deepEqual(told(leader, 7, ["D", "C", "B", "E"]), ["D"]);
});

test("while so much is being sent that the next append will tell soon, nobody is told", () => {
  const leader = notices();
  for (let sent = 0; sent < 20; sent++) leader.noteReceived([], 0);
  assert.deepEqual(told(leader, 1), []);
  assert.deepEqual(told(leader, 1, others, 60), ["B"]);
  assert.deepEqual(told(leader, 1, others, 120), ["C"]);
});

test("whoever tells of an answer need not be told", () => {
  const leader = notices();
  leader.noteKnown("C", 7);
  assert.deepEqual(told(leader, 7), ["B"]);
});

test("links are lossy until some round trips in a row have shown otherwise, and again when one in four gets lost", () => {
  const leader = notices();
  assert.equal(leader.linksAreLossy, true);
  lose(leader, { every: Number.POSITIVE_INFINITY, rounds: 30 });
  assert.equal(leader.linksAreLossy, false);
  lose(leader, { every: 4, rounds: 40 });
  assert.equal(leader.linksAreLossy, true);
  lose(leader, { every: Number.POSITIVE_INFINITY, rounds: 300 });
  assert.equal(leader.linksAreLossy, false);
});

test("a replica that is dead or cut off says nothing about the links", () => {
  const leader = notices();
  lose(leader, { every: Number.POSITIVE_INFINITY, rounds: 30 });
  for (let at = 0; at < 100; at++) {
    for (const to of ["B", "C"]) leader.noteSent({ to, onward: undefined, type: "AppendEntries", answered: 0 }, 0);
    leader.noteReceived(["B"], 0);
  }
  leader.noteReceived(["C"], 0);
  assert.equal(leader.linksAreLossy, false);
});

function notices(): AnsweredNotices {
  return new AnsweredNotices(settings, 0);
}

/** Whom the leader tells; notes that it did. */
function told(leader: AnsweredNotices, answered: number, preferred = others, now = 0): string[] {
  const recipients = leader.recipients({ answered, others: preferred, now });
  for (const to of recipients) leader.noteSent({ to, onward: undefined, type: "Answered", answered }, now);
  return recipients;
}

/** Appends to B, of which every `every`-th is lost and sent again. */
function lose(leader: AnsweredNotices, { every, rounds }: { every: number; rounds: number }): void {
  for (let round = 1; round <= rounds; round++) {
    const sendings = round % every === 0 ? 2 : 1;
    for (let each = 0; each < sendings; each++) {
      leader.noteSent({ to: "B", onward: undefined, type: "AppendEntries", answered: 0 }, 0);
    }
    leader.noteReceived(["B"], 0);
  }
}
