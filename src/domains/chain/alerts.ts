/**
 * Alerts about the chain: before the loss where there is a before. Each waits longer than the check of the same thing, and stays for a
 * while after it is over, so that what swings around its limit is one alert.
 */
import type { AlertRuleDeclaration } from "../../core/alert-rule.ts";
import { clientAlerts } from "./alerts/client.ts";
import { validatorAlerts } from "./alerts/validators.ts";

export const chainAlerts: readonly AlertRuleDeclaration[] = [...clientAlerts, ...validatorAlerts];
