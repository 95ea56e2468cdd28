// Distributions for people. Pure: distributions in, text out.
import Table from "cli-table3";
import { formatCount, formatMs, formatShare } from "../report/figures.ts";
import { type Paint, paintFor, type Style } from "../terminal/index.ts";
import type { ConfigDistribution, MeasureDistribution } from "./distribution.ts";

/** More failed runs than this are only counted. */
const FAILED_SHOWN = 10;

const HEAD = ["", "min", "p10", "median", "p90", "max", "bonus", "full", "partial", "none", "worst"];

/** A heading, a table and the failed seeds for each config. Several lines, ends without an end of line. */
export function formatDistributions(
  distributions: readonly ConfigDistribution[],
  { colors, replay }: { readonly colors: boolean; readonly replay: (config: string, seed: string) => string },
): string {
  const paint = paintFor({ colors });
  return distributions
    .map((one) => {
      const failed = one.failed
        .slice(0, FAILED_SHOWN)
        .flatMap(({ seed, reason }) => [
          `${paint("bad", "failed")} ${one.config} seed ${seed}: ${reason}`,
          `  again: ${replay(one.config, seed)}`,
        ]);
      const more = one.failed.length - FAILED_SHOWN;
      const rest = more > 0 ? [`${more} more failed; --json names all`] : [];
      return [heading(one, paint), measuresTable(one.measures, paint), ...failed, ...rest].join("\n");
    })
    .join("\n\n");
}

function heading({ config, runs, passes, passRate, fullScores }: ConfigDistribution, paint: Paint): string {
  const passed = paint(passes === runs ? "good" : "bad", `${passes} of ${runs} passed`);
  const sure = `95 % sure: ${percent(passRate.low)}..${percent(passRate.high)} %`;
  return `${paint("strong", config)}  ${passed} (${sure}); full or better in everything: ${fullScores}`;
}

function measuresTable(measures: readonly MeasureDistribution[], paint: Paint): string {
  const aligned = HEAD.map((_, column) => (column === 0 ? ("left" as const) : ("right" as const)));
  const table = new Table({ head: HEAD, colAligns: aligned, style: { head: [], border: [], compact: true } });
  for (const one of measures) {
    const format = one.measure.endsWith(" ms") ? formatMs : formatCount;
    const { tiers } = one;
    table.push([
      one.measure,
      ...[one.min, one.p10, one.median, one.p90, one.max].map(format),
      ...(["bonus", "full", "partial", "none"] as const).map((tier) =>
        tiers === undefined ? "" : paintCount(tiers[tier], tier === "none" ? "bad" : "strong", paint),
      ),
      `seed ${one.worstSeed}`,
    ]);
  }
  return table.toString();
}

function paintCount(count: number, style: Style, paint: Paint): string {
  return paint(count === 0 ? "faint" : style, String(count));
}

/** One decimal where rounding would say "all" or "nothing" wrongly. */
function percent(share: number): string {
  const rounded = formatShare(share);
  const isExact = share === 0 || share === 1;
  return !isExact && (rounded === "100" || rounded === "0") ? (Math.floor(share * 1000) / 10).toFixed(1) : rounded;
}
