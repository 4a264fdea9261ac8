export type Announce = (text: string) => void;

/** A region that is new with its words is not heard. */
const SETTLE_MS = 100;
let region: HTMLElement | undefined;

/** Speaks short sentences to screen readers, once each. */
export function openAnnouncer(): Announce {
  if (!region) {
    region = document.createElement("div");
    region.className = "visually-hidden";
    region.setAttribute("role", "status");
    document.body.append(region);
  }
  const place = region;
  return (text) => {
    const line = document.createElement("p");
    line.textContent = text;
    setTimeout(() => place.replaceChildren(line), SETTLE_MS);
  };
}
