/** Values that several sections of the configuration have. */
import { z } from "zod";

/** Of a file or a directory. */
export const path = z.string().min(1).max(4096).meta({ expected: "a path" });

/** As Prometheus had them before UTF-8. Source: prometheus.io/docs/concepts/data_model. */
export const labelName = z
  .string()
  .regex(/^[a-zA-Z_][a-zA-Z0-9_]*$/)
  .meta({ expected: "a label name: letters, digits and underscores, not starting with a digit" });

/** A share of a whole. */
export const ratio = z.number().min(0).max(1).meta({ expected: "a share from 0 to 1" });

/** As whom one asks another server; secrets are in files. */
export const credentials = {
  bearer_token_file: path.optional().meta({ description: "File with the token that is sent along." }),
  basic_auth: z
    .strictObject({
      username: z.string().min(1).max(256).meta({ description: "The user's name." }),
      password_file: path.meta({ description: "File with the password." }),
    })
    .optional()
    .meta({ description: "Instead of a token." }),
} as const;
