// Exactly one answer for each committed put: one test for each sentence of the class.
import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { AppendEntries, Entry } from "../../raft/index.ts";
import { Answers } from "./answers.ts";
import { encodeCommand, type PutCommand } from "./store.ts";

const seed = Number(process.env["KEELSON_SEED"] ?? 20260718);
const leading = (term: number) => ({ leaderOfTerm: term, now: 0 });
const following = { leaderOfTerm: undefined, now: 0 };

test("the leader that proposed an entry answers it when it commits", () => {
  const answers = new Answers();
  assert.equal(apply(answers, put(1, 3), leading(3)), true);
  assert.equal(answers.answeredThrough, 1);
});

test("a follower answers nothing, and does not believe that anybody has", () => {
  const answers = new Answers();
  assert.equal(apply(answers, put(1, 3), following), false);
  assert.equal(answers.answeredThrough, 0);
});

test("a later leader answers what it inherited", () => {
  const answers = new Answers();
  for (const index of [1, 2]) apply(answers, put(index, 3), following);
  assert.equal(answers.isHolding, true);
  assert.deepEqual(mids(answers.takeOpen(2)), ["M1", "M2"]);
  assert.deepEqual(answers.takeOpen(2), []);
  assert.equal(answers.isHolding, false);
});

test("what it inherits while it leads already, it does not answer at once", () => {
  const answers = new Answers();
  assert.equal(apply(answers, put(1, 3), leading(4)), false);
  assert.deepEqual(mids(answers.takeOpen(1)), ["M1"]);
});

test("except what has been answered already: before the entry was applied, or after", () => {
  const answers = new Answers();
  answers.learnAnswered(1);
  for (const index of [1, 2, 3]) apply(answers, put(index, 3), following);
  answers.learnAnswered(2);
  assert.deepEqual(mids(answers.takeOpen(3)), ["M3"]);
});

test("replicas tell up to which index everything has been answered; late news from another takes nothing back", () => {
  const answers = new Answers();
  answers.learnAnswered(7);
  answers.learnAnswered(4);
  assert.equal(answers.answeredThrough, 7);
});

test("while there are open puts, a leader's own answers wait behind them, and come in log order", () => {
  const answers = new Answers();
  apply(answers, put(1, 3), following);
  assert.equal(apply(answers, put(2, 4), leading(4)), false);
  assert.equal(apply(answers, put(3, 4), leading(4)), false);
  assert.deepEqual(mids(answers.takeOpen(3)), ["M1", "M2", "M3"]);
  assert.equal(apply(answers, put(4, 4), leading(4)), true);
});

test("while an entry is open, later ones do not make others believe that it was answered", () => {
  const answers = new Answers();
  apply(answers, put(1, 3), following);
  apply(answers, noOp(2, 4), leading(4));
  apply(answers, put(3, 4), leading(4));
  assert.equal(answers.answeredThrough, 0);
  answers.takeOpen(3);
  assert.equal(answers.answeredThrough, 3);
});

test("news that the open ones were answered frees the way for the leader's own", () => {
  const answers = new Answers();
  apply(answers, put(1, 3), following);
  answers.learnAnswered(1);
  assert.equal(answers.isHolding, false);
  assert.equal(apply(answers, put(2, 4), leading(4)), true);
});

test("an entry without a command needs no answer, so a leader tells that all is answered beyond it", () => {
  const answers = new Answers();
  assert.equal(apply(answers, noOp(1, 4), leading(4)), false);
  assert.equal(answers.answeredThrough, 1);
  const follower = new Answers();
  apply(follower, noOp(1, 4), following);
  assert.equal(follower.answeredThrough, 0);
});

test("a proposal is given up only when a committed entry of a later term shows that it can never commit", () => {
  const answers = new Answers();
  for (const index of [5, 6, 7]) answers.proposed({ index, term: 3, command: command(index) });
  assert.deepEqual(answers.takeOverwritten(put(4, 3)), []);
  assert.deepEqual(answers.takeOverwritten(put(5, 3)), []);
  apply(answers, put(5, 3), following);
  assert.deepEqual(mids(answers.takeOverwritten(noOp(6, 4))), ["M6", "M7"]);
  assert.deepEqual(answers.takeOverwritten(noOp(6, 4)), []);
});

test("a proposal before the overwriting entry may still commit, or has", () => {
  const answers = new Answers();
  for (const index of [5, 6]) answers.proposed({ index, term: 3, command: command(index) });
  assert.deepEqual(mids(answers.takeOverwritten(noOp(6, 5))), ["M6"]);
});

test("a proposal of a later leadership survives what overwrites the earlier ones", () => {
  const answers = new Answers();
  answers.proposed({ index: 5, term: 3, command: command(5) });
  answers.proposed({ index: 6, term: 5, command: command(6) });
  assert.deepEqual(mids(answers.takeOverwritten(noOp(5, 4))), ["M5"]);
});

test("the follower at the chain's end answers what is left to it, once, in log order", () => {
  const [leader, follower] = [new Answers(), new Answers()];
  const append = proposed(leader, { from: 1, to: 2, term: 3 });
  assert.equal(leader.delegate(append, "C"), true);
  assert.equal(leader.delegatedThrough, 2);
  assert.deepEqual(mids(follower.takeDelegated(append)), ["M1", "M2"]);
  assert.deepEqual(follower.takeDelegated(append), []);
  assert.equal(follower.answeredThrough, 2);
});

test("only one follower is ever asked to answer a put", () => {
  const leader = new Answers();
  const append = proposed(leader, { from: 1, to: 2, term: 3 });
  leader.delegate(append, "C");
  assert.equal(leader.delegate(append, "D"), false);
  const longer = proposed(leader, { from: 3, to: 3, term: 3 });
  assert.equal(leader.delegate({ ...append, entries: [...append.entries, ...longer.entries] }, "D"), false);
  assert.equal(leader.delegate(longer, "D"), true);
});

test("what another leader proposed, or this one in an earlier term, is not for others to answer", () => {
  const leader = new Answers();
  const append = proposed(leader, { from: 1, to: 1, term: 3 });
  assert.equal(leader.delegate({ ...append, term: 5 }, "C"), false);
  assert.equal(new Answers().delegate(append, "C"), false);
});

test("what has been answered already may come along for a follower that lags, and is not answered again", () => {
  const [leader, follower] = [new Answers(), new Answers()];
  const append = proposed(leader, { from: 1, to: 2, term: 3 });
  for (const one of [leader, follower]) one.learnAnswered(1);
  assert.equal(leader.delegate(append, "C"), true);
  assert.deepEqual(mids(follower.takeDelegated(append)), ["M2"]);
});

test("a follower that does not know that everything before has been answered, answers nothing", () => {
  const [leader, follower] = [new Answers(), new Answers()];
  proposed(leader, { from: 1, to: 1, term: 3 });
  const append = proposed(leader, { from: 2, to: 2, term: 3 });
  assert.deepEqual(follower.takeDelegated(append), []);
  follower.learnAnswered(1);
  assert.deepEqual(mids(follower.takeDelegated(append)), ["M2"]);
});

test("nor does one that has promised not to", () => {
  const [leader, follower] = [new Answers(), new Answers()];
  const append = proposed(leader, { from: 1, to: 1, term: 3 });
  follower.decline(1);
  assert.deepEqual(follower.takeDelegated(append), []);
  const next = proposed(leader, { from: 2, to: 2, term: 3 });
  follower.learnAnswered(1);
  assert.deepEqual(mids(follower.takeDelegated(next)), ["M2"]);
});

test("the leader holds a put that it left to another, and all after it, until it knows who answers", () => {
  const leader = new Answers();
  const append = proposed(leader, { from: 1, to: 1, term: 3 });
  leader.delegate(append, "C");
  assert.equal(apply(leader, put(1, 3), leading(3)), false);
  assert.equal(apply(leader, put(2, 3), leading(3)), false);
  const declined = (open: Parameters<Answers["isDeclined"]>[0]) =>
    open.delegate === undefined || leader.isDeclined(open);
  assert.deepEqual(leader.takeOpen(2, declined), []);
  leader.learnDeclined("B", 1);
  assert.deepEqual(leader.takeOpen(2, declined), []);
  leader.learnDeclined("C", 1);
  assert.deepEqual(mids(leader.takeOpen(2, declined)), ["M1", "M2"]);
  assert.equal(leader.answeredThrough, 2);
});

test("once the other has told that it answered, nothing is left to the leader", () => {
  const leader = new Answers();
  leader.delegate(proposed(leader, { from: 1, to: 1, term: 3 }), "C");
  leader.learnAnswered(1);
  assert.equal(apply(leader, put(1, 3), leading(3)), false);
  assert.equal(leader.isHolding, false);
  assert.equal(apply(leader, put(2, 3), leading(3)), true);
});

test("one leader after the other, each told of all answers: every put is answered exactly once", () => {
  const changes = fc.array(fc.record({ puts: fc.nat({ max: 5 }), told: fc.boolean() }), { minLength: 1, maxLength: 6 });
  fc.assert(
    fc.property(changes, (reigns) => {
      const replicas = [new Answers(), new Answers(), new Answers()];
      const answered: string[] = [];
      let index = 0;
      for (const [at, { puts, told }] of reigns.entries()) {
        const leader = replicas[at % replicas.length] ?? new Answers();
        const term = at + 1;
        answered.push(...mids(leader.takeOpen(index)));
        for (let each = 0; each < puts; each++) {
          const entry = put(++index, term);
          for (const one of replicas) {
            if (apply(one, entry, one === leader ? leading(term) : following)) answered.push(`M${index}`);
            if (told) for (const other of replicas) other.learnAnswered(leader.answeredThrough);
          }
        }
        for (const other of replicas) other.learnAnswered(leader.answeredThrough);
      }
      assert.deepEqual(
        answered,
        Array.from({ length: index }, (_, at) => `M${at + 1}`),
      );
    }),
    { seed },
  );
});

function command(index: number): PutCommand {
  return { client: "0015", MID: `M${index}`, key: "K", value: "V" };
}

function put(index: number, term: number): Entry {
  return { index, term, type: "command", command: encodeCommand(command(index)) };
}

/** Puts that the leader has taken into its log, as it sends them. */
function proposed(leader: Answers, { from, to, term }: { from: number; to: number; term: number }): AppendEntries {
  const entries = Array.from({ length: to - from + 1 }, (_, at) => put(from + at, term));
  for (const { index } of entries) leader.proposed({ index, term, command: command(index) });
  const log = { prevLogIndex: from - 1, prevLogTerm: term, entries, leaderCommit: 0 };
  return { type: "AppendEntries", from: "A", to: "C", term, ...log, replyWanted: true, sentAt: 0, round: 1 };
}

function noOp(index: number, term: number): Entry {
  return { index, term, type: "no-op" };
}

function apply(answers: Answers, entry: Entry, role: Parameters<Answers["applied"]>[2]): boolean {
  return answers.applied(entry, entry.type === "command" ? command(entry.index) : undefined, role);
}

function mids(commands: readonly PutCommand[]): string[] {
  return commands.map(({ MID }) => MID);
}
