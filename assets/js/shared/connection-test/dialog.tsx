import { render, t, useEffect, useState } from "../kit";
import { Dialog } from "../ui/dialog";
import { type Credentials, openTest } from "./test";
import { Result } from "./view";

/** *Test my connection* over whatever is on the page; it begins at once. */
export function showDialog(credentials: Credentials): void {
  const place = document.createElement("div");
  document.body.append(place);
  render(<TestDialog credentials={credentials} onClose={close} />, place);
  function close(): void {
    render(null, place);
    place.remove();
  }
}

function TestDialog({ credentials, onClose }: { credentials: Credentials; onClose: () => void }) {
  const [test] = useState(() => openTest(credentials));
  useEffect(() => void test.run(), [test]);
  const running = test.verdict.value === "running";
  return (
    <Dialog
      title={t("connection-test.title")}
      class="connection-dialog"
      onClose={onClose}
      actions={
        <>
          <button
            class="button plain"
            type="button"
            disabled={running}
            data-testid="connection-test-again"
            onClick={() => void test.run()}
          >
            {t("connection-test.again")}
          </button>
          <button class="button primary" type="button" onClick={onClose}>
            {t("close")}
          </button>
        </>
      }
    >
      <Result test={test} />
    </Dialog>
  );
}
