// The rules of the course's page for replicas, one test each, in clusters whose every message is under the test's hand.
import assert from "node:assert/strict";
import { test } from "node:test";
import { courseSettings } from "../../src/course/replica/settings.ts";
import { Cluster } from "./virtual/cluster.ts";

const { silenceMs, firstElectionMs, handOverMs, answersAskMs, answersWaitMs } = courseSettings;
const minute = 60_000;
const onlyLeadersAnswer = { ...courseSettings, chainsEndAnswers: false };

test("start: nothing between replicas for 2 s, a leader before clients come at 5 s", () => {
  const cluster = new Cluster();
  cluster.run(silenceMs);
  assert.deepEqual(cluster.sent, []);
  cluster.runUntil(() => cluster.leader() === "0000", 4_000 - silenceMs);
  assert.ok(cluster.sent.length < 40, `${cluster.sent.length} messages for one election`);
});

test("requests that come before there is a leader wait, and are answered once there is one", () => {
  const cluster = new Cluster();
  cluster.run(firstElectionMs - handOverMs / 2);
  for (const id of cluster.ids) cluster.put(id, { key: id, value: "1", leader: "FFFF" });
  assert.deepEqual(cluster.answers, []);
  cluster.run(1_000);
  assert.deepEqual(cluster.answersTo("PUT00001"), ["ok"]);
  for (const id of cluster.ids.slice(1)) assert.deepEqual(cluster.answersTo(`PUT${id}1`), ["redirect 0000"]);
});

test("a follower redirects to the leader, and the redirected MID is never answered, whatever happens", () => {
  const cluster = elected();
  cluster.put("0003", { key: "K", value: "1", MID: "M", leader: "FFFF" });
  cluster.kill("0000");
  cluster.runUntil(() => cluster.leader() !== "0000" && cluster.leader() !== "");
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["redirect 0000"]);
});

test("a client that believes in the same silent leader is not sent back to it: its request waits for a sign of life", () => {
  const cluster = elected();
  cluster.kill("0000");
  cluster.put("0003", { key: "K", value: "1", MID: "M", leader: "0000" });
  cluster.run(handOverMs - 100);
  assert.deepEqual(cluster.answersTo("M"), []);
  cluster.run(minute);
  assert.match(cluster.answersTo("M").join(), /^redirect 000[0124]$/);
});

test("the same with a leader that lives: the next sign of it sends the client there", () => {
  const cluster = elected();
  cluster.put("0003", { key: "K", value: "1", MID: "M", leader: "0000" });
  cluster.run(1_500);
  assert.deepEqual(cluster.answersTo("M"), ["redirect 0000"]);
});

test("a put is answered when a majority has it, and then it is read", () => {
  const cluster = elected();
  cluster.isLost = () => true;
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(300);
  assert.deepEqual(cluster.answersTo("M"), []);
  cluster.isLost = ({ dst }) => dst === "0003" || dst === "0004";
  cluster.run(1_000);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  cluster.get("0000", { key: "K", MID: "G" });
  assert.deepEqual(cluster.answersTo("G"), ["ok 1"]);
});

test("the second follower of the chain answers a put: it knows first that a majority has it", () => {
  const cluster = warm();
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  assert.notEqual(answererOf(cluster, "M"), "0000");
});

test("when its word to the leader gets lost, the leader asks, and nobody answers a second time", () => {
  const cluster = warm();
  cluster.isLost = ({ type, dst }) => type === "AppendEntriesResponse" && dst === "0000";
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.get("0000", { key: "K", MID: "G" });
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  assert.deepEqual(cluster.answersTo("G"), [], "the leader does not know yet that the put is committed");
  cluster.isLost = () => false;
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  assert.deepEqual(cluster.answersTo("G"), ["ok 1"]);
});

test("when the chain is cut on its way, the leader answers itself, as soon as the second follower has said that it will not", () => {
  for (const station of ["first", "second"]) {
    const cluster = warm();
    cluster.isLost = (message) => message.type === "AppendEntries" && (station === "first") === "onward" in message;
    cluster.put("0000", { key: "K", value: "1", MID: "M" });
    assert.deepEqual(cluster.answersTo("M"), []);
    cluster.isLost = () => false;
    cluster.run(2 * answersAskMs);
    assert.deepEqual(cluster.answersTo("M"), ["ok"], station);
    assert.equal(answererOf(cluster, "M"), "0000");
  }
});

test("when the second follower is dead, the leader answers after the time it takes to ask", () => {
  const cluster = warm();
  const second = cluster.sent.findLast((message) => "onward" in message)?.["onward"];
  assert.ok(typeof second === "object" && second !== null && "to" in second && typeof second.to === "string");
  cluster.kill(second.to);
  for (const MID of ["M", "N"]) cluster.put("0000", { key: "K", value: MID, MID });
  cluster.run(answersWaitMs);
  for (const MID of ["M", "N"]) assert.deepEqual(cluster.answersTo(MID), ["ok"]);
  cluster.get("0000", { key: "K", MID: "G" });
  assert.deepEqual(cluster.answersTo("G"), ["ok N"]);
});

test("a put that the second follower answered before the leader knew of its commit is not answered by the next leader", () => {
  const cluster = warm();
  cluster.isLost = ({ type, dst }) => type === "AppendEntriesResponse" && dst === "0000";
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  cluster.kill("0000");
  cluster.isLost = () => false;
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  cluster.get(cluster.leader(), { key: "K", MID: "G" });
  assert.deepEqual(cluster.answersTo("G"), ["ok 1"]);
});

test("in a cluster of three, where no chain is needed, the leader answers", () => {
  const cluster = elected({ size: 3 });
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  assert.equal(answererOf(cluster, "M"), "0000");
});

test("a put that the dead leader had replicated but not answered is answered by the new leader, once", () => {
  const cluster = elected({ settings: onlyLeadersAnswer });
  cluster.isLost = ({ type }) => type === "AppendEntriesResponse";
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(100);
  assert.deepEqual(cluster.answersTo("M"), []);
  cluster.kill("0000");
  cluster.isLost = () => false;
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  assert.notEqual(cluster.answers.find(({ MID }) => MID === "M")?.by, "0000");
});

test("a put that the dead leader answered is not answered again", () => {
  const cluster = elected();
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(20);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  cluster.kill("0000");
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
});

test("nor does it matter which two others die with the leader", () => {
  for (const victims of [
    ["0001", "0002"],
    ["0001", "0004"],
    ["0003", "0004"],
  ]) {
    const cluster = elected();
    cluster.put("0000", { key: "K", value: "1", MID: "M" });
    cluster.run(20);
    cluster.kill("0000");
    cluster.runUntil(() => cluster.leader() !== "0000" && cluster.leader() !== "");
    for (const id of victims.filter((victim) => victim !== cluster.leader()).slice(0, 1)) cluster.kill(id);
    cluster.run(minute);
    assert.deepEqual(cluster.answersTo("M"), ["ok"], victims.join());
  }
});

test("everybody alive hears of a new leader at once, although its predecessor is dead", () => {
  const cluster = elected();
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(20);
  cluster.kill("0000");
  cluster.runUntil(() => cluster.leader() !== "0000" && cluster.leader() !== "");
  const leader = cluster.leader();
  for (const id of cluster.ids.slice(1)) assert.equal(cluster.replica(id).status().leader, leader, id);
});

test("a new leader answers nothing, its own puts too, before it knows what has been answered; reads wait with them", () => {
  const cluster = elected({ settings: onlyLeadersAnswer });
  cluster.isLost = ({ type }) => type === "AppendEntriesResponse";
  cluster.put("0000", { key: "K", value: "1", MID: "old" });
  cluster.run(100);
  cluster.kill("0000");
  cluster.isLost = () => false;
  cluster.runUntil(() => cluster.leader() !== "0000" && cluster.leader() !== "");
  const leader = cluster.leader();
  const silent = cluster.ids.find((id) => id !== "0000" && id !== leader) ?? "";
  cluster.isLost = ({ src }) => src === silent;
  cluster.put(leader, { key: "K", value: "2", MID: "new" });
  cluster.get(leader, { key: "K", MID: "G" });
  assert.deepEqual(cluster.answersTo("old"), []);
  assert.deepEqual(cluster.answersTo("new"), []);
  assert.deepEqual(cluster.answersTo("G"), []);
  cluster.run(answersWaitMs + 200);
  const order = cluster.answers.map(({ MID }) => MID);
  assert.deepEqual(order, ["old", "new", "G"]);
  assert.deepEqual(cluster.answersTo("G"), ["ok 2"]);
});

test("a new leader that reaches everybody but its dead predecessor does not wait longer than it takes to ask", () => {
  const cluster = elected({ settings: onlyLeadersAnswer });
  cluster.isLost = ({ type }) => type === "AppendEntriesResponse";
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(100);
  cluster.kill("0000");
  cluster.isLost = () => false;
  cluster.runUntil(() => cluster.leader() !== "0000" && cluster.leader() !== "");
  cluster.run(answersAskMs + 50);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
});

test("a deposed leader says nothing about a put while it may still commit, and redirects it once it is overwritten", () => {
  const cluster = elected();
  cluster.isLost = ({ src, dst }) => src === "0000" || dst === "0000";
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.runUntil(() => cluster.leader() !== "0000" && cluster.leader() !== "");
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), []);
  cluster.isLost = () => false;
  cluster.run(5_000);
  assert.deepEqual(cluster.answersTo("M"), [`redirect ${cluster.leader()}`]);
});

test("a deposed leader whose put survives in another log leaves the answer to the next leader", () => {
  const cluster = elected();
  let heir = "";
  // One follower alone gets the put, and nobody learns of it.
  cluster.isLost = ({ type, dst }) => {
    if (type === "AppendEntries" && heir === "") heir = dst;
    return type !== "AppendEntries" || dst !== heir;
  };
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.isLost = ({ type, src, dst }) => src === "0000" || dst === "0000" || (type === "PreVote" && src !== heir);
  cluster.runUntil(() => cluster.leader() === heir, minute);
  cluster.run(1_000);
  cluster.isLost = () => false;
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  assert.equal(cluster.answers.find(({ MID }) => MID === "M")?.by, heir);
});

test("a leader whose earlier put was overwritten while it did not lead leads the put anew", () => {
  const cluster = elected({ size: 3 });
  const cutOff = (id: string) => (message: { src: string; dst: string }) => message.src === id || message.dst === id;
  cluster.isLost = cutOff("0000");
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  // A second leader, whose first entry reaches only the deposed one, overwrites the put there and dies before it commits.
  cluster.isLost = (message) => cutOff("0000")(message) || message.type === "AppendEntries";
  cluster.runUntil(() => cluster.leader() !== "0000" && cluster.leader() !== "");
  const second = cluster.leader();
  const third = cluster.ids.find((id) => id !== "0000" && id !== second) ?? "";
  cluster.isLost = cutOff(third);
  cluster.runUntil(() => cluster.replica("0000").status().leader === second);
  cluster.isLost = (message) => cutOff(third)(message) || message.dst === second;
  cluster.run(100);
  cluster.kill(second);
  cluster.isLost = () => false;
  cluster.runUntil(() => cluster.leader() === "0000", minute);
  cluster.run(5_000);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
});

test("a minority leader steps down, keeps the puts in its log to itself, and hands over what came later", () => {
  const cluster = elected();
  const minority = ["0000", "0001"];
  cluster.isLost = ({ src, dst }) => minority.includes(src) !== minority.includes(dst);
  cluster.put("0000", { key: "K", value: "1", MID: "in the log" });
  cluster.runUntil(() => cluster.replica("0000").status().role !== "leader");
  cluster.put("0000", { key: "K", value: "2", MID: "later" });
  cluster.get("0000", { key: "K", MID: "G" });
  cluster.run(handOverMs - 100);
  assert.deepEqual([...cluster.answersTo("later"), ...cluster.answersTo("G")], []);
  cluster.run(1_000);
  for (const MID of ["later", "G"]) {
    const [answer = ""] = cluster.answersTo(MID);
    assert.match(answer, /^redirect 000[234]$/, `${MID} goes to the other side`);
  }
  assert.deepEqual(cluster.answersTo("in the log"), []);
});

test("reads that a minority leader could not prove go to the other side as well", () => {
  const cluster = elected();
  cluster.run(2_000);
  cluster.isLost = ({ src, dst }) => src === "0000" || dst === "0000";
  cluster.run(1_000);
  assert.equal(cluster.replica("0000").status().role, "leader");
  cluster.get("0000", { key: "K", MID: "G" });
  assert.deepEqual(cluster.answersTo("G"), []);
  cluster.run(10_000);
  assert.match(cluster.answersTo("G")[0] ?? "", /^redirect 000[1234]$/);
});

test("no stale read from a deposed leader, cut off or paused", () => {
  for (const trouble of ["cut off", "paused"]) {
    const cluster = elected();
    cluster.put("0000", { key: "K", value: "old", MID: "1" });
    cluster.run(1_000);
    if (trouble === "paused") cluster.pause("0000");
    cluster.isLost = ({ src, dst }) => src === "0000" || dst === "0000";
    cluster.runUntil(
      () => cluster.leader() !== "0000" && cluster.leader() !== "" && cluster.replica(cluster.leader()).status().lease,
    );
    const leader = cluster.leader();
    cluster.put(leader, { key: "K", value: "new", MID: "2" });
    cluster.run(100);
    assert.deepEqual(cluster.answersTo("2"), ["ok"]);
    cluster.get("0000", { key: "K", MID: "G" });
    cluster.resume("0000");
    cluster.run(200);
    cluster.isLost = () => false;
    cluster.run(minute);
    assert.ok(!cluster.answersTo("G").includes("ok old"), trouble);
    assert.deepEqual(cluster.answersTo("G"), [`redirect ${leader}`], trouble);
  }
});

test("a leader that was paused does not answer what its successor has answered", () => {
  const cluster = elected();
  cluster.isLost = ({ type }) => type === "AppendEntriesResponse";
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(40);
  cluster.pause("0000");
  // The acknowledgements reach the socket of the paused leader, which commits the moment it goes on.
  cluster.isLost = () => false;
  cluster.run(100);
  for (const { src, dst, ...rest } of cluster.sent.filter(
    ({ type, dst }) => type === "AppendEntriesResponse" && dst === "0000",
  )) {
    cluster.receive("0000", { ...rest, src, dst });
  }
  cluster.runUntil(() => cluster.answersTo("M").length > 0);
  cluster.resume("0000");
  cluster.run(minute);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  assert.notEqual(cluster.answers.find(({ MID }) => MID === "M")?.by, "0000");
});

test("many puts between two ticks share datagrams that every system takes, and are all answered once", () => {
  const cluster = elected();
  cluster.isLost = () => true;
  const values = Array.from({ length: 300 }, (_, at) => String(at));
  for (const value of values) cluster.put("0000", { key: "K", value });
  cluster.isLost = () => false;
  cluster.run(2_000);
  for (const value of values) assert.deepEqual(cluster.answersTo(`PUTK${value}`), ["ok"]);
});

test("a follower that missed more than the log holds gets a snapshot, and leads from it, even after a restart", () => {
  const settings = { ...courseSettings, snapshotEveryEntries: 50, keepEntries: 10 };
  const cluster = elected({ size: 3, settings });
  cluster.isLost = ({ dst }) => dst === "0002";
  for (let at = 0; at < 400; at++) {
    cluster.put("0000", { key: `KEY${at}`, value: `value ${at} \u{1F600}` });
    cluster.run(10);
  }
  cluster.isLost = () => false;
  cluster.runUntil(() => cluster.replica("0002").status().lastApplied === cluster.replica("0000").status().lastApplied);
  assert.ok(cluster.sent.some(({ type }) => type === "InstallSnapshot"));
  cluster.kill("0000");
  cluster.isLost = ({ src, type }) => src === "0001" && type === "PreVote";
  for (const MID of ["installed", "restarted"]) {
    cluster.runUntil(() => cluster.leader() === "0002", minute);
    cluster.get("0002", { key: "KEY7", MID });
    cluster.run(1_000);
    assert.deepEqual(cluster.answersTo(MID), ["ok value 7 \u{1F600}"]);
    cluster.kill("0002");
    cluster.start("0002");
  }
});

test("a put whose leader lets itself be replaced is answered once, by whom it concerns", () => {
  const cluster = elected();
  cluster.isLost = () => true;
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.isLost = () => false;
  cluster.run(50);
  // What a leader would say to hand over (dissertation §3.10); this replica never does, but obeys.
  const { term } = cluster.replica("0000").status();
  cluster.receive("0003", { src: "0000", dst: "0003", leader: "0000", type: "TimeoutNow", term });
  cluster.put("0000", { key: "K", value: "2", MID: "N" });
  cluster.put("0003", { key: "L", value: "3", MID: "O" });
  cluster.run(minute);
  for (const MID of ["M", "N", "O"]) assert.equal(cluster.answersTo(MID).length, 1, MID);
});

test("replicas that are restarted with what they saved know everything that was answered", () => {
  const cluster = elected({ size: 3 });
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(1_000);
  for (const id of cluster.ids) cluster.kill(id);
  cluster.run(1_000);
  for (const id of cluster.ids) cluster.start(id);
  cluster.runUntil(() => cluster.leader() !== "");
  cluster.get(cluster.leader(), { key: "K", MID: "G" });
  cluster.run(1_000);
  assert.deepEqual(cluster.answersTo("G"), ["ok 1"]);
});

test("a restarted replica without what it saved cannot help a minority to lose what was answered", () => {
  const cluster = elected();
  const majority = ["0000", "0001", "0002"];
  cluster.isLost = ({ src, dst }) => majority.includes(src) !== majority.includes(dst);
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(1_000);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
  // One of the majority forgets, and is now on the side of those that never knew.
  cluster.kill("0002");
  const others = ["0002", "0003", "0004"];
  cluster.isLost = ({ src, dst }) => others.includes(src) !== others.includes(dst);
  cluster.start("0002", { forgetful: true });
  cluster.run(minute);
  assert.equal(cluster.replica("0002").isMute, true);
  assert.equal(cluster.leader(), "");
  cluster.isLost = () => false;
  cluster.runUntil(() => cluster.leader() !== "");
  cluster.get(cluster.leader(), { key: "K", MID: "G" });
  cluster.run(2_000);
  assert.deepEqual(cluster.answersTo("G"), ["ok 1"]);
});

test("a mute replica still sends its clients to the leader", () => {
  const cluster = elected();
  cluster.kill("0004");
  cluster.start("0004", { forgetful: true });
  cluster.run(5_000);
  cluster.put("0004", { key: "K", value: "1", MID: "M", leader: "FFFF" });
  assert.deepEqual(cluster.answersTo("M"), ["redirect 0000"]);
});

test("replicas that start up to a second apart all take part", () => {
  const cluster = new Cluster();
  cluster.run(1_000);
  cluster.kill("0004");
  cluster.start("0004", { forgetful: true });
  cluster.run(5_000);
  assert.equal(cluster.replica("0004").isMute, false);
  for (const id of ["0001", "0002"]) cluster.kill(id);
  cluster.put("0000", { key: "K", value: "1", MID: "M" });
  cluster.run(2_000);
  assert.deepEqual(cluster.answersTo("M"), ["ok"]);
});

/** A cluster in which 0000 leads, and everybody knows. */
function elected(options: ConstructorParameters<typeof Cluster>[0] = {}): Cluster {
  const cluster = new Cluster(options);
  cluster.run(5_000);
  assert.equal(cluster.leader(), "0000");
  return cluster;
}

/** A leader that has seen enough round trips to trust its links. */
function warm(): Cluster {
  const cluster = elected();
  for (let at = 0; at < 40; at++) {
    cluster.put("0000", { key: "WARM", value: `${at}`, MID: `WARM${at}` });
    cluster.run(30);
  }
  return cluster;
}

function answererOf(cluster: Cluster, MID: string): string | undefined {
  return cluster.answers.find((answer) => answer.MID === MID)?.by;
}
