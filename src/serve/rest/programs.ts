/**
 * `GET /api/v1/performance/programs`: programs that expose metrics of their runtime, with key figures, by pages; and the charts there are
 * of each kind. A program is a pair of `job` and `instance`; the charts' expressions have them as variables.
 */
import { z } from "zod";
import { ChainPulseError } from "../../core/errors.ts";
import { labelValue } from "../../core/labels.ts";
import type { ProgramFigure, ProgramSection } from "../../core/panel.ts";
import type { QueryFailure, QueryResult } from "../../query/api.ts";
import { defineRoute, type Route } from "../http/route.ts";
import type { Services } from "../services.ts";
import { panelSection } from "./panel-shapes.ts";
import { tag } from "./shapes.ts";

const figure = z.object({ name: z.string(), help: z.string(), unit: z.string(), expr: z.string() });

const programSection = panelSection
  .omit({ domain: true, domainTitle: true })
  .extend({ programs: z.string(), figures: z.array(figure) })
  .meta({ id: "ProgramSection" });

const program = z
  .object({
    kind: z.string(),
    job: z.string(),
    instance: z.string(),
    /** `null` where it does not expose the figure. */
    figures: z.record(z.string(), z.number().nullable()),
  })
  .meta({ id: "Program" });

type Program = z.output<typeof program>;

export const programRoutes: readonly Route[] = [
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/program-panels",
    access: "read",
    tag,
    summary: "The charts of each kind of program; their expressions have the variables $job and $instance.",
    answer: { status: 200, schema: z.object({ sections: z.array(programSection) }) },
    handle: ({ services }) => ({ sections: sectionsOf(services) }),
  }),
  defineRoute({
    method: "GET",
    path: "/api/v1/performance/programs",
    access: "read",
    tag,
    summary: "Programs whose runtime is known, with key figures: Go, JVM, .NET, Node.js, Python.",
    query: z.strictObject({
      kind: z.string().max(64).optional().meta({ description: "Only programs of this kind." }),
      search: z.string().max(256).optional().meta({ description: "Part of the job or the instance." }),
      limit: z.coerce.number().int().min(1).max(1000).default(100),
      cursor: z
        .string()
        .regex(/^\d{1,6}$/)
        .optional(),
    }),
    answer: {
      status: 200,
      schema: z.object({
        kinds: z.array(z.object({ kind: z.string(), title: z.string(), programs: z.number() })),
        programs: z.array(program),
        total: z.number(),
        nextCursor: z.string().nullable(),
        /** Why some figures are missing. */
        problems: z.array(z.string()),
      }),
    },
    async handle({ services }, { query: { kind, search = "", limit, cursor } }) {
      const sections = sectionsOf(services);
      if (kind !== undefined && !sections.some(({ id }) => id === kind)) {
        const known = sections.map(({ id }) => id).join(", ");
        throw new ChainPulseError("BAD_REQUEST", `there is no kind ${JSON.stringify(kind)}; there are ${known}`);
      }
      const timeMs = (await services.query.latestMs()) ?? services.clock.nowMs();
      const found = await services.query.batch(
        sections.map(({ programs }) => programs),
        timeMs,
      );
      const all = sections.map((section, index) => ({ section, programs: programsOf(section, found[index]) }));
      const text = search.toLowerCase();
      const wanted = all
        .filter(({ section }) => kind === undefined || section.id === kind)
        .flatMap(({ programs }) => programs)
        .filter(({ job, instance }) => [job, instance].some((value) => value.toLowerCase().includes(text)));
      const offset = Number(cursor ?? 0);
      const page = wanted.slice(offset, offset + limit);
      const next = offset + page.length;
      const { figures, results } = await figuresOf(services, page, timeMs);
      return {
        kinds: all.map(({ section, programs }) => ({ kind: section.id, title: section.title, programs: programs.length })),
        programs: withFigures(page, figures, results),
        total: wanted.length,
        nextCursor: next < wanted.length ? String(next) : null,
        problems: [...new Set([...found, ...results].flatMap((one) => ("message" in one ? [one.message] : [])))],
      };
    },
  }),
];

function sectionsOf(services: Services): readonly ProgramSection[] {
  return services.domains.flatMap(({ programs = [] }) => programs);
}

function programsOf({ id }: ProgramSection, found: QueryResult | QueryFailure | undefined): readonly Program[] {
  return samplesOf(found).map(({ labels }) => ({
    kind: id,
    job: labelValue(labels, "job"),
    instance: labelValue(labels, "instance"),
    figures: {},
  }));
}

interface KindFigure extends ProgramFigure {
  readonly kind: string;
}

/** The figures of all kinds on the page; one expression gives those of all programs of a kind. */
async function figuresOf(
  services: Services,
  page: readonly Program[],
  timeMs: number,
): Promise<{ readonly figures: readonly KindFigure[]; readonly results: readonly (QueryResult | QueryFailure)[] }> {
  const shown = sectionsOf(services).filter(({ id }) => page.some(({ kind }) => kind === id));
  const figures = shown.flatMap((section) => section.figures.map((one) => ({ ...one, kind: section.id })));
  const results = await services.query.batch(
    figures.map(({ expr }) => expr),
    timeMs,
  );
  return { figures, results };
}

function withFigures(
  page: readonly Program[],
  figures: readonly KindFigure[],
  results: readonly (QueryResult | QueryFailure)[],
): readonly Program[] {
  const values = new Map<string, number>();
  for (const [index, { kind, name }] of figures.entries()) {
    for (const { labels, value } of samplesOf(results[index])) {
      if (Number.isFinite(value))
        values.set(keyOf(kind, labelValue(labels, "job"), labelValue(labels, "instance"), name), value);
    }
  }
  return page.map((one) => {
    const own = figures.filter(({ kind }) => kind === one.kind);
    const entries = own.map(({ name }) => [name, values.get(keyOf(one.kind, one.job, one.instance, name)) ?? null] as const);
    return { ...one, figures: Object.fromEntries(entries) };
  });
}

function keyOf(...parts: readonly string[]): string {
  return parts.join("\u0000");
}

/** A query that failed, or what is no vector, has none. */
function samplesOf(result: QueryResult | QueryFailure | undefined): (QueryResult & { readonly type: "vector" })["samples"] {
  return result !== undefined && "type" in result && result.type === "vector" ? result.samples : [];
}
