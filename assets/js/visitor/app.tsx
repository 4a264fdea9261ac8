import { useSignalEffect } from "@preact/signals";
import { Toasts } from "../shared/ui/toast";
import { ChatView } from "./chat-view";
import { StartView } from "./start-view";
import { chat, info } from "./store";

const PRODUCT = "Konuşma";

export function App() {
  useSignalEffect(() => {
    const name = info.value?.business_name || PRODUCT;
    const unread = chat.value?.unread.value ?? 0;
    document.title = unread > 0 ? `(${unread}) ${name}` : name;
  });
  return (
    <>
      {chat.value ? <ChatView key={chat.value.identity.room} chat={chat.value} /> : <StartView />}
      <Toasts />
    </>
  );
}
