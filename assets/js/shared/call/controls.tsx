import mic from "icon:mic";
import micOff from "icon:mic-off";
import share from "icon:monitor-up";
import shareOff from "icon:monitor-x";
import phoneOff from "icon:phone-off";
import settings from "icon:settings-2";
import flip from "icon:switch-camera";
import video from "icon:video";
import videoOff from "icon:video-off";
import { Icon, IconButton, type Signal, t, useRef, useSignal } from "../kit";
import { useLevel } from "./level-of";
import type { Call } from "./types";

interface Props {
  call: Call;
  /** The choice of devices is open. */
  choosing: Signal<boolean>;
}

/** What one does during a call; the way out is last and red. */
export function Controls({ call, choosing }: Props) {
  const { own, phase } = call;
  const waits = phase.value.is === "asking";
  return (
    <fieldset class="call-controls" aria-label={t("call.controls")}>
      <MuteButton call={call} />
      {call.canVideo && (
        <Toggle
          on={own.value.video}
          icon={own.value.video ? video : videoOff}
          label={own.value.video ? t("call.camera.off") : t("call.camera.on")}
          testid="call-camera"
          disabled={waits || own.value.screen}
          act={() => call.camera(!own.value.video)}
        />
      )}
      {call.canFlip.value && own.value.video && (
        <IconButton
          class="call-button"
          icon={flip}
          label={t("call.flip")}
          data-testid="call-flip"
          onClick={() => void call.flip()}
        />
      )}
      {call.canShareScreen && (
        <Toggle
          on={own.value.screen}
          icon={own.value.screen ? shareOff : share}
          label={own.value.screen ? t("call.screen.off") : t("call.screen.on")}
          testid="call-screen"
          disabled={waits}
          act={() => call.shareScreen(!own.value.screen)}
        />
      )}
      <IconButton
        class="call-button"
        icon={settings}
        label={t("call.devices")}
        aria-expanded={choosing.value}
        disabled={waits}
        data-testid="call-devices"
        onClick={() => {
          choosing.value = !choosing.value;
        }}
      />
      <HangupButton call={call} />
    </fieldset>
  );
}

/** Shows that one is heard. */
export function MuteButton({ call }: { call: Call }) {
  const ref = useRef<HTMLSpanElement>(null);
  useLevel(ref, call.ownLevel);
  const on = call.own.value.audio;
  const label = on ? t("call.mute") : t("call.unmute");
  return (
    <button
      type="button"
      class={`icon-button call-button ${on ? "" : "off"}`}
      aria-label={label}
      title={label}
      disabled={call.phase.value.is === "asking"}
      data-testid="call-mute"
      onClick={() => call.mute(on)}
    >
      <span class="call-own-level" ref={ref} data-testid="call-own-level" />
      <Icon body={on ? mic : micOff} />
    </button>
  );
}

export function HangupButton({ call }: { call: Call }) {
  return (
    <button
      type="button"
      class="icon-button call-button call-hangup"
      aria-label={t("call.hangup")}
      title={t("call.hangup")}
      data-testid="call-hangup"
      data-next
      onClick={call.hangup}
    >
      <Icon body={phoneOff} />
    </button>
  );
}

interface ToggleProps {
  on: boolean;
  icon: string;
  label: string;
  testid: string;
  disabled: boolean;
  act: () => Promise<void>;
}

/** One press at a time: a device takes a moment. */
function Toggle({ on, icon, label, testid, disabled, act }: ToggleProps) {
  const busy = useSignal(false);
  const press = async () => {
    if (busy.value) return;
    busy.value = true;
    await act().finally(() => {
      busy.value = false;
    });
  };
  return (
    <IconButton
      class={`call-button ${on ? "on" : ""}`}
      icon={icon}
      label={label}
      aria-busy={busy.value}
      disabled={disabled}
      data-testid={testid}
      onClick={press}
    />
  );
}
