/** The product's mark, the same drawing as the favicon. */
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" role="img" aria-label="Konuşma">
      <path
        class="mark-bubble"
        d="M16 3C8.300 3 2 8.300 2 15c0 3.400 1.600 6.400 4.200 8.600-.1 1.700-.8 3.300-2 4.600-.4.5-.1 1.200.5 1.200 3 0 5.400-1 7.200-2.600 1.300.3 2.700.5 4.100.5 7.700 0 14-5.500 14-12.300S23.700 3 16 3Z"
      />
      <g class="mark-dots">
        <circle cx="9.800" cy="15.200" r="2" />
        <circle cx="16" cy="15.200" r="2" />
        <circle cx="22.200" cy="15.200" r="2" />
      </g>
    </svg>
  );
}
