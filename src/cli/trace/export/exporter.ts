// What every export is: events in, pieces of text out.
import type { SelectedEvent } from "../selected-events.ts";

/** Turns a trace into text of another format, event by event. Throws ConfigError when the format cannot hold that much. */
export interface Exporter {
  /** Takes the next event, the run event first; returns the text that is finished. */
  add(selected: SelectedEvent): string;
  /** The rest of the text. */
  end(): string;
}
