// What a killed replica finds again, and what it refuses to believe.
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { type Entry, membershipOf, type Ready, type Snapshot } from "../../raft/index.ts";
import { StateFile, StateFileError } from "./state-file.ts";

const root = mkdtempSync(path.join(tmpdir(), "keelson-state-"));
after(() => rmSync(root, { recursive: true }));

const bornAt = 1_700_000_000_000.5;
const hardState = { currentTerm: 3, votedFor: "0002", commitIndex: 1 };
const snapshot: Snapshot = {
  lastIncludedIndex: 10,
  lastIncludedTerm: 2,
  membership: membershipOf(["0000", "0001", "0002"], ["0003"]),
  state: Uint8Array.of(0, 10, 127, 128, 255),
};

test("the first start finds nothing but the moment of birth that it is given", () => {
  const file = open("first");
  assert.deepEqual(file.restored, {});
  assert.equal(file.bornAt, bornAt);
});

test("a restart finds term, vote, commit index and log", () => {
  const file = open("restart");
  const entries: Entry[] = [
    noOp(1, 1),
    command(2, 1),
    { index: 3, term: 3, type: "membership", membership: snapshot.membership },
  ];
  save(file, { entries: entries.slice(0, 1) });
  save(file, { hardState: { ...hardState, currentTerm: 2, votedFor: undefined } });
  save(file, { entries: entries.slice(1), hardState });
  assert.deepEqual(open("restart").restored, { entries, hardState });
});

test("a restart keeps the moment of birth, a second restart too", () => {
  save(open("birth"), { hardState });
  for (let restart = 0; restart < 2; restart++) assert.equal(open("birth", bornAt + 60_000).bornAt, bornAt);
});

test("a vote that was taken back with a new term stays taken back", () => {
  const file = open("vote");
  save(file, { hardState });
  save(file, { hardState: { currentTerm: 4, votedFor: undefined, commitIndex: 1 } });
  assert.deepEqual(open("vote").restored.hardState, { currentTerm: 4, votedFor: undefined, commitIndex: 1 });
});

test("entries replace whatever stood from the first one on", () => {
  const file = open("replace");
  save(file, { entries: [noOp(1, 1), command(2, 1), command(3, 1)] });
  save(file, { entries: [noOp(2, 2)] });
  assert.deepEqual(open("replace").restored.entries, [noOp(1, 1), noOp(2, 2)]);
});

test("a snapshot replaces the log before it, and entries go on after it", () => {
  const file = open("snapshot");
  save(file, { entries: [noOp(1, 1), command(2, 1)] });
  save(file, { snapshot, entries: [command(11, 3)] });
  save(file, { entries: [command(12, 3)] });
  assert.deepEqual(open("snapshot").restored, { snapshot, entries: [command(11, 3), command(12, 3)] });
});

test("a restart after a restart finds what both incarnations saved", () => {
  save(open("twice"), { entries: [noOp(1, 1)], hardState });
  save(open("twice"), { entries: [command(2, 3)] });
  assert.deepEqual(open("twice").restored, { entries: [noOp(1, 1), command(2, 3)], hardState });
});

test("a Ready with nothing to save writes nothing", () => {
  const file = open("nothing");
  const before = contents("nothing");
  save(file, {});
  assert.equal(contents("nothing"), before);
});

test("a torn last line is dropped, wherever it was torn", () => {
  save(open("torn"), { entries: [noOp(1, 1)], hardState });
  const whole = contents("torn");
  save(open("torn"), { entries: [command(2, 3), command(3, 3)] });
  const line = contents("torn").slice(whole.length);
  for (let length = 0; length < line.length; length++) {
    overwrite("torn", whole + line.slice(0, length));
    assert.deepEqual(open("torn").restored.entries, [noOp(1, 1)], `${length} of ${line.length} characters`);
  }
  // The rewritten file has room for new lines again.
  save(open("torn"), { entries: [command(2, 5)] });
  assert.deepEqual(open("torn").restored.entries, [noOp(1, 1), command(2, 5)]);
});

test("damage before the last line is refused, with file and line", () => {
  const file = open("damaged");
  for (const index of [1, 2, 3]) save(file, { entries: [command(index, 1)], hardState });
  const [header = "", birth = "", one = "", two = "", three = ""] = contents("damaged").split("\n");
  const damages: Readonly<Record<string, readonly [readonly string[], number]>> = {
    "cut short": [[header, birth, one.slice(0, -5), two, three], 3],
    "not an object": [[header, birth, "5", two, three], 3],
    "a list": [[header, birth, "[]", two, three], 3],
    "a malformed entry": [[header, birth, '{"entries":[[1]]}', two, three], 3],
    "entries that are none": [[header, birth, '{"entries":7}', two, three], 3],
    "a malformed hard state": [[header, birth, one, '{"hardState":{"currentTerm":"3","commitIndex":0}}', three], 4],
    "a malformed snapshot": [[header, birth, one, '{"snapshot":{"lastIncludedIndex":1}}', three], 4],
    "a line that is missing": [[header, birth, one, three], 4],
    "an empty line": [[header, birth, one, "", two, three], 4],
  };
  for (const [damage, [lines, at]] of Object.entries(damages)) {
    overwrite("damaged", `${lines.join("\n")}\n`);
    const place = `${path.join(root, "damaged", "state.jsonl")}:${at}`;
    assert.throws(() => open("damaged"), matching(`${place} is damaged`), damage);
  }
});

test("a file with another header is refused, and stays as it is", () => {
  open("foreign");
  for (const text of ["", "{}\n", '{"keelson":"course-state","version":2}\n', "hello\n"]) {
    overwrite("foreign", text);
    assert.throws(() => open("foreign"), matching("is not a state file of this version; remove it to start anew"));
    assert.equal(contents("foreign"), text);
  }
});

test("a directory that cannot be made is an error, not a silent start without memory", () => {
  writeFileSync(path.join(root, "a-file"), "");
  assert.throws(() => open("a-file/below"));
});

function open(name: string, birth = bornAt): StateFile {
  return new StateFile(path.join(root, name), { bornAt: birth });
}

function save(file: StateFile, ready: Partial<Ready>): void {
  const nothing = { messages: [], messagesAfterPersist: [], committedEntries: [], readStates: [] };
  file.save({ ...nothing, snapshot: undefined, hardState: undefined, entries: [], ...ready });
}

function contents(name: string): string {
  return readFileSync(path.join(root, name, "state.jsonl"), "utf8");
}

function overwrite(name: string, text: string): void {
  writeFileSync(path.join(root, name, "state.jsonl"), text);
}

function matching(text: string): (error: unknown) => boolean {
  return (error) => error instanceof StateFileError && error.message.includes(text) && !error.message.includes("\n");
}

function noOp(index: number, term: number): Entry {
  return { index, term, type: "no-op" };
}

function command(index: number, term: number): Entry {
  return { index, term, type: "command", command: Uint8Array.of(index, 0, 34, 92, 200) };
}
