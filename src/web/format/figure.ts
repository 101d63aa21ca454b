/** Values of view fields as their pages write them: by the UCUM unit that the field declares. */
import { formatNumber, formatQuantity, fromUcum, joinQuantity, type Quantity } from "./quantity.ts";

/** Numbers of blocks and the like are names: all their digits count. */
const names: ReadonlySet<string> = new Set(["{block}", "{slot}", "{epoch}"]);
/** Currencies say their unit, because it is not seen in the title; very small amounts are written in the smaller one. */
const currencies: Readonly<Record<string, { readonly unit: string; readonly small: string }>> = {
  "{gwei}": { unit: "gwei", small: "wei" },
  "{ether}": { unit: "ether", small: "gwei" },
};
const smallBelow = 0.001;
/** Of the smaller one in the larger: both times a billion. */
const parts = 1e9;

/** `value` is in the base of its unit on the page (share, seconds, bytes); `ucum` as declared. `null` becomes an en dash. */
export function formatFigure(value: number | null, ucum: string): Quantity {
  if (value === null || !Number.isFinite(value)) return { text: "–", unit: "" };
  if (names.has(ucum) && Number.isInteger(value)) return { text: value.toLocaleString("en"), unit: "" };
  const currency = currencies[ucum];
  if (currency === undefined) return formatQuantity(value, fromUcum(ucum).unit);
  const { unit, small } = currency;
  const size = Math.abs(value);
  if (size > 0 && size < smallBelow) return { text: formatNumber(value * parts), unit: small };
  return { text: size < 100 ? formatNumber(value) : exact(value), unit };
}

/** A balance of 32,768.1234 ether changes in its last digits. */
function exact(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 4 });
}

/** The same as one text. */
export function figureText(value: number | null, ucum: string): string {
  return joinQuantity(formatFigure(value, ucum));
}
