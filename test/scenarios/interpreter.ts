// Reads a scenario: blocks of commands, each followed by `----` and the trace that they give. Gives the same text with the real traces.
import { assert } from "../../src/base/index.ts";
import type { Entry, MembershipChange, ProposeResult, RaftNode, RequestResult } from "../../src/raft/index.ts";
import { textOfEntry, textOfMembership, textOfRole } from "./notation.ts";
import { ScenarioCluster } from "./scenario-cluster.ts";

const SEPARATOR = "----";

/** Runs a scenario and gives its text with what really happens after each `----`. Throws Error that names the line of a bad command. */
export function runScenario(text: string): string {
  const scenario = new Scenario();
  const lines = text.split("\n");
  const result: string[] = [];
  for (let at = 0; at < lines.length; at++) {
    const line = lines[at] ?? "";
    result.push(line);
    if (line === SEPARATOR) {
      // The old trace goes up to the next empty line.
      while (at + 1 < lines.length && lines[at + 1] !== "") at++;
      result.push(...scenario.takeTrace());
    } else if (line !== "" && !line.startsWith("#")) {
      scenario.execute(line, at + 1);
    }
  }
  return result.join("\n");
}

type Command = (words: readonly string[]) => void;

class Scenario {
  readonly #options: Record<string, string | number | boolean> = {};
  #cluster: ScenarioCluster | undefined;
  #trace: string[] = [];

  takeTrace(): string[] {
    const trace = this.#trace;
    this.#trace = [];
    return trace.length === 0 ? ["(nothing happens)"] : trace;
  }

  execute(line: string, lineNumber: number): void {
    const [name = "", ...words] = line.split(" ").filter((word) => word !== "");
    const command = this.#commands[name];
    if (command === undefined) throw new Error(`line ${lineNumber}: unknown command ${name}`);
    try {
      command(words);
    } catch (error) {
      throw new Error(`line ${lineNumber}: ${line}: ${error instanceof Error ? error.message : error}`, {
        cause: error,
      });
    }
  }

  get #world(): ScenarioCluster {
    assert(this.#cluster !== undefined, "a scenario begins with `cluster`");
    return this.#cluster;
  }

  get #ids(): string[] {
    return this.#world.nodes.map(({ id }) => id);
  }

  readonly #commands: Readonly<Record<string, Command>> = {
    options: (words) => {
      for (const word of words) this.#setOption(word);
    },
    cluster: (ids) => {
      this.#cluster = new ScenarioCluster(ids, this.#options, (line) => this.#trace.push(line));
    },
    // node 4 | node a term=6 commit=3 terms=1,1,1,4,4
    node: ([id, ...past]) => this.#startNode(required(id), past),
    quietly: ([name = "", ...words]) => this.#quietly(() => this.#commands[name]?.(words)),
    states: ([name = "", ...words]) => this.#withoutMessages(() => this.#commands[name]?.(words)),
    elect: ([id]) => this.#elect(required(id)),
    campaign: ([id]) => this.#world.node(required(id)).input((node, now) => node.campaign(now)),
    tick: ([id, count]) => this.#world.tick([required(id)], { count: numberOf(count, 1), deliver: false }),
    "tick-all": ([count]) => this.#tickAll(numberOf(count, 1)),
    wait: ([ms]) => this.#world.wait(numberOf(ms)),
    deliver: ([link]) => this.#world.deliver(link),
    drop: ([link]) => this.#world.drop(link),
    lose: ([type, count]) => this.#world.loseNext(required(type), numberOf(count, 1)),
    cut: (links) => this.#world.cut(links),
    isolate: (ids) => this.#world.cut(ids.flatMap((id) => this.#world.linksOf(id))),
    heal: () => this.#world.heal(),
    overtake: ([link]) => this.#world.overtake(required(link)),
    hold: (links) => each(links, (link) => this.#world.hold(link)),
    release: (links) => each(links, (link) => this.#world.release(link)),
    pause: ([id]) => this.#world.pause(required(id)),
    resume: ([id]) => this.#world.resume(required(id)),
    crash: (ids) => each(ids, (id) => this.#world.node(id).crash()),
    restart: (ids) => each(ids, (id) => this.#restart(id)),
    "stop-disk": ([id]) => this.#world.node(required(id)).stopDisk(),
    "start-disk": ([id]) => this.#world.node(required(id)).startDisk(),
    propose: ([id, ...commands]) => each(commands, (command) => this.#propose(required(id), command)),
    membership: ([id, ...words]) => {
      const changes = changesOf(words);
      this.#refusals(id, (node, now) => node.proposeMembership(changes, now));
    },
    read: ([id, ...contexts]) => this.#read(required(id), contexts),
    transfer: ([id, target]) => this.#refusals(id, (node, now) => node.transferLeadership(required(target), now)),
    compact: ([id, index, keep]) => {
      this.#world.node(required(id)).compact({ index: numberOf(index), keepEntries: numberOf(keep, 0) });
    },
    log: (ids) => each(ids, (id) => this.#showLog(id)),
    terms: (ids) => each(ids, (id) => this.#showTerms(id)),
    state: (ids) => each(ids, (id) => this.#say(`${id} state: ${this.#world.node(id).applied.join(" ") || "empty"}`)),
    status: (ids) => each(ids.length > 0 ? ids : this.#ids, (id) => this.#showStatus(id)),
    progress: ([id]) => this.#showProgress(required(id)),
  };

  /** The usual way to a leader, in one line: promises to earlier leaders have lapsed, and every message arrives. */
  #elect(id: string): void {
    const node = this.#world.node(id);
    // One that was away may have to learn the term first, and try again.
    for (let attempt = 0; attempt < 3 && node.status.role !== "leader"; attempt++) {
      this.#quietly(() => {
        this.#world.wait(1000);
        node.input((raft, now) => raft.campaign(now));
        this.#world.deliver();
      });
    }
    this.#showStatus(id);
  }

  #withoutMessages(act: () => void): void {
    const shown = this.#trace.length;
    act();
    this.#trace = this.#trace.filter((line, at) => at < shown || !/^\S+ -[>x] /.test(line));
  }

  #quietly(act: () => void): void {
    const shown = [...this.#trace];
    act();
    this.#trace = shown;
  }

  #say(line: string): void {
    this.#trace.push(line);
  }

  #setOption(word: string): void {
    const [name = "", value = ""] = word.split("=");
    const number = Number(value);
    this.#options[name] =
      value === "true" || value === "false" ? value === "true" : Number.isNaN(number) ? value : number;
  }

  #startNode(id: string, words: readonly string[]): void {
    const past = new Map(words.map((word) => [word.split("=")[0], word.split("=")[1]]));
    const terms = past.get("terms")?.split(",").map(Number);
    if (terms === undefined) {
      this.#world.addNode(id);
      return;
    }
    const entries = terms.map((term, at): Entry => {
      return { index: at + 1, term, type: "command", command: new TextEncoder().encode(`c${at + 1}.${term}`) };
    });
    const commitIndex = numberOf(past.get("commit"), 0);
    const hardState = { currentTerm: numberOf(past.get("term")), votedFor: past.get("vote"), commitIndex };
    this.#world.addNode(id, { hardState, entries });
  }

  #tickAll(count: number): void {
    this.#world.tick(this.#ids, { count, deliver: true });
  }

  #restart(id: string): void {
    const node = this.#world.node(id);
    node.start();
    this.#showStatus(id);
  }

  #propose(id: string, command: string): void {
    this.#refusals(id, (node, now) => node.propose(new TextEncoder().encode(command), now));
  }

  /** All reads arrive together, before the node is asked for its Ready. */
  #read(id: string, contexts: readonly string[]): void {
    this.#world.node(id).input((node, now) => {
      for (const context of contexts) this.#showRefusal(id, node.readIndex(context, now));
    });
  }

  #refusals(id: string | undefined, ask: (node: RaftNode, now: number) => ProposeResult | RequestResult): void {
    const node = this.#world.node(required(id));
    this.#showRefusal(node.id, node.input(ask));
  }

  #showRefusal(id: string, result: ProposeResult | RequestResult): void {
    if (result.accepted) return;
    const { reason, leader, detail } = result;
    this.#say(
      `${id} refuses: ${reason}${detail === undefined ? "" : ` (${detail})`}${leader && leader !== id ? `, ask ${leader}` : ""}`,
    );
  }

  #showLog(id: string): void {
    const { log, status } = this.#world.node(id);
    const entries = log.map((entry) =>
      entry.index <= status.commitIndex ? textOfEntry(entry) : `(${textOfEntry(entry)})`,
    );
    const snapshot = status.firstIndex > 1 && (log[0]?.index ?? status.lastIndex + 1) > 1 ? ["snapshot.."] : [];
    this.#say(`${id} log: ${[...snapshot, ...entries].join(" ") || "empty"}`);
  }

  #showTerms(id: string): void {
    this.#say(
      `${id} terms: ${this.#world
        .node(id)
        .log.map(({ term }) => term)
        .join(" ")}`,
    );
  }

  #showStatus(id: string): void {
    const node = this.#world.node(id);
    if (!node.isRunning) {
      this.#say(`${id} is down`);
      return;
    }
    const { status } = node;
    const { lastIndex, commitIndex, membership, lease } = status;
    const log = `last=${lastIndex} commit=${commitIndex}`;
    this.#say(`${id} ${textOfRole(status)} ${log} ${textOfMembership(membership)}${lease ? " (lease)" : ""}`);
  }

  #showProgress(id: string): void {
    for (const [follower, { state, matchIndex, nextIndex }] of this.#world.node(id).status.progress) {
      this.#say(`${id} sees ${follower}: ${state} match=${matchIndex} next=${nextIndex}`);
    }
  }
}

const changeTypes: readonly MembershipChange["type"][] = ["add-voter", "add-learner", "remove"];

/** `add-voter 4 remove 1` */
function changesOf(words: readonly string[]): MembershipChange[] {
  return Array.from({ length: words.length / 2 }, (_, at) => {
    const type = changeTypes.find((each) => each === words[2 * at]);
    if (type === undefined) throw new Error(`${words[2 * at]} is not one of ${changeTypes.join(", ")}`);
    return { type, id: required(words[2 * at + 1]) };
  });
}

function each<T>(list: readonly T[], act: (item: T) => void): void {
  for (const item of list) act(item);
}

function required(word: string | undefined): string {
  if (word === undefined) throw new Error("a word is missing");
  return word;
}

function numberOf(word: string | undefined, otherwise?: number): number {
  const number = word === undefined ? otherwise : Number(word);
  if (number === undefined || Number.isNaN(number)) throw new Error(`${word ?? "nothing"} is not a number`);
  return number;
}
