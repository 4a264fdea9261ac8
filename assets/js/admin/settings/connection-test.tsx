import { useSignal } from "@preact/signals";
import type { ConnectionTestPart } from "../../shared/connection-test/part";
import type { ConnectionTest as Test } from "../../shared/connection-test/test";
import { t } from "../../shared/i18n";
import { later } from "../../shared/later";
import { Setting } from "../ui/setting";

const testing = later<ConnectionTestPart>(async () =>
  (await import("../../shared/connection-test/part")).ready(),
);

/** *Test my connection*, with its result below. */
export function ConnectionTest() {
  const test = useSignal<Test | null>(null);
  const part = testing.part.value;
  const running = test.value?.verdict.value === "running";
  return (
    <div class="settings-list own-connection">
      <Setting title={t("settings.connection")} text={t("settings.connection.text")}>
        <button
          class="button primary small"
          type="button"
          disabled={running}
          data-testid="connection-test-start"
          onPointerEnter={testing.preload}
          onFocus={testing.preload}
          onClick={() =>
            testing.use((loaded) => {
              test.value ??= loaded.openTest({});
              void test.value.run();
            })
          }
        >
          {t("settings.connection.start")}
        </button>
      </Setting>
      {part && test.value && (
        <div class="connection-result">
          <part.Result test={test.value} />
        </div>
      )}
    </div>
  );
}
