// Colours for terminals. Pure: whether there are colours is an input; `wantsColors` is how the command line decides it.

/** What a text stands for; each has one look everywhere. */
export type Style = "good" | "fair" | "bad" | "faint" | "strong" | "remark";

const CODES: Readonly<Record<Style, string>> = {
  good: "32",
  fair: "33",
  bad: "31",
  faint: "2",
  strong: "1",
  remark: "36",
};

/** Gives a text its look, or leaves it as it is. */
export type Paint = (style: Style, text: string) => string;

/** The painter for a terminal with colours, or for anything else. */
export function paintFor({ colors }: { readonly colors: boolean }): Paint {
  return colors ? (style, text) => `\u001b[${CODES[style]}m${text}\u001b[0m` : (_style, text) => text;
}

/** Whether to colour: only on a terminal, and never when NO_COLOR is set to anything (no-color.org). */
export function wantsColors(
  stream: { readonly isTTY?: boolean | undefined },
  environment: Readonly<Record<string, string | undefined>>,
): boolean {
  return stream.isTTY === true && (environment["NO_COLOR"] ?? "") === "";
}
