/** Names of the places that metrics tell of: bounded, because each is a label of many series, and a sender may make up any number of them. */
import { type Place, placeKey } from "../../core/trace/flow-place.ts";

const placesMax = 64;

export class KnownPlaces {
  readonly #keys = new Set<string>();

  /**
   * Node and client, and one word where both are called the same. Whatever else the node has: the name is a label of counters, and would be another
   * place's after a restart if it rested on who was seen first. `null` for one too many.
   */
  nameOf(place: Place): string | null {
    const key = placeKey(place);
    if (!this.#keys.has(key) && this.#keys.size >= placesMax) return null;
    this.#keys.add(key);
    const { node, client } = place;
    return node === client ? node : `${node}/${client}`;
  }
}
