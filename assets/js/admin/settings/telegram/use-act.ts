import { useState } from "preact/hooks";
import { refusal } from "./words";

/** Something that may be refused: whether it runs, and why it failed. */
export function useAct(): [
  busy: boolean,
  fault: string | null,
  act: (what: () => Promise<void>) => Promise<boolean>,
  setFault: (fault: string | null) => void,
] {
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<string | null>(null);
  async function act(what: () => Promise<void>): Promise<boolean> {
    setBusy(true);
    setFault(null);
    try {
      await what();
      return true;
    } catch (error) {
      setFault(refusal(error));
      return false;
    } finally {
      setBusy(false);
    }
  }
  return [busy, fault, act, setFault];
}
