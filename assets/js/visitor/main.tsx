import { render } from "preact";
import { startI18n } from "../shared/i18n";
import { App } from "./app";
import { start } from "./store";

/*
 * data-testid hooks that tests rely on, both pages' shared parts included:
 *   start-form, start-name, start-email, start-submit   the first visit
 *   presence-line, language-switch, connection-line     around the chat
 *   thread, typing, jump-latest, older-loading          the messages
 *   message   each one, with data-id (once the server has it), data-from (visitor, agent, system),
 *             data-client-id and data-state (waiting, sending, sent, delivered, read, failed)
 *   composer-input, composer-send, emoji-button, emoji-panel
 *   image-message (opens the viewer), file-message (the link), audio-player (with data-duration-ms and data-state:
 *             idle, loading, playing, paused, unplayable, broken, gone) with audio-play, audio-scrubber, audio-speed;
 *             attachment-broken (with data-fault: broken, gone)
 *   viewer (with data-id), viewer-close, viewer-next, viewer-prev, viewer-zoom, viewer-download
 *   reply-button (in each message), replying (above the field), quote (in a bubble), new-messages (the line)
 *   attach-button, attach-input, drop-zone, tray, tray-item (data-name, data-state: ready, failed), tray-remove
 *   upload-row   a file on its way, with data-name and data-state (waiting, sending, failed);
 *                in it upload-progress, upload-cancel or upload-retry, upload-discard
 *   voice-button (held or pressed), voice-timer, voice-level (data-level, 0 to 1), voice-cancel, voice-stop,
 *                then voice-play, voice-delete, voice-send
 */

start();
await startI18n({
  tr: () => import("locale:visitor.tr"),
  en: () => import("locale:visitor.en"),
});
const root = document.getElementById("app");
if (root) render(<App />, root);
