// Replication along a chain: the route changes, the messages do not, and whoever loses something loses only messages.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { AppendEntries, AppendEntriesResponse, Entry, Message } from "../../raft/index.ts";
import type { Address, JsonObject } from "../protocol.ts";
import { chain, chainable, Relay, type RelayDatagram } from "./relay.ts";

test("both appends arrive as the leader made them, and both acknowledgements as the followers made them, in three datagrams", () => {
  const [first, second] = [append("B"), append("C")];
  const route = travel(chain(first, second), { B: acknowledge, C: acknowledge });
  assert.deepEqual(route.hops, ["A>B", "B>C", "C>A"]);
  assert.deepEqual(route.handled, { B: [first], C: [second], A: [acknowledge(first), acknowledge(second)] });
});

test("a refusal is carried like an acknowledgement", () => {
  const [first, second] = [append("B"), append("C")];
  for (const [B, C] of [
    [refuse, acknowledge],
    [acknowledge, refuse],
    [refuse, refuse],
  ] as const) {
    const route = travel(chain(first, second), { B, C });
    assert.deepEqual(route.hops, ["A>B", "B>C", "C>A"]);
    assert.deepEqual(route.handled["A"], [B(first), C(second)]);
  }
});

test("appends that differ, because one follower lags, stay different", () => {
  const [first, second] = [
    append("B"),
    { ...append("C"), prevLogIndex: 2, prevLogTerm: 1, entries: [noOp(3), noOp(4), noOp(5)] },
  ];
  assert.deepEqual(travel(chain(first, second), { B: acknowledge, C: acknowledge }).handled["C"], [second]);
});

test("a first station that has nothing to answer passes the second's append on, and the second answers for itself", () => {
  const [first, second] = [append("B"), append("C")];
  const route = travel(chain(first, second), { B: say(), C: acknowledge });
  assert.deepEqual(route.hops, ["A>B", "B>C", "C>A"]);
  assert.deepEqual(route.handled["A"], [acknowledge(second)]);
});

test("a second station that has nothing to answer passes the first's acknowledgement on", () => {
  const [first, second] = [append("B"), append("C")];
  const route = travel(chain(first, second), { B: acknowledge, C: say() });
  assert.deepEqual(route.hops, ["A>B", "B>C", "C>A"]);
  assert.deepEqual(route.handled["A"], [acknowledge(first)]);
});

test("when nobody has anything to answer, nothing comes back", () => {
  const route = travel(chain(append("B"), append("C")), { B: say(), C: say() });
  assert.deepEqual(route.hops, ["A>B", "B>C"]);
});

test("a lost first station loses both appends; a lost second one the first's acknowledgement too", () => {
  const datagram = chain(append("B"), append("C"));
  assert.deepEqual(travel(datagram, { C: acknowledge }).handled, {});
  const route = travel(datagram, { B: acknowledge });
  assert.deepEqual(Object.keys(route.handled), ["B"]);
});

test("what a station says to somebody else than the leader, or of another kind, goes its own way", () => {
  const relay = new Relay("B");
  relay.arrive(onTheWire("A", chain(append("B"), append("C"))));
  const response = acknowledge(append("B"));
  assert.equal(relay.keeps({ ...response, to: "C" }), false);
  assert.equal(relay.keeps({ type: "PreVote", from: "B", to: "A", term: 3, lastLogIndex: 0, lastLogTerm: 0 }), false);
  assert.equal(relay.keeps(response), true);
});

test("an append without a chain is answered directly", () => {
  const relay = new Relay("B");
  const { from, to, type, ...fields } = append("B");
  const datagram = { src: from, dst: to, leader: from, type, ...fields, entries: [[4, 3]] };
  assert.deepEqual(relay.arrive(datagram), [append("B")]);
  assert.equal(relay.keeps(acknowledge(append("B"))), false);
  assert.equal(relay.depart(), undefined);
});

test("what is kept for one journey does not go on with the next", () => {
  const relay = new Relay("B");
  relay.arrive(onTheWire("A", chain(append("B"), append("C"))));
  relay.keeps(acknowledge(append("B")));
  assert.notEqual(relay.depart(), undefined);
  assert.equal(relay.depart(), undefined);
  assert.equal(relay.keeps(acknowledge(append("B"))), false);
});

test("a malformed chain is no chain", () => {
  for (const onward of [null, 5, "C", [], { to: 5 }, {}]) {
    const relay = new Relay("B");
    const datagram = onTheWire("A", chain(append("B"), append("C")));
    assert.deepEqual(relay.arrive({ ...datagram, onward }), [append("B")], JSON.stringify(onward));
    relay.keeps(acknowledge(append("B")));
    const departing = relay.depart();
    assert.ok(departing === undefined || departing.type === "AppendEntriesResponse", JSON.stringify(onward));
  }
  for (const reply of [null, 5, "C", [], { from: 5 }, {}, { from: "B", term: "3" }]) {
    const { from: src, to: dst, type, ...fields } = acknowledge(append("C"));
    const brought = new Relay("A").arrive({ src, dst, leader: "A", type, ...fields, reply });
    assert.deepEqual(brought, [acknowledge(append("C"))], JSON.stringify(reply));
  }
});

test("two appends with entries for two followers make a pair, in their order; heartbeats and the rest do not count", () => {
  const heartbeat = { ...append("D"), entries: [] };
  assert.deepEqual(chainable([heartbeat, append("B"), preVote(), append("C")]), [append("B"), append("C")]);
});

test("not chainable: one append alone, more than two, two for the same follower", () => {
  assert.equal(chainable([]), undefined);
  assert.equal(chainable([append("B")]), undefined);
  assert.equal(chainable([append("B"), append("C"), append("D")]), undefined);
  assert.equal(chainable([append("B"), append("B")]), undefined);
});

test("the chain's end knows that an append is on a quorum when both followers hold it, and only if it may act on it", () => {
  const complete = { first: append("B"), second: append("C"), B: acknowledge, C: acknowledge, answerBy: 100 };
  assert.deepEqual(completedAtTheEnd(complete), append("C"));
  assert.equal(completedAtTheEnd({ ...complete, answerBy: undefined }), undefined);
  assert.equal(completedAtTheEnd({ ...complete, answerBy: 49 }), undefined);
  assert.equal(completedAtTheEnd({ ...complete, B: refuse }), undefined);
  assert.equal(completedAtTheEnd({ ...complete, C: refuse }), undefined);
  assert.equal(completedAtTheEnd({ ...complete, B: say() }), undefined);
  assert.equal(completedAtTheEnd({ ...complete, C: say() }), undefined);
});

test("not on a quorum: the first follower holds less than the second got, or answered in another term", () => {
  const complete = { first: append("B"), second: append("C"), B: acknowledge, C: acknowledge, answerBy: 100 };
  const longer = { ...append("C"), entries: [noOp(4), noOp(5)] };
  assert.equal(completedAtTheEnd({ ...complete, second: longer }), undefined);
  assert.equal(completedAtTheEnd({ ...complete, B: (message) => ({ ...acknowledge(message), term: 4 }) }), undefined);
});

test("an entry of an earlier term on a quorum may still be overwritten (§5.4.2)", () => {
  const inherited = { entries: [{ ...noOp(4), term: 2 }] };
  const [first, second] = [
    { ...append("B"), ...inherited },
    { ...append("C"), ...inherited },
  ];
  assert.equal(completedAtTheEnd({ first, second, B: acknowledge, C: acknowledge, answerBy: 100 }), undefined);
});

test("the first station never ends a chain", () => {
  const relay = new Relay("B");
  relay.arrive(onTheWire("A", chain(append("B"), append("C"), { answerBy: 100 })));
  relay.keeps(acknowledge(append("B")));
  assert.equal(relay.completed(50), undefined);
});

type Answer = (append: AppendEntries) => AppendEntriesResponse | undefined;

/** What the second station finds completed after both have handled their appends. */
function completedAtTheEnd({
  first,
  second,
  answerBy,
  ...answers
}: {
  first: AppendEntries;
  second: AppendEntries;
  B: Answer;
  C: Answer;
  answerBy: number | undefined;
}): AppendEntries | undefined {
  const [B, C] = [new Relay("B"), new Relay("C")];
  B.arrive(onTheWire("A", chain(first, second, { answerBy })));
  const fromB = answers.B(first);
  if (fromB !== undefined) B.keeps(fromB);
  const onward = B.depart();
  assert.ok(onward !== undefined, "the first station passes the append on");
  C.arrive(onTheWire("B", onward));
  const fromC = answers.C(second);
  if (fromC !== undefined) C.keeps(fromC);
  return C.completed(50);
}

interface Route {
  readonly hops: readonly string[];
  /** The Raft messages that each replica got to handle, in order. */
  readonly handled: Readonly<Record<Address, readonly Message[]>>;
}

/** Follows a datagram of A. `answers` has an entry for each living station: what it says to an append. */
function travel(
  datagram: RelayDatagram,
  answers: Readonly<Record<Address, (append: AppendEntries) => Message | undefined>>,
): Route {
  const hops: string[] = [];
  const handled: Record<Address, Message[]> = {};
  let [src, next]: [Address, RelayDatagram | undefined] = ["A", datagram];
  while (next !== undefined) {
    const { to }: RelayDatagram = next;
    hops.push(`${src}>${to}`);
    const answer = answers[to];
    if (to !== "A" && answer === undefined) break;
    const relay = new Relay(to);
    const messages = relay.arrive(onTheWire(src, next));
    handled[to] = messages;
    const said = messages.flatMap((message) => (message.type === "AppendEntries" ? (answer?.(message) ?? []) : []));
    const direct = said.filter((message) => !relay.keeps(message));
    if (direct.length > 0) {
      hops.push(`${to}>A`);
      handled["A"] = direct;
    }
    [src, next] = [to, relay.depart()];
  }
  return { hops, handled };
}

function onTheWire(
  src: Address,
  { to, type, fields }: RelayDatagram,
): JsonObject & { src: string; dst: string; type: string } {
  return JSON.parse(JSON.stringify({ ...fields, src, dst: to, leader: "A", type }));
}

function append(to: Address): AppendEntries {
  const log = { prevLogIndex: 3, prevLogTerm: 2, entries: [noOp(4)], leaderCommit: 2 };
  return { type: "AppendEntries", from: "A", to, term: 3, ...log, replyWanted: true, sentAt: 12.5, round: 1 };
}

function noOp(index: number): Entry {
  return { index, term: 3, type: "no-op" };
}

function preVote(): Message {
  return { type: "PreVote", from: "A", to: "D", term: 4, lastLogIndex: 4, lastLogTerm: 3 };
}

function acknowledge({ to, prevLogIndex, entries }: AppendEntries): AppendEntriesResponse {
  const agreed = { success: true, matchIndex: prevLogIndex + entries.length, conflictIndex: 0, conflictTerm: 0 };
  return { type: "AppendEntriesResponse", from: to, to: "A", term: 3, ...agreed, sentAt: 12.5, round: 1 };
}

function refuse(message: AppendEntries): AppendEntriesResponse {
  return {
    ...acknowledge(message),
    success: false,
    matchIndex: message.prevLogIndex,
    conflictIndex: 1,
    conflictTerm: 1,
  };
}

function say(): () => undefined {
  return () => undefined;
}
