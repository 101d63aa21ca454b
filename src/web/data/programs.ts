/** Programs whose runtimes are known, and the charts of each kind (`serve/rest/programs.ts`). */
import type { Panel, ProgramFigure, ProgramSection } from "../../core/panel.ts";
import { expandProgram, type Program } from "../../core/promql-text.ts";

export interface ProgramRow extends Program {
  readonly kind: string;
  readonly figures: Readonly<Record<string, number | null>>;
}

export interface ProgramList {
  readonly kinds: readonly { readonly kind: string; readonly title: string; readonly programs: number }[];
  readonly programs: readonly ProgramRow[];
  readonly total: number;
  readonly nextCursor: string | null;
  readonly problems: readonly string[];
}

export interface ProgramPanels {
  readonly sections: readonly ProgramSection[];
}

/** The charts of a kind of program, about this one. */
export function panelsOf(section: ProgramSection, program: Program): readonly Panel[] {
  return section.panels.map((panel) => ({
    ...panel,
    queries: panel.queries.map((query) => ({ ...query, expr: expandProgram(query.expr, program) })),
  }));
}

/** Figures of all kinds in a list, each once: many kinds share some. */
export function figuresOf(sections: readonly ProgramSection[], programs: readonly ProgramRow[]): readonly ProgramFigure[] {
  const kinds = new Set(programs.map(({ kind }) => kind));
  const figures = sections.filter(({ id }) => kinds.has(id)).flatMap((section) => section.figures);
  return figures.filter(({ name }, index) => figures.findIndex((other) => other.name === name) === index);
}
