// The counts of a run while it goes on, and their summary in the end.
import type { Address } from "../protocol.ts";
import { summarizeLatencies } from "./latency.ts";
import type { Statistics } from "./result.ts";

/** Counters that the parts of the world raise; each has the meaning of its namesake in Statistics. */
export class Counts {
  readonly leaders: Address[] = [];
  readonly messagesByType = new Map<string, number>();
  readonly messagesBySender = new Map<Address, number>();
  readonly hopLatenciesMs: number[] = [];
  readonly endToEndLatenciesMs: number[] = [];
  died = 0;
  killed = 0;
  restarted = 0;
  totalMessages = 0;
  lostByChance = 0;
  lostByPartition = 0;
  lostToDead = 0;
  blockedMessages = 0;
  messagesDuplicated = 0;
  messagesReordered = 0;
  bytesBetweenReplicas = 0;
  gets = 0;
  puts = 0;
  getsNotGenerated = 0;
  incorrect = 0;
  incorrectGets = 0;
  duplicates = 0;
  redirects = 0;
  getFailures = 0;
  putFailures = 0;
  /** Puts that were acknowledged: the stored state that a run must show. */
  acknowledgedPuts = 0;

  /** Counts one message on its way to one receiver. */
  countMessage({ from, type, bytes }: { from: Address; type: string; bytes: number }): void {
    this.totalMessages++;
    this.bytesBetweenReplicas += bytes;
    this.messagesByType.set(type, (this.messagesByType.get(type) ?? 0) + 1);
    this.messagesBySender.set(from, (this.messagesBySender.get(from) ?? 0) + 1);
  }

  /** The final figures; the unanswered requests are the clients' to know. */
  summarize({ unansweredGets, unansweredPuts }: { unansweredGets: number; unansweredPuts: number }): Statistics {
    return {
      leaders: this.leaders,
      died: this.died,
      killed: this.killed,
      totalMessages: this.totalMessages,
      droppedMessages: this.lostByChance + this.lostByPartition,
      blockedMessages: this.blockedMessages,
      gets: this.gets,
      puts: this.puts,
      getsNotGenerated: this.getsNotGenerated,
      incorrect: this.incorrect,
      incorrectGets: this.incorrectGets,
      duplicates: this.duplicates,
      redirects: this.redirects,
      getFailures: this.getFailures,
      putFailures: this.putFailures,
      unansweredGets,
      unansweredPuts,
      hopLatency: summarizeLatencies(this.hopLatenciesMs),
      endToEndLatency: summarizeLatencies(this.endToEndLatenciesMs),
      messagesLost: { byChance: this.lostByChance, byPartition: this.lostByPartition, toDead: this.lostToDead },
      messagesDuplicated: this.messagesDuplicated,
      messagesReordered: this.messagesReordered,
      messagesByType: Object.fromEntries(this.messagesByType),
      bytesBetweenReplicas: this.bytesBetweenReplicas,
      restarted: this.restarted,
    };
  }
}
