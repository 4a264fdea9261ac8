/**
 * What parts that come later (sending and showing files, voice notes) share with the page. The bundler makes a chunk
 * for each combination of parts that use a module. Each part imports this file and thereby everything the page has
 * loaded long ago: so all of that stays one chunk, however many parts there are and whatever they share.
 */
import "page:main";

export {
  batch,
  computed,
  effect,
  type ReadonlySignal,
  type Signal,
  signal,
  useComputed,
  useSignal,
  useSignalEffect,
} from "@preact/signals";
export { type RefObject, render } from "preact";
export { useCallback, useEffect, useId, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
export { ApiError, api } from "./api";
export { nextDelay } from "./backoff";
export { addTexts, formatDuration, formatMoment, formatTime, has, locale, t } from "./i18n";
export { imageBox } from "./image-box";
export { addStyle } from "./lazy-style";
export { localPreviews } from "./local-previews";
export { ask } from "./socket";
export { load, save } from "./storage";
export { Avatar } from "./ui/avatar";
export { Icon } from "./ui/icon";
export { IconButton } from "./ui/icon-button";
export { toast } from "./ui/toast";
