/**
 * Writes the key of a series (`name{a="b"}`) and lines of metadata as bytes: what comes in protobuf gets the same spelling as in text,
 * so that whoever compares keys needs one form only.
 */

const quote = 34;
const comma = 44;
const newline = 10;
const backslash = 92;
const lowerN = 110;
const openBrace = 123;

export class KeyWriter {
  bytes = new Uint8Array(1024);
  view = new DataView(this.bytes.buffer);
  length = 0;
  #labels = 0;

  /** Begins anew, with a text of ASCII characters that needs no escapes. */
  begin(text: string): void {
    this.length = 0;
    this.#labels = 0;
    this.append(text);
  }

  /** ASCII without escapes. */
  append(text: string): void {
    this.#reserve(text.length);
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }

  /** Begins anew with the name of a metric, quoted in the braces where it could not stand before them. */
  beginSeries(name: Uint8Array, suffix: string): void {
    this.length = 0;
    this.#labels = 0;
    if (isPlain(name, true)) {
      this.raw(name);
      this.append(suffix);
      return;
    }
    this.append('{"');
    this.escaped(name);
    this.append(suffix);
    this.append('"');
    this.#labels = 1;
  }

  label(name: Uint8Array, value: Uint8Array): void {
    this.#reserve(name.length + 8);
    this.bytes[this.length++] = this.#labels++ === 0 ? openBrace : comma;
    if (isPlain(name, false)) this.raw(name);
    else {
      this.append('"');
      this.escaped(name);
      this.append('"');
    }
    this.append('="');
    this.escaped(value);
    this.append('"');
  }

  /** A label whose value needs no escapes. */
  plainLabel(name: string, value: string): void {
    this.append(this.#labels++ === 0 ? "{" : ",");
    this.append(name);
    this.append('="');
    this.append(value);
    this.append('"');
  }

  endSeries(): void {
    if (this.#labels > 0) this.append("}");
  }

  raw(bytes: Uint8Array): void {
    this.#reserve(bytes.length);
    this.bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** With `\\`, `"` and line ends escaped. */
  escaped(bytes: Uint8Array): void {
    this.#reserve(bytes.length * 2);
    for (let i = 0; i < bytes.length; i++) {
      const code = bytes[i] ?? 0;
      if (code === backslash || code === quote || code === newline) this.bytes[this.length++] = backslash;
      this.bytes[this.length++] = code === newline ? lowerN : code;
    }
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(this.bytes.length * 2, this.length + more));
    grown.set(this.bytes);
    this.bytes = grown;
    this.view = new DataView(grown.buffer);
  }
}

/** Whether the name is letters, digits and `_` (a metric's also `:`), not beginning with a digit. */
function isPlain(name: Uint8Array, isMetric: boolean): boolean {
  for (let i = 0; i < name.length; i++) {
    const code = name[i] ?? 0;
    const isLetter = (code >= 97 && code <= 122) || (code >= 65 && code <= 90) || code === 95 || (isMetric && code === 58);
    if (!isLetter && !(i > 0 && code >= 48 && code <= 57)) return false;
  }
  return name.length > 0;
}
