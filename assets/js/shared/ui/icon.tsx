/** A lucide icon: `import send from "icon:send"` and `<Icon body={send} />`. Decorative; label its button. */
export function Icon({ body, class: extra = "" }: { body: string; class?: string }) {
  return (
    <svg
      class={`icon ${extra}`}
      viewBox="0 0 24 24"
      aria-hidden="true"
      // The body comes from the build, never from a person.
      dangerouslySetInnerHTML={{ __html: body }}
    />
  );
}
