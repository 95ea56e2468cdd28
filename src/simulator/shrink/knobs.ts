// Makes the settings plainer: every one that the failure does not need gets its default.
import type { Settings } from "../settings.ts";
import { defaultSettings } from "./scenario.ts";
import type { Search, Steps } from "./search.ts";

/** The parts of the settings whose fields are tried one by one. */
const SECTIONS = ["raft", "network", "process", "clients"] as const;

/** All at once, a section at once, then one setting after the other. */
export function* plainSettings(search: Search): Steps<void> {
  const { raft, network, process, clocks } = defaultSettings;
  if (yield* attemptSettings(search, (settings) => ({ ...settings, raft, network, process, clocks }))) return;
  yield* attemptSettings(search, (settings) => ({ ...settings, clocks }));
  for (const section of SECTIONS) {
    const whole = {
      ...defaultSettings[section],
      ...(section === "clients" && { count: search.best.settings.clients.count }),
    };
    if (yield* attemptSettings(search, (settings) => ({ ...settings, [section]: whole }))) continue;
    for (const [name, value] of Object.entries(whole)) {
      yield* attemptSettings(search, (settings) => ({
        ...settings,
        [section]: { ...settings[section], [name]: value },
      }));
    }
  }
  for (const id of Object.keys(search.best.settings.clocks)) {
    yield* attemptSettings(search, (settings) => {
      return {
        ...settings,
        clocks: Object.fromEntries(Object.entries(settings.clocks).filter(([other]) => other !== id)),
      };
    });
  }
}

function* attemptSettings(search: Search, change: (settings: Settings) => Settings): Steps<boolean> {
  const { settings } = search.best;
  const changed = change(settings);
  if (JSON.stringify(changed) === JSON.stringify(settings)) return false;
  return yield* search.attempt({ ...search.best, settings: changed });
}
