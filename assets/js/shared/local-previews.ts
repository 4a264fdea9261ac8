/** Pictures this page has sent, by the upload's id: they are here already, no need to fetch the server's small ones. */
export const localPreviews = new Map<string, string>();
