/** The section of what others send us: how much of it is taken. The protocols' own settings are elsewhere (`otlp`, `scrape`, `hub`). */
import { z } from "zod";

const mebibyte = 1_048_576;

export const ingestSchema = z
  .strictObject({
    max_decompressed_bytes: z
      .int()
      .min(65_536)
      .max(256 * mebibyte)
      // A hundred times what senders send; a bomb of this size still costs 60 ms of CPU.
      .default(32 * mebibyte)
      .meta({ description: "Larger requests of remote write are refused; measured after decompression." }),
    max_series_per_request: z
      .int()
      .min(1)
      .max(1_000_000)
      .default(100_000)
      .meta({ description: "Requests of remote write with more are refused." }),
    max_labels: z.int().min(1).max(1024).default(128).meta({ description: "Series with more labels are refused." }),
    max_label_name_bytes: z
      .int()
      .min(8)
      .max(16_384)
      .default(1024)
      .meta({ description: "Series with longer names of labels are refused." }),
    max_label_value_bytes: z
      .int()
      .min(8)
      .max(65_536)
      .default(8192)
      .meta({ description: "Series with longer values of labels are refused." }),
  })
  .prefault({});

export type IngestConfig = z.infer<typeof ingestSchema>;
