/**
 * Boxes and arrows in layers: callers to the left of what they call, as far as calls do not go round; in a layer, boxes stand near those
 * they are connected with. Three steps of Sugiyama's method: cycles broken by a walk, layers by longest path, order by barycentres.
 */

export interface MapPlace {
  /** From the left. */
  readonly layer: number;
  /** From the top of its layer. */
  readonly slot: number;
}

export interface Arrow {
  readonly source: number;
  readonly target: number;
}

/** Sweeps to the right and back: four bring a layered graph of this size to rest. */
const sweeps = 4;

/** Box → its place. */
export function mapLayout(boxes: number, arrows: readonly Arrow[]): readonly MapPlace[] {
  const layerOf = layersOf(boxes, forwardArrows(boxes, arrows));
  const layers: number[][] = [];
  for (const [box, layer] of layerOf.entries()) (layers[layer] ??= []).push(box);
  const slotOf = new Float64Array(boxes);
  const number = (layer: readonly number[]): void => {
    for (const [slot, box] of layer.entries()) slotOf[box] = slot;
  };
  layers.forEach(number);
  for (let sweep = 0; sweep < sweeps; sweep++) {
    const toRight = sweep % 2 === 0;
    for (const layer of toRight ? layers : layers.toReversed()) {
      const at = layerOf[layer[0] ?? 0] ?? 0;
      const isBefore = (box: number): boolean => (layerOf[box] ?? 0) * (toRight ? 1 : -1) < at * (toRight ? 1 : -1);
      const middle = new Map(layer.map((box) => [box, barycentre(box, arrows, slotOf, isBefore)]));
      layer.sort((a, b) => (middle.get(a) ?? 0) - (middle.get(b) ?? 0) || a - b);
      number(layer);
    }
  }
  return Array.from(layerOf, (layer, box) => ({ layer, slot: slotOf[box] ?? 0 }));
}

/** The mean slot of those that a box is connected with and `counts`; its own where there is none. */
function barycentre(box: number, arrows: readonly Arrow[], slotOf: Float64Array, counts: (other: number) => boolean): number {
  let [sum, count] = [0, 0];
  for (const { source, target } of arrows) {
    const other = source === box ? target : target === box ? source : -1;
    if (other === -1 || !counts(other)) continue;
    sum += slotOf[other] ?? 0;
    count++;
  }
  return count === 0 ? (slotOf[box] ?? 0) : sum / count;
}

/** Without the arrows that lead back to a box that the walk is below. */
function forwardArrows(boxes: number, arrows: readonly Arrow[]): readonly Arrow[] {
  const outgoing = Map.groupBy(arrows, ({ source }) => source);
  const isCalled = new Set(arrows.map(({ target }) => target));
  const roots = [...Array(boxes).keys()].sort((a, b) => Number(isCalled.has(a)) - Number(isCalled.has(b)) || a - b);
  const state = new Uint8Array(boxes);
  const forward: Arrow[] = [];
  const visit = (box: number): void => {
    state[box] = 1;
    for (const arrow of outgoing.get(box) ?? []) {
      if (state[arrow.target] === 1) continue;
      forward.push(arrow);
      if (state[arrow.target] === 0) visit(arrow.target);
    }
    state[box] = 2;
  };
  // At most two hundred boxes: the walk cannot be deeper.
  for (const box of roots) if (state[box] === 0) visit(box);
  return forward;
}

/** Box → the length of the longest way to it. */
function layersOf(boxes: number, forward: readonly Arrow[]): Int32Array {
  const layers = new Int32Array(boxes);
  const waiting = new Int32Array(boxes);
  for (const { target } of forward) waiting[target] = (waiting[target] ?? 0) + 1;
  const outgoing = Map.groupBy(forward, ({ source }) => source);
  const ready = [...Array(boxes).keys()].filter((box) => waiting[box] === 0);
  for (let box = ready.pop(); box !== undefined; box = ready.pop()) {
    for (const { target } of outgoing.get(box) ?? []) {
      layers[target] = Math.max(layers[target] ?? 0, (layers[box] ?? 0) + 1);
      waiting[target] = (waiting[target] ?? 0) - 1;
      if (waiting[target] === 0) ready.push(target);
    }
  }
  return layers;
}
