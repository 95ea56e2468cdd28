// Makes the cluster smaller: fewer replicas, fewer clients, fewer cut links.
import type { Decision } from "../decisions.ts";
import { removeParts } from "./remove-parts.ts";
import type { Scenario } from "./scenario.ts";
import type { Search, Steps } from "./search.ts";

/** Takes away one replica after the other, the last ones first. */
export function* removeNodes(search: Search): Steps<void> {
  for (const node of search.best.settings.nodes.toReversed()) {
    const { settings } = search.best;
    if (settings.voters.length === 1 && settings.voters.includes(node)) continue;
    yield* search.attempt(withoutNode(search.best, node));
    if (settings.voters.includes(node) && search.best.settings.voters.includes(node)) {
      yield* search.attempt(
        withVoters(
          search.best,
          settings.voters.filter((voter) => voter !== node),
        ),
      );
    }
  }
}

/** Leaves only the clients that ask something, with numbers from 1 on; then tries with fewer. */
export function* removeClients(search: Search): Steps<void> {
  yield* search.attempt(withClients(search.best, clientsAsking(search.best)));
  for (const client of clientsAsking(search.best).toReversed()) {
    const others = clientsAsking(search.best).filter((other) => other !== client);
    const first = others[0];
    if (first !== undefined) yield* search.attempt(withClients(search.best, others, { rename: client, as: first }));
  }
}

/** Cuts fewer links. */
export function* removeCuts(search: Search): Steps<void> {
  for (const [at, decision] of search.best.decisions.entries()) {
    if (decision.type !== "partition" || decision.cut.length < 2) continue;
    const cut = () => {
      const current = search.best.decisions[at];
      return current?.type === "partition" ? current.cut : [];
    };
    yield* removeParts(cut, (rest) => {
      const current = search.best.decisions[at];
      const decisions = search.best.decisions.map((each, place) => {
        return place === at && current?.type === "partition" ? { ...current, cut: rest } : each;
      });
      return search.attemptDecisions(decisions);
    });
  }
}

function withVoters(scenario: Scenario, voters: readonly string[]): Scenario {
  return { ...scenario, settings: { ...scenario.settings, voters } };
}

/** The same without a replica, and without all that concerns only it. */
function withoutNode(scenario: Scenario, gone: string): Scenario {
  const { settings, decisions } = scenario;
  const isThere = (id: string) => id !== gone;
  const clocks = Object.fromEntries(Object.entries(settings.clocks).filter(([id]) => isThere(id)));
  return {
    ...scenario,
    settings: { ...settings, nodes: settings.nodes.filter(isThere), voters: settings.voters.filter(isThere), clocks },
    decisions: decisions.flatMap((decision) => withoutNodeIn(decision, gone, settings.nodes.find(isThere) ?? gone)),
  };
}

function withoutNodeIn(decision: Decision, gone: string, other: string): readonly Decision[] {
  const touches = (link: string) => link.split(">").includes(gone);
  switch (decision.type) {
    case "operation":
      return [decision.node === gone ? { ...decision, node: other } : decision];
    case "partition":
      return [{ ...decision, cut: decision.cut.filter((link) => !touches(link)) }];
    case "message":
    case "clog":
      return touches(decision.link) ? [] : [decision];
    case "membership": {
      const changes = decision.changes.filter(({ id }) => id !== gone);
      return decision.node === gone || changes.length === 0 ? [] : [{ ...decision, changes }];
    }
    case "transfer":
      return decision.node === gone || decision.target === gone ? [] : [decision];
    case "outsiders": {
      const nodes = decision.nodes.filter(({ node }) => node !== gone);
      return nodes.length === 0 ? [] : [{ ...decision, nodes }];
    }
    default:
      return decision.node === gone ? [] : [decision];
  }
}

/** The liveness phase needs a client even where nobody asks. */
function clientsAsking({ decisions }: Scenario): readonly string[] {
  const asking = decisions.flatMap((decision) => (decision.type === "operation" ? [decision.client] : []));
  const numberOf = (client: string) => Number(client.slice(1));
  return [...new Set(asking)].sort((one, other) => numberOf(one) - numberOf(other));
}

/** Exactly these clients, named c1, c2, ... in their order. */
function withClients(
  scenario: Scenario,
  clients: readonly string[],
  { rename, as }: { rename?: string; as?: string } = {},
): Scenario {
  const { settings, decisions } = scenario;
  const nameOf = (name: string) => {
    const place = clients.indexOf(name === rename && as !== undefined ? as : name);
    return place < 0 ? undefined : `c${place + 1}`;
  };
  const renamed = decisions.flatMap((decision): readonly Decision[] => {
    if (decision.type === "operation") return [{ ...decision, client: nameOf(decision.client) ?? "c1" }];
    if (decision.type !== "message" && decision.type !== "clog") return [decision];
    const ends = decision.link.split(">").map((end) => (end.startsWith("c") ? nameOf(end) : end));
    return ends.includes(undefined) ? [] : [{ ...decision, link: ends.join(">") }];
  });
  const count = Math.max(1, clients.length);
  return { ...scenario, settings: { ...settings, clients: { ...settings.clients, count } }, decisions: renamed };
}
