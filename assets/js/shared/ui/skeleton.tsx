/** Grey shapes where text will be. `label` is what a screen reader hears meanwhile. */
export function Skeleton({ label, lines = 3 }: { label: string; lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label={label}>
      {Array.from({ length: lines }, (_, index) => (
        <span key={index} aria-hidden="true" />
      ))}
    </div>
  );
}
