//! Which thread each agent's page shows, so that nobody's pocket rings for what is being read.

use std::collections::HashMap;
use std::hash::Hash;

/// Pages that are connected, by connection.
pub struct OnScreen<K>(HashMap<K, Page>);

/// What one page shows.
#[derive(Default)]
struct Page {
    /// Row id of a chat session.
    shows: Option<i64>,
    /// Which choice that was. Finding a room's row may take a while, and the later choice holds.
    choice: u64,
}

impl<K> Default for OnScreen<K> {
    fn default() -> Self {
        OnScreen(HashMap::new())
    }
}

impl<K: Eq + Hash> OnScreen<K> {
    /// A page is connected, and shows no thread yet.
    pub fn enter(&mut self, page: K) {
        self.0.insert(page, Page::default());
    }

    /// It is no more.
    pub fn leave(&mut self, page: &K) {
        self.0.remove(page);
    }

    /// It shows another thread than before, or none; which one, [`OnScreen::found`] says. Answers the number of the choice.
    pub fn turn_away(&mut self, page: &K) -> u64 {
        let Some(page) = self.0.get_mut(page) else { return 0 };
        page.shows = None;
        page.choice += 1;
        page.choice
    }

    /// The thread of this choice is found; a later choice, or a page that is gone, makes that no news.
    pub fn found(&mut self, page: &K, choice: u64, session_id: i64) {
        if let Some(page) = self.0.get_mut(page)
            && page.choice == choice
        {
            page.shows = Some(session_id);
        }
    }

    /// Does any page show this thread?
    pub fn shows(&self, session_id: i64) -> bool {
        self.0.values().any(|page| page.shows == Some(session_id))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_is_open_while_a_page_shows_it() {
        let mut pages = OnScreen::default();
        pages.enter("desk");
        pages.enter("phone");
        assert!(!pages.shows(7));
        for page in ["desk", "phone"] {
            let choice = pages.turn_away(&page);
            pages.found(&page, choice, 7);
        }
        pages.turn_away(&"desk");
        assert!(pages.shows(7), "the phone's");
        pages.leave(&"phone");
        assert!(!pages.shows(7));
    }

    #[test]
    fn the_last_choice_holds_whatever_is_found_first() {
        let mut pages = OnScreen::default();
        pages.enter(1);
        let (first, second) = (pages.turn_away(&1), pages.turn_away(&1));
        pages.found(&1, second, 8);
        pages.found(&1, first, 7);
        assert!(pages.shows(8) && !pages.shows(7));
    }

    #[test]
    fn who_is_gone_shows_nothing() {
        let mut pages = OnScreen::default();
        pages.enter(1);
        let choice = pages.turn_away(&1);
        pages.leave(&1);
        pages.found(&1, choice, 7);
        pages.found(&2, pages.0.len() as u64, 7);
        assert!(!pages.shows(7));
    }
}
