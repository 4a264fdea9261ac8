import { presence } from "./store";

export function PresenceText() {
  const line = presence.value;
  if (!line) return null;
  return (
    <p class={`presence ${line.state}`} data-testid="presence-line">
      <span class="what">{line.what}</span>
      {line.detail && (
        <>
          <span aria-hidden="true"> · </span>
          <span>{line.detail}</span>
        </>
      )}
    </p>
  );
}
