//! Where values come from: three layers of text by environment name, read without changing the process's environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::io;
use std::path::Path;

use super::keys::key;

/// Where a setting's value came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// A flag on the command line.
    Flag,
    /// The process's environment.
    Environment,
    /// The file `.env` in the working directory.
    DotEnv,
    /// Nobody set it.
    Default,
    /// `--demo` decides.
    Demo,
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Flag => "flag",
            Self::Environment => "environment",
            Self::DotEnv => ".env",
            Self::Default => "default",
            Self::Demo => "--demo",
        })
    }
}

/// One layer: the values it sets, and what could not be read of it.
#[derive(Default, Clone)]
pub struct Layer {
    pub(super) values: BTreeMap<String, String>,
    pub(super) faults: Vec<String>,
}

impl Layer {
    /// The layer with these values, by environment name.
    pub fn of<N: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = values
            .into_iter()
            .map(|(name, value)| (name.into(), value.into()))
            .collect();
        Self {
            values,
            faults: Vec::new(),
        }
    }

    /// Our variables out of these (`std::env::vars_os()`), and those that look like ours.
    pub fn environment(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut layer = Self::default();
        for (name, value) in variables {
            let Some(name) = name.to_str().filter(|name| ours(name)) else {
                continue;
            };
            match value.into_string() {
                Ok(value) => drop(layer.values.insert(name.to_owned(), value)),
                Err(_) => layer.faults.push(format!("{name} is not valid UTF-8")),
            }
        }
        layer
    }

    /// The file `.env` in `directory`; no file, no values.
    pub fn dotenv(directory: &Path) -> Self {
        let path = directory.join(".env");
        match std::fs::read(&path) {
            Ok(bytes) => Self::dotenv_text(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => Self {
                faults: vec![format!("{} cannot be read: {error}", path.display())],
                ..Self::default()
            },
        }
    }

    fn dotenv_text(bytes: &[u8]) -> Self {
        const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
        let bytes = bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes);
        let mut layer = Self::default();
        for item in dotenvy::from_read_iter(bytes) {
            match item {
                Ok((name, value)) if ours(&name) => drop(layer.values.insert(name, value)),
                Ok(_) => {}
                Err(error) => layer.faults.push(dotenv_fault(bytes, &error)),
            }
        }
        layer
    }

    /// What the layer sets. An empty value is no value: `KONUSMA_PUBLIC_URL=` in a file means "not set".
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.values
            .get(name)
            .map(|value| value.trim())
            .filter(|value| !value.is_empty())
    }

    /// Names that begin like ours but are none, probably misspelt.
    pub(super) fn unknown(&self) -> impl Iterator<Item = &str> {
        self.values
            .keys()
            .map(String::as_str)
            .filter(|name| key(name).is_none())
    }
}

fn ours(name: &str) -> bool {
    key(name).is_some() || name.starts_with("KONUSMA_")
}

/// The library's message repeats the line, which may hold a secret; its number is enough to find it.
fn dotenv_fault(file: &[u8], error: &dotenvy::Error) -> String {
    let dotenvy::Error::LineParse(line, _) = error else {
        return format!(".env cannot be read: {error}");
    };
    // The library gives the whole line, or only its value.
    let first = line.lines().next().unwrap_or_default();
    let number = String::from_utf8_lossy(file)
        .lines()
        .position(|candidate| candidate.contains(first));
    let place = number.map_or_else(|| "a line".to_owned(), |index| format!("line {}", index + 1));
    format!("{place} of .env is not NAME=value; put values with spaces or # in quotes")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_gives_values_and_the_numbers_of_broken_lines_but_not_their_text() {
        let text = b"\xEF\xBB\xBF# comment\nPORT=8080\nOTHER=1\nSECRET_KEY=my secret with spaces\nKONUSMA_HOST='127.0.0.1' # here\n";
        let layer = Layer::dotenv_text(text);
        assert_eq!(layer.get("PORT"), Some("8080"));
        assert_eq!(layer.get("KONUSMA_HOST"), Some("127.0.0.1"));
        assert!(!layer.values.contains_key("OTHER"));
        assert_eq!(layer.faults.len(), 1);
        assert!(layer.faults[0].starts_with("line 4 of .env"), "{:?}", layer.faults);
        assert!(!layer.faults[0].contains("secret with"));
    }

    #[test]
    fn an_empty_value_is_not_set() {
        assert_eq!(Layer::of([("PORT", " ")]).get("PORT"), None);
    }

    #[cfg(unix)]
    #[test]
    fn what_is_not_text_is_a_fault_only_in_our_own_variables() {
        use std::os::unix::ffi::OsStringExt;
        let bad = || OsString::from_vec(vec![0xff]);
        let layer = Layer::environment([("PORT".into(), bad()), ("PATH".into(), bad())]);
        assert_eq!(layer.faults, ["PORT is not valid UTF-8"]);
    }
}
