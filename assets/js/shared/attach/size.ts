import { locale } from "../kit";

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"];

/** "340 kB", "1.2 MB". By 1024, as the server's limits are set. */
export function formatSize(bytes: number): string {
  const step = bytes < 1024 ? 0 : Math.min(3, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** step;
  return new Intl.NumberFormat(locale.value, {
    style: "unit",
    unit: UNITS[step],
    unitDisplay: "short",
    maximumFractionDigits: step > 1 && value < 10 ? 1 : 0,
  }).format(value);
}

/** "45%" or "%45" */
export function formatPercent(share: number): string {
  return new Intl.NumberFormat(locale.value, { style: "percent" }).format(share);
}
