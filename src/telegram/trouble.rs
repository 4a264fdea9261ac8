//! What can be wrong between this server and Telegram, in words.

use super::api::Fault;
use super::words::Words;
use crate::storage::telegram::Language;

/// What is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// Telegram does not know the token.
    Token,
    /// Telegram cannot be reached.
    Network,
    /// Telegram answers with errors.
    Server,
    /// Another program asks for the same bot's updates.
    Conflict,
    /// The person has not pressed Start, or has stopped the bot.
    NotStarted,
    /// The chat is gone, or the bot was removed from it.
    Chat,
    /// The bot may not make topics.
    Topics,
}

impl Trouble {
    /// Stable.
    pub fn code(self) -> &'static str {
        match self {
            Trouble::Token => "token",
            Trouble::Network => "network",
            Trouble::Server => "server",
            Trouble::Conflict => "conflict",
            Trouble::NotStarted => "not_started",
            Trouble::Chat => "chat",
            Trouble::Topics => "topics",
        }
    }

    /// What is wrong, and what to do.
    pub fn words(self, language: Language) -> (&'static str, &'static str) {
        let (title, fix) = match self {
            Trouble::Token => (
                Words(
                    "Telegram bu bot anahtarını tanımıyor.",
                    "Telegram does not know this bot's token.",
                ),
                Words(
                    "@BotFather'dan anahtarı yeniden kopyalayın ve Ayarlar → Telegram'a yapıştırın.",
                    "Copy the token from @BotFather again and paste it under Settings → Telegram.",
                ),
            ),
            Trouble::Network => (
                Words("Telegram'a ulaşılamıyor.", "Telegram cannot be reached."),
                Words(
                    "Sunucunun internet bağlantısına ve api.telegram.org adresine çıkışına bakın; bildirimler bekliyor, kaybolmaz.",
                    "Check that the server can reach api.telegram.org; notices wait and are not lost.",
                ),
            ),
            Trouble::Server => (
                Words("Telegram hata veriyor.", "Telegram answers with errors."),
                Words(
                    "Bir şey yapmanız gerekmez; yeniden deneniyor.",
                    "Nothing to do; it is tried again.",
                ),
            ),
            Trouble::Conflict => (
                Words(
                    "Aynı botu başka bir program da kullanıyor.",
                    "Another program uses the same bot.",
                ),
                Words(
                    "Diğer programı durdurun ya da @BotFather'dan yeni bir anahtar alın.",
                    "Stop the other program, or get a new token from @BotFather.",
                ),
            ),
            Trouble::NotStarted => (
                Words("Bot bu kişiye yazamıyor.", "The bot may not write to this person."),
                Words(
                    "Telegram'da botu açıp Başlat'a basın.",
                    "Open the bot in Telegram and press Start.",
                ),
            ),
            Trouble::Chat => (
                Words(
                    "Telegram'daki sohbet bulunamıyor.",
                    "The chat in Telegram is not there.",
                ),
                Words(
                    "Botu gruba yeniden ekleyin ya da Ayarlar → Telegram'da başka bir sohbet seçin.",
                    "Add the bot to the group again, or choose another chat under Settings → Telegram.",
                ),
            ),
            Trouble::Topics => (
                Words(
                    "Bot bu grupta konu açamıyor.",
                    "The bot may not make topics in this group.",
                ),
                Words(
                    "Grupta botu yönetici yapın ve “Konuları yönet” hakkını verin; o zamana kadar yanıt zincirleri kullanılıyor.",
                    "Make the bot an admin of the group with the right to manage topics; until then replies make the threads.",
                ),
            ),
        };
        (title.of(language), fix.of(language))
    }
}

/// What Telegram says with 400 when nothing at all can be sent there.
const OF_THE_CHAT: [&str; 9] = [
    "chat not found",
    "group chat was upgraded",
    "not enough rights to send",
    "have no rights to send",
    "need administrator rights",
    "chat_write_forbidden",
    "chat_restricted",
    "peer_id_invalid",
    "group is deactivated",
];

/// What a refusal of Telegram's is about, when it is about more than one message. The descriptions are Telegram's own;
/// there are no codes for them.
pub fn of(fault: &Fault) -> Option<Trouble> {
    match fault {
        Fault::Token => Some(Trouble::Token),
        Fault::Conflict { .. } => Some(Trouble::Conflict),
        Fault::Network(_) => Some(Trouble::Network),
        Fault::Server { .. } | Fault::Garbage { .. } => Some(Trouble::Server),
        Fault::Refused { code, description, .. } => {
            let description = description.to_lowercase();
            let has = |words: &str| description.contains(words);
            if has("can't initiate conversation") || has("bot was blocked by the user") || has("user is deactivated") {
                Some(Trouble::NotStarted)
            } else if *code == 403 || OF_THE_CHAT.iter().any(|words| has(words)) {
                Some(Trouble::Chat)
            } else {
                None
            }
        }
        Fault::TooMany { .. } | Fault::Unreadable(_) => None,
    }
}
