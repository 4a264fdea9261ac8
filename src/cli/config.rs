//! `konusma config`: the effective configuration, each value with where it came from, secrets masked.

use clap::{Arg, ArgAction, ArgMatches, Command as Clap};

use super::say;
use crate::config::{Config, Setting};
use crate::error::StartError;

/// What to do with the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Print it as a table.
    Show,
    /// Print it as JSON.
    Json,
    /// Only say whether it is valid.
    Check,
}

pub(super) fn clap() -> Clap {
    Clap::new("config")
        .about("Show the settings in effect, and where each comes from")
        .after_help("Examples:\n  konusma config\n  konusma config check --data-dir /var/lib/konusma")
        .arg(
            Arg::new("json")
                .long("json")
                .action(ArgAction::SetTrue)
                .help("Print JSON"),
        )
        .subcommand(Clap::new("check").about("Only say whether the settings are valid"))
}

pub(super) fn action(matches: &ArgMatches) -> Action {
    match matches.subcommand_name() {
        Some(_) => Action::Check,
        None if matches.get_flag("json") => Action::Json,
        None => Action::Show,
    }
}

/// Prints what `action` asks for.
///
/// # Errors
/// The configuration's own faults.
pub(super) fn run(config: Result<Config, StartError>, action: Action) -> Result<(), StartError> {
    let config = config?;
    super::warn(&config);
    match action {
        Action::Show => table(config.listing()).iter().for_each(|line| say(line)),
        Action::Json => {
            let json =
                serde_json::to_string_pretty(config.listing()).map_err(|error| StartError::Other(error.to_string()))?;
            say(&json);
        }
        Action::Check => say("the configuration is valid"),
    }
    Ok(())
}

fn table(settings: &[Setting]) -> Vec<String> {
    let width = |of: fn(&Setting) -> &str| {
        settings
            .iter()
            .map(|setting| of(setting).chars().count())
            .max()
            .unwrap_or(0)
    };
    let (names, values) = (width(|setting| setting.name), width(|setting| &setting.value));
    settings
        .iter()
        .map(|Setting { name, value, source }| format!("{name:names$}  {value:values$}  {source}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Layer;

    #[test]
    fn the_table_has_a_line_for_each_setting_with_its_source() {
        let flags = Layer::of([("PORT", "8080")]);
        let config = Config::load(false, &flags, &Layer::default(), &Layer::default()).unwrap();
        let table = table(config.listing());
        assert_eq!(table.len(), crate::config::KEYS.len());
        let words: Vec<_> = table[0].split_whitespace().collect();
        assert_eq!(words, ["PORT", "8080", "flag"]);
    }
}
