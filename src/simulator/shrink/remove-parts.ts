// Removes whatever is not needed from a list: first large chunks, then smaller ones, in the end one by one (delta debugging, Zeller and
// Hildebrandt 2002).
import type { Steps } from "./search.ts";

/**
 * Removes chunks of the list that `current` gives as long as `keep` accepts what is left; then `current` must give that, or less. Later
 * chunks go first: what comes after the failure matters least. Ends when no single item can go.
 */
export function* removeParts<Item>(
  current: () => readonly Item[],
  keep: (rest: readonly Item[]) => Steps<boolean>,
): Steps<void> {
  let size = Math.ceil(current().length / 2);
  while (size >= 1) {
    let removed = false;
    let end = current().length;
    while (end > 0) {
      const items = current();
      const from = Math.max(0, end - size);
      if (yield* keep([...items.slice(0, from), ...items.slice(end)])) removed = true;
      end = Math.min(from, current().length);
    }
    if (size === 1 && !removed) return;
    size = size === 1 ? 1 : Math.ceil(size / 2);
    if (size > current().length) size = Math.ceil(current().length / 2);
  }
}
