/**
 * The part of smartctl's JSON that ChainPulse shows. Sources: smartmontools `nvmeprint.cpp`, `ataprint.cpp`; NVM Express Base
 * Specification 2.0, figure 207 (SMART / Health Information log); ATA attributes 5 and 187.
 */
import { z } from "zod";

const count = z.number().nonnegative();

const schema = z.looseObject({
  smart_status: z.looseObject({ passed: z.boolean() }).optional(),
  temperature: z.looseObject({ current: z.number() }).optional(),
  power_on_time: z.looseObject({ hours: count }).optional(),
  nvme_smart_health_information_log: z
    .looseObject({
      percentage_used: count.optional(),
      available_spare: count.optional(),
      media_errors: count.optional(),
      unsafe_shutdowns: count.optional(),
      data_units_written: count.optional(),
    })
    .optional(),
  ata_smart_attributes: z
    .looseObject({ table: z.array(z.looseObject({ id: z.number(), raw: z.looseObject({ value: count }) })) })
    .optional(),
});

/** NaN for what this drive does not say. */
export interface DriveHealth {
  readonly passed: number;
  readonly endurance: number;
  readonly spare: number;
  readonly temperature: number;
  readonly mediaErrors: number;
  readonly reallocated: number;
  readonly powerOnTime: number;
  readonly unsafeShutdowns: number;
  readonly written: number;
}

/** Thousands of units of 512 bytes, as the specification counts data units. */
const bytesPerDataUnit = 512_000;
const secondsPerHour = 3600;
const attributeReallocated = 5;
const attributeUncorrectable = 187;

/** `null` for a text that is not smartctl's, or that says nothing of the drive's health (a virtual disk). */
export function parseSmartctl(text: string): DriveHealth | null {
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) return null;
  const { smart_status: status, temperature, power_on_time: powerOn, nvme_smart_health_information_log: nvme } = parsed.data;
  const attribute = (id: number): number | undefined =>
    parsed.data.ata_smart_attributes?.table.find((entry) => entry.id === id)?.raw.value;
  const health = {
    passed: status === undefined ? Number.NaN : Number(status.passed),
    endurance: (nvme?.percentage_used ?? Number.NaN) / 100,
    spare: (nvme?.available_spare ?? Number.NaN) / 100,
    temperature: temperature?.current ?? Number.NaN,
    mediaErrors: nvme?.media_errors ?? attribute(attributeUncorrectable) ?? Number.NaN,
    reallocated: attribute(attributeReallocated) ?? Number.NaN,
    powerOnTime: (powerOn?.hours ?? Number.NaN) * secondsPerHour,
    unsafeShutdowns: nvme?.unsafe_shutdowns ?? Number.NaN,
    written: (nvme?.data_units_written ?? Number.NaN) * bytesPerDataUnit,
  };
  return Object.values(health).every(Number.isNaN) ? null : health;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
