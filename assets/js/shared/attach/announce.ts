export type Announce = (text: string) => void;

let region: HTMLElement | undefined;

/** Speaks short sentences to screen readers, once each. */
export function openAnnouncer(): Announce {
  if (!region) {
    region = document.createElement("div");
    region.className = "visually-hidden";
    region.role = "status";
    document.body.append(region);
  }
  const place = region;
  return (text) => {
    const line = document.createElement("p");
    line.textContent = text;
    place.replaceChildren(line);
  };
}
