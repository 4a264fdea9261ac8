/**
 * What parts that come later (sending and showing files, voice notes) share with the page. They import it from
 * here only: the bundler makes a chunk for each combination of parts that use a module, and so there is one.
 */
export {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  useComputed,
  useSignal,
} from "@preact/signals";
export { render } from "preact";
export { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { nextDelay } from "./backoff";
export { formatDuration, has, locale, t } from "./i18n";
export { addStyle } from "./lazy-style";
export { Icon } from "./ui/icon";
export { IconButton } from "./ui/icon-button";
export { toast } from "./ui/toast";
