/** The blockchain clients of this node for `doctor`: which answer, on what their mappings rest, and what cannot be had of them. */
import type { Config } from "../core/config.ts";
import { localDoors } from "../domains/chain/client/local-doors.ts";
import type { ClientLook } from "../domains/chain/client/look-once.ts";
import { chainObserver } from "../domains/chain/observer.ts";
import { listeningSockets } from "../io/listening-sockets.ts";
import type { DoctorItem } from "./doctor-report.ts";

/** Nothing where no client is configured or found. Throws where a PEM file of the configuration cannot be read. */
export async function clientItems(config: Config): Promise<readonly DoctorItem[]> {
  if (!(await chainObserver.wanted(config))) return [];
  const { lookForClients } = await import("../domains/chain/client/look-once.ts");
  const { clientKinds } = await import("../domains/chain/clients/kinds.ts");
  // Where the system does not tell what is listened on, nothing is found; what is configured is asked all the same.
  const sockets = await listeningSockets(config.host.proc_root).catch(() => []);
  const { signal } = new AbortController();
  const looks = await lookForClients({ config, kinds: clientKinds, doors: localDoors(sockets), signal });
  return looks.flatMap(itemsOf);
}

function itemsOf({ name, title, details, fix, isConfigured }: ClientLook): readonly DoctorItem[] {
  const [first = "", ...missing] = details;
  const area = "clients";
  if (title === null) {
    const state = isConfigured ? "broken" : "absent";
    return [{ area, subject: name, state, detail: first, ...(fix === null ? {} : { fix }) }];
  }
  return [
    { area, subject: name, state: "ok", detail: first },
    ...missing.map((detail): DoctorItem => ({ area, subject: name, state: "absent", detail })),
  ];
}
