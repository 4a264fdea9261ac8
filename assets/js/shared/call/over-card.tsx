import missed from "icon:phone-missed";
import over from "icon:phone-off";
import warning from "icon:triangle-alert";
import close from "icon:x";
import { Icon, IconButton, t } from "../kit";
import type { Call, CallsOptions, Phase } from "./types";
import { endWords, faultWords } from "./words";

interface Props {
  call: Call;
  phase: Extract<Phase, { is: "ended" | "refused" }>;
  testConnection: CallsOptions["testConnection"];
}

/** How it ended, or why it never began, and what can be done about it. */
export function OverCard({ call, phase, testConnection }: Props) {
  const isEnd = phase.is === "ended";
  const { title, more } = isEnd ? endWords(call, phase) : faultWords(phase.fault, call.peer.value);
  const calm = isEnd && phase.reason === "hangup";
  const again = isEnd ? !calm && (call.outgoing || phase.reason !== "missed") : phase.fault !== "answered";
  const wantsTest = isEnd && phase.reason === "failed" && testConnection;
  return (
    <div class={`call-card call-over ${calm ? "" : "call-bad"}`} data-testid="call-over">
      <div class="call-who">
        <span class="call-sign">
          <Icon body={!isEnd || phase.reason === "failed" ? warning : calm ? over : missed} />
        </span>
        <div class="call-words">
          <h2>{title}</h2>
          {more && <p class="call-status">{more}</p>}
        </div>
        <IconButton
          icon={close}
          label={t("close")}
          data-testid="call-dismiss"
          data-next
          onClick={call.dismiss}
        />
      </div>
      {(again || wantsTest) && (
        <div class="call-actions">
          {wantsTest && (
            <button type="button" class="button plain" data-testid="call-test" onClick={testConnection}>
              {t("call.test")}
            </button>
          )}
          {again && (
            <button type="button" class="button primary" data-testid="call-retry" onClick={call.retry}>
              {isEnd ? t("call.again") : t("state.retry")}
            </button>
          )}
        </div>
      )}
    </div>
  );
}
