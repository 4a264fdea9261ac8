import { t, useEffect, useRef } from "../kit";
import { canChooseSpeaker } from "./speaker";
import type { Call, DeviceKind } from "./types";

/** Which microphone, camera and speaker. */
export function Devices({ call, onClose }: { call: Call; onClose: () => void }) {
  const box = useRef<HTMLFieldSetElement>(null);
  useEffect(() => box.current?.querySelector("select")?.focus(), []);
  const onKey = (event: KeyboardEvent) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    onClose();
  };
  return (
    <fieldset class="call-device-list" aria-label={t("call.devices")} ref={box} onKeyDown={onKey}>
      <Choice call={call} kind="audioinput" label={t("call.microphone")} />
      {call.canVideo && <Choice call={call} kind="videoinput" label={t("call.camera")} />}
      {canChooseSpeaker && <Choice call={call} kind="audiooutput" label={t("call.speaker")} />}
    </fieldset>
  );
}

function Choice({ call, kind, label }: { call: Call; kind: DeviceKind; label: string }) {
  const devices = call.devices.value.filter((device) => device.kind === kind);
  const chosen = call.chosen.value[kind];
  const known = devices.some(({ deviceId }) => deviceId === chosen);
  return (
    <label class="call-device">
      <span>{label}</span>
      <select
        disabled={devices.length === 0}
        data-testid={`call-${kind}`}
        onChange={(event) => void call.choose(kind, event.currentTarget.value)}
      >
        {!known && (
          <option value="" selected>
            {devices.length === 0 ? t("call.device.none") : t("call.device.standard")}
          </option>
        )}
        {devices.map(({ deviceId, label: name }) => (
          <option key={deviceId} value={deviceId} selected={deviceId === chosen}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
