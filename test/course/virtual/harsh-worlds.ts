// Worlds that are harsher than the course's: every fault that the runner knows, drawn at random. A world is a function of its seed.
import { Prng } from "../../../src/base/index.ts";
import { type CourseConfig, parseConfig } from "../../../src/course/runner/index.ts";

/** Everything ends this long before the clients' last request is judged, ms: time enough to elect, to catch up and to answer. */
const calmS = 15;

const lifetimeS = 30;

/** Who may be killed, to be restarted later: nobody, anybody, or only some, so few that the others are a majority. */
export type Kills = "nobody" | "anybody" | "a-minority";

/** A world with or without kills. */
export function harshWorld(seed: string, { kills }: { kills: Kills }): CourseConfig {
  const random = new Prng(`${seed}/world`);
  const replicas = random.pick([3, 5, 5, 5, 7]);
  const settings = {
    lifetime: lifetimeS,
    end_wait: calmS,
    replicas,
    requests: random.pick([60, 200, 400]),
    mix: random.pick([0.2, 0.5, 0.8]),
    max_packets: 100_000,
    shared_keys: random.pick([0, 6, 30]),
    drops: random.pick([0, 0, 0.05, 0.2]),
    faults: {
      delay_ms: random.pick([0, 0, 5, 50]),
      jitter_ms: random.pick([0, 0, 10, 100]),
      reorder: random.pick([0, 0.2]),
      reorder_ms: random.pick([10, 300]),
      duplicate: random.pick([0, 0.2]),
    },
    events: eventsOf(random, { replicas, kills }),
    tests: { benchmarks: {}, maximum_get_generation_fail_fraction: 1 },
  };
  const result = parseConfig(JSON.stringify(settings), { file: `harsh-${seed}` });
  if (!result.ok) throw new RangeError(result.problems.join("\n"));
  return result.config;
}

/** Troubles one after the other or overlapping; all of them end with the lifetime. */
function eventsOf(random: Prng, { replicas, kills }: { replicas: number; kills: Kills }): object[] {
  const ids = Array.from({ length: replicas }, (_, at) => at.toString(16).padStart(4, "0"));
  const mortal = random.shuffle(ids).slice(0, Math.floor((replicas - 1) / 2));
  const victim = () => (kills === "anybody" ? target() : random.pick(mortal));
  const target = () => random.pick(["leader", "leader", "non_leader", random.pick(ids)]);
  const trouble = (): object[] => {
    const time = random.float() * lifetimeS * 0.9;
    const end = Math.min(time + random.pick([0.05, 0.5, 2, 5]) * (0.5 + random.float()), lifetimeS);
    switch (random.pick(["part", "part", "one-way", "pause", ...(kills === "nobody" ? [] : ["kill", "kill"])])) {
      case "part":
        return [
          { type: random.pick(["part_easy", "part_hard"]), time },
          { type: "part_end", time: end },
        ];
      case "one-way": {
        const [from, to] = random.shuffle([target(), "others"]);
        return [
          { type: "part_oneway", time, from, to },
          { type: "part_end", time: end },
        ];
      }
      case "pause":
        return [
          { type: "pause", time, replica: target() },
          { type: "resume", time: end },
        ];
      default:
        return [
          { type: "kill", time, replica: victim() },
          { type: "restart", time: end },
        ];
    }
  };
  const troubles = Array.from({ length: random.integer({ from: 0, to: 8 }) }, trouble).flat();
  return [...troubles, ...["part_end", "resume", "restart"].map((type) => ({ type, time: lifetimeS }))];
}
