/** A file dropped where nothing takes it would be opened by the browser, in place of the panel. */
export function keepStrayFilesOut(): void {
  const refuse = (event: DragEvent) => {
    const { dataTransfer } = event;
    if (event.defaultPrevented || !dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    dataTransfer.dropEffect = "none";
  };
  // After the page's own listeners, which are on the document.
  addEventListener("dragover", refuse);
  addEventListener("drop", refuse);
}
