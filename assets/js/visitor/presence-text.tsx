import { presence } from "./store";

/** `short` where there is room for one line only. */
export function PresenceText({ short = false }: { short?: boolean }) {
  const line = presence.value;
  if (!line) return null;
  const detail = (short && line.short) || line.detail;
  return (
    <p class={`presence ${line.state}`} data-testid="presence-line">
      <span class="what">{line.what}</span>
      {detail && <span class="detail">{detail}</span>}
    </p>
  );
}
