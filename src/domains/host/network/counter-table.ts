/**
 * The kernel's two ways to write protocol counters. Their layout belongs to the running kernel, so it is resolved once per heading,
 * but at every read the headings are looked up: lines appear later (`UdpLite` when its module is loaded).
 *
 *     Tcp: InSegs OutSegs …        snmp, netstat: a line of names above a line of numbers
 *     Tcp: 14605 8675 …
 *     Udp6InDatagrams    0         snmp6: one counter per line
 */
import type { SeriesHandle } from "../../../core/collector.ts";
import { setIfNumber } from "../handle-table.ts";

/** The series of a counter; `null` for one that is not wanted. Asked once per counter. */
export type ResolveCounter = (protocol: string, counter: string) => SeriesHandle | null;

/** More headings than any kernel has; beyond it they are resolved again at each read instead of remembered. */
const maxRemembered = 512;

/** Reader of `snmp` and `netstat`. Returns false when the text is no sequence of such pairs; then nothing more is set. */
export function openPairedLines(resolve: ResolveCounter): (text: string) => boolean {
  const remembered = new Map<string, readonly (readonly [number, SeriesHandle])[]>();
  return (text) => {
    const lines = text.split("\n");
    for (let index = 0; index + 1 < lines.length; index += 2) {
      const [headings = "", numbers = ""] = lines.slice(index, index + 2);
      const protocol = headings.slice(0, headings.indexOf(":"));
      if (protocol === "" || !numbers.startsWith(`${protocol}: `)) return false;
      let columns = remembered.get(headings);
      if (columns === undefined) {
        columns = resolveColumns(headings, protocol, resolve);
        if (remembered.size < maxRemembered) remembered.set(headings, columns);
      }
      if (columns.length === 0) continue;
      const values = numbers.slice(protocol.length + 2).split(" ");
      for (const [column, handle] of columns) setIfNumber(handle, Number(values[column] ?? Number.NaN));
    }
    return true;
  };
}

function resolveColumns(
  headings: string,
  protocol: string,
  resolve: ResolveCounter,
): readonly (readonly [number, SeriesHandle])[] {
  const columns: (readonly [number, SeriesHandle])[] = [];
  for (const [column, counter] of headings
    .slice(protocol.length + 2)
    .split(" ")
    .entries()) {
    const handle = resolve(protocol, counter);
    if (handle !== null) columns.push([column, handle]);
  }
  return columns;
}

/** Reader of `snmp6`: the protocol is the name up to and including its `6`. */
export function openNamedLines(resolve: ResolveCounter): (text: string) => void {
  const remembered = new Map<string, SeriesHandle | null>();
  return (text) => {
    for (const line of text.split("\n")) {
      const end = line.search(/\s/);
      if (end === -1) continue;
      const name = line.slice(0, end);
      let handle = remembered.get(name);
      if (handle === undefined) {
        const split = name.indexOf("6") + 1;
        handle = resolve(name.slice(0, split), name.slice(split));
        if (remembered.size < maxRemembered) remembered.set(name, handle);
      }
      if (handle !== null) setIfNumber(handle, Number(line.slice(end)));
    }
  };
}
