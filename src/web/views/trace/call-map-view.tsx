/** The map of a trace: boxes and arrows as SVG, callers to the left. */
import { useSignal } from "@preact/signals";
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import { cleanText } from "../../../core/clean-text.ts";
import { durationText } from "../../../core/trace/time-words.ts";
import { callMap, type CallMap } from "./call-map.ts";
import { mapLayout, type MapPlace } from "./map-layout.ts";
import type { TraceModel } from "./trace-model.ts";

const box = { width: 180, height: 52, gapX: 130, gapY: 22, pad: 12 } as const;

export function CallMapView({ model }: { readonly model: TraceModel }): JSX.Element {
  const by = useSignal<"service" | "node">("service");
  const map = useMemo(() => callMap(model, by.value), [model, by.value]);
  const places = useMemo(() => mapLayout(map.boxes.length, map.edges), [map]);
  return (
    <section aria-label="Map of calls">
      <div class="table-tools">
        <label>
          Boxes are
          <select
            class="select"
            value={by.value}
            onChange={(event) => (by.value = event.currentTarget.value === "node" ? "node" : "service")}
          >
            <option value="service">services</option>
            <option value="node">nodes</option>
          </select>
        </label>
        {map.leftOut === 0 ? null : <span class="dim">{map.leftOut} with fewer spans are not shown</span>}
      </div>
      {map.edges.length === 0 ? (
        <p class="series-note">
          No span has a parent of another {by.value}.
          {by.value === "node"
            ? " What travels between nodes of a chain has no parent there: the transaction's page shows its way."
            : ""}
        </p>
      ) : null}
      <Picture map={map} places={places} />
      <EdgeTable map={map} />
    </section>
  );
}

function Picture({ map, places }: { readonly map: CallMap; readonly places: readonly MapPlace[] }): JSX.Element {
  const layers = Math.max(0, ...places.map(({ layer }) => layer)) + 1;
  const slots = Math.max(0, ...places.map(({ slot }) => slot)) + 1;
  const bends = map.edges.map(({ source, target }) => bendOf(places[source], places[target]));
  const above = Math.max(0, ...bends.map((bend) => -bend));
  const below = Math.max(0, ...bends);
  const width = layers * (box.width + box.gapX) - box.gapX + 2 * box.pad;
  const boxesHeight = slots * (box.height + box.gapY) + 2 * box.pad;
  const inLayer = Map.groupBy(places, ({ layer }) => layer);
  const at = (index: number): Corner => {
    const { layer, slot } = places[index] ?? { layer: 0, slot: 0 };
    const own = (inLayer.get(layer)?.length ?? 1) * (box.height + box.gapY);
    const top = (boxesHeight - own) / 2 + slot * (box.height + box.gapY) + box.gapY / 2;
    return { x: box.pad + layer * (box.width + box.gapX), y: top + above };
  };
  const ways = map.edges.map((edge, index) => ({ edge, ...wayOf(at(edge.source), at(edge.target), bends[index] ?? 0) }));
  const most = Math.max(1, ...map.edges.map(({ calls }) => calls));
  return (
    <div class="table-scroll call-map" tabIndex={0} role="region" aria-label="Picture of the map; the table below has the same">
      <svg width={width} height={boxesHeight + above + below} aria-hidden="true">
        <defs>
          <marker
            id="call-head"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="8"
            markerHeight="8"
            orient="auto"
            markerUnits="userSpaceOnUse"
          >
            <path d="M0 0 8 4 0 8z" class="call-head" />
          </marker>
        </defs>
        {ways.map(({ edge, path }) => (
          <path
            key={`${edge.source} ${edge.target}`}
            class="call-edge"
            data-failed={edge.errors > 0}
            d={path}
            stroke-width={1 + (2 * Math.log1p(edge.calls)) / Math.log1p(most)}
            marker-end="url(#call-head)"
          />
        ))}
        {map.boxes.map(({ name, spans, errors, selfMs }, index) => (
          <g key={name} transform={`translate(${at(index).x} ${at(index).y})`}>
            <rect class="call-box" data-failed={errors > 0} width={box.width} height={box.height} rx="6" />
            <text class="call-name" x="10" y="21">
              {cleanText(name, 24)}
            </text>
            <text class="call-facts" x="10" y="39">
              {spans.toLocaleString("en")} {spans === 1 ? "span" : "spans"}
              {errors === 0 ? "" : ` ▲${errors}`} · own {durationText(selfMs)}
            </text>
          </g>
        ))}
        {ways.map(({ edge, label }) => (
          <text key={`${edge.source} ${edge.target}`} class="call-label" x={label.x} y={label.y}>
            {edge.calls.toLocaleString("en")}×{edge.errors === 0 ? "" : ` ▲${edge.errors}`} · p95 {durationText(edge.p95Ms)}
          </text>
        ))}
      </svg>
    </div>
  );
}

/** Left and top of a box, px. */
interface Corner {
  readonly x: number;
  readonly y: number;
}

/** How far a call swings out, px: up to the right, down on its way back, and around the boxes between. */
function bendOf(source: MapPlace | undefined, target: MapPlace | undefined): number {
  const layers = (target?.layer ?? 0) - (source?.layer ?? 0);
  const isNext = Math.abs(layers) === 1;
  const size = isNext ? 9 : box.height * 0.7 + 18 * Math.abs(layers);
  return layers > 0 ? -size : size;
}

/** From edge to edge of two boxes, and where its words stand. */
function wayOf(from: Corner, to: Corner, bend: number): { readonly path: string; readonly label: Corner } {
  const isBack = to.x <= from.x;
  const [x1, x2] = isBack ? [from.x, to.x + box.width] : [from.x + box.width, to.x];
  // Ways there and back leave a box at two heights.
  const shift = box.height / 2 + (isBack ? 9 : -9);
  const [y1, y2] = [from.y + shift, to.y + shift];
  const reach = Math.max(30, Math.abs(x2 - x1) / 4) * (isBack ? -1 : 1);
  return {
    path: `M${x1} ${y1}C${x1 + reach} ${y1 + bend} ${x2 - reach} ${y2 + bend} ${x2} ${y2}`,
    // The middle of a curve whose handles are both moved by the bend is moved by three quarters of it.
    label: { x: (x1 + x2) / 2, y: (y1 + y2) / 2 + 0.75 * bend + (isBack ? 13 : -5) },
  };
}

function EdgeTable({ map }: { readonly map: CallMap }): JSX.Element {
  if (map.edges.length === 0) return <></>;
  const name = (index: number): string => cleanText(map.boxes[index]?.name ?? "");
  return (
    <div class="table-scroll list-scroll" tabIndex={0} role="region" aria-label="Calls">
      <table class="table table-dense">
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col" class="number">
              Calls
            </th>
            <th scope="col" class="number">
              Failed
            </th>
            <th scope="col" class="number">
              p50
            </th>
            <th scope="col" class="number">
              p95
            </th>
          </tr>
        </thead>
        <tbody>
          {map.edges
            .toSorted((a, b) => b.calls - a.calls)
            .map(({ source, target, calls, errors, p50Ms, p95Ms }) => (
              <tr key={`${source} ${target}`}>
                <th scope="row">{name(source)}</th>
                <td>{name(target)}</td>
                <td class="number">{calls.toLocaleString("en")}</td>
                <td class="number">{errors === 0 ? "" : errors}</td>
                <td class="number">{durationText(p50Ms)}</td>
                <td class="number">{durationText(p95Ms)}</td>
              </tr>
            ))}
        </tbody>
      </table>
    </div>
  );
}
