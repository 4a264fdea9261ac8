//! What an agent may be called: the user name for signing in, and the name visitors see.

/// Whether a new user name may be used: 2 to 40 of `a-z 0-9 . _ -`.
///
/// # Errors
/// One sentence that says what to change.
pub fn check(username: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"._-".contains(&byte);
    if (2..=40).contains(&username.len()) && username.bytes().all(allowed) {
        Ok(())
    } else {
        Err("A user name has 2 to 40 of the letters a-z, digits, dot, underscore and hyphen.")
    }
}

/// Whether visitors may see this name: 1 to 80 characters, none of them invisible.
///
/// # Errors
/// One sentence that says what to change.
pub fn check_name(name: &str) -> Result<(), &'static str> {
    let length = name.trim().chars().count();
    if (1..=80).contains(&length) && !name.chars().any(char::is_control) {
        Ok(())
    } else {
        Err("A name has 1 to 80 characters.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_names_are_plain_and_names_are_free() {
        for good in ["ay", "ayse.yilmaz", "a_b-9", &"x".repeat(40)] {
            assert!(check(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "Ayse", "ayşe", "a b", "a/b", &"x".repeat(41)] {
            assert!(check(bad).is_err(), "{bad}");
        }
        assert!(check_name("Ayşe Yılmaz").is_ok() && check_name(&"ş".repeat(80)).is_ok());
        assert!(check_name(" ").is_err() && check_name("a\nb").is_err() && check_name(&"ş".repeat(81)).is_err());
    }
}
