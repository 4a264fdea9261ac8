import { calls } from "./hook";

/** Where a running call is: above whatever the desk shows, so that it stays from one thread to the next. */
export function CallPlace() {
  const known = calls.value;
  return known && <div class="call-place">{<known.Panel withoutRings />}</div>;
}
