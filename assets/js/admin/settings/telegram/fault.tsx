import warning from "icon:triangle-alert";
import { Icon } from "../../../shared/ui/icon";
import type { Telegram } from "../../wire";
import { faultWords } from "./words";

/** What passes by itself, or leaves most of it working. */
const MILD = ["network", "server", "topics"];

/** What is wrong, and what to do. The region is there beforehand: screen readers miss one that comes with its words. */
export function Fault({ fault }: { fault: Telegram["fault"] }) {
  const words = fault && faultWords(fault);
  return (
    <div class="tg-fault-place" role="status">
      {fault && words && (
        <div
          class={`tg-fault ${MILD.includes(fault.code) ? "mild" : ""}`}
          data-testid="telegram-fault"
          data-code={fault.code}
        >
          <Icon body={warning} />
          <div>
            <b>{words.title}</b>
            <p>{words.fix}</p>
          </div>
        </div>
      )}
    </div>
  );
}
